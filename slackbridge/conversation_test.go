package slackbridge

import (
	"testing"
	"time"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

func TestDirectMessageStartsARun(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	ts := w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "a run was started")
	c := w.door.asked()[0]
	require.Equal(t, "toy", c.Name)
	require.Equal(t, job.Key(slack.TeamID+":"+dmAlice+":"+ts), c.Key)
	require.Equal(t, job.Place{Team: slack.TeamID, Channel: dmAlice, Thread: ts, Message: ts, Direct: true}, c.Place)
	require.Equal(t, job.Actor{
		Kind: job.SlackUser, ID: alice, Name: "alice", Full: c.Actor.Full, Email: "alice@acme.test",
		Groups: []string{"engineers"},
	}, c.Actor)
	require.NotEmpty(t, c.Actor.Full)
	require.Equal(t, timeOf(ts), c.Typed)
	require.Equal(t, "slack", c.Source)
	w.eventually(func() bool {
		all, err := w.person("alice").History(w.ctx, dmAlice)
		require.NoError(t, err)
		return len(all[0].Reactions) == 1 && all[0].Reactions[0].Name == "eyes"
	}, "the message has eyes")
	w.quiet()
	require.Equal(t, 1, w.acks("message"))
	require.Empty(t, w.answers("alice", dmAlice, ts), "the run itself speaks, not the bridge")
}

func TestInChannelsOnlyMentionsCount(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.say("alice", shopDev, "toy", "")
	ts := w.say("alice", shopDev, "<@"+slack.BotUserID+"> toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "a run was started")
	w.quiet()
	require.Len(t, w.door.asked(), 1, "the mention came as two events and counted once; the other message was for people")
	require.Equal(t, job.Place{Team: slack.TeamID, Channel: shopDev, Thread: ts, Message: ts}, w.door.asked()[0].Place)
}

func TestInThreadsOfRunsDecisionsNeedNoMention(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	root := w.say("bob", shopDev, "<@"+slack.BotUserID+"> toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "a run was started")
	w.hang(shopDev, root, "toy-k4m7q2")
	w.say("alice", shopDev, "I would retry that, or stop", root)
	w.say("alice", shopDev, "toy", root)
	w.say("alice", shopDev, "retry 2", root)
	w.eventually(func() bool { return len(w.door.decided()) == 1 }, "a decision was made")
	w.whispered("alice", shopDev, "Counted: retry.")
	w.quiet()
	d := w.door.decided()
	require.Len(t, d, 1)
	require.Equal(t, job.Decision{
		Run: "toy-k4m7q2", Ask: 2, Choice: "retry", Actor: d[0].Actor, Key: d[0].Key, Source: "slack",
		Place: job.Place{Team: slack.TeamID, Channel: shopDev, Thread: root, Message: d[0].Place.Message},
	}, d[0])
	require.Equal(t, alice, d[0].Actor.ID)
	require.Len(t, w.door.asked(), 1, "people talking in a thread start nothing")
	require.Empty(t, w.answers("alice", shopDev, root))
}

func TestADecisionOutsideOfAThreadIsAnsweredWhereItWasTyped(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.say("alice", dmAlice, "cancel toy-k4m7q2", "")
	w.whispered("alice", dmAlice, "Counted: cancel.")
	require.Equal(t, "toy-k4m7q2", w.door.decided()[0].Run)
}

func TestLooksAndHelpAreAnsweredInTheThread(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.answered("alice", dmAlice, w.say("alice", dmAlice, "runs", ""), "Nothing is going on.")
	w.answered("alice", dmAlice, w.say("alice", dmAlice, "hi", ""), "What you can say")
	topic := w.say("alice", dmAlice, "help toy", "")
	m := w.answered("alice", dmAlice, topic, "What you can say")
	require.Contains(t, string(m.Blocks), "toy")
	w.quiet()
	require.Empty(t, w.door.asked())
}

func TestALookIsRefusedLikeAnythingElse(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) {
		o.May = func(a job.Actor, command string) (bool, []string) { return command != "runs", []string{"@oncall"} }
	})
	m := w.answered("alice", dmAlice, w.say("alice", dmAlice, "runs", ""), "is for @oncall")
	require.Equal(t, "`runs` is for @oncall.", m.Text)
}

func TestWhatTheDoorSaysReachesThePerson(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer job.Started
		text   string
	}{
		"refused": {job.Started{Verdict: job.Refused, Text: "`toy` is for @oncall."}, "`toy` is for @oncall."},
		"joined":  {job.Started{Verdict: job.Joined, ID: "toy-k4m7q2", Text: "Your toy is being refreshed already."}, "Your toy is being refreshed already."},
		"not now": {job.Started{Verdict: job.NotNow, Text: "The engine is down. Nothing was started."}, "The engine is down."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connected(t, calm())
			w.door.says(func(job.Command, int) (job.Started, bool) { return c.answer, true })
			ts := w.say("alice", dmAlice, "toy", "")
			w.answered("alice", dmAlice, ts, c.text)
			w.quiet()
			require.Len(t, w.answers("alice", dmAlice, ts), 1)
			require.Empty(t, w.log("deliver", func(e slack.Entry) bool { return e.Attempt > 0 }), "acknowledged at once")
		})
	}
}

func TestJoinedLinksToTheBoard(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	first := w.say("alice", dmAlice, "toy", "")
	w.door.says(func(c job.Command, call int) (job.Started, bool) {
		return job.Started{Verdict: job.Joined, ID: "toy-k4m7q2", Text: "It runs already.", Board: job.Posted{Channel: dmAlice, TS: first}}, true
	})
	m := w.answered("alice", dmAlice, w.say("alice", dmAlice, "toy", ""), "It runs already.")
	require.Contains(t, string(m.Blocks), "|Follow it there")
}

func TestNotNowOffersTheSameAgain(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.says(func(c job.Command, call int) (job.Started, bool) {
		return job.Started{Verdict: job.NotNow, Text: "The engine is down. Nothing was started."}, call == 1
	})
	ts := w.say("alice", dmAlice, "toy", "")
	m := w.answered("alice", dmAlice, ts, "The engine is down")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "runs as")
	asked := w.door.asked()
	require.Len(t, asked, 2)
	require.Equal(t, asked[0].Key, asked[1].Key, "trying again is the same request")
	require.Equal(t, asked[0].Place, asked[1].Place)
	require.Len(t, w.answers("alice", dmAlice, ts), 1)
}

func TestACommandThatComesLateIsNotRunUnasked(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) { o.Timers.Late = time.Nanosecond })
	ts := w.say("alice", dmAlice, "toy", "")
	m := w.answered("alice", dmAlice, ts, "I have not run it.")
	w.quiet()
	require.Empty(t, w.door.asked())
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "runs as")
	c := w.door.asked()
	require.Len(t, c, 1)
	require.Equal(t, messageKey(slack.TeamID, dmAlice, ts), c[0].Key, "it runs under the key of what was typed")
	require.Greater(t, c[0].Typed, timeOf(ts), "and was asked for when the button was pressed")
}

func TestALateRepetitionOfARunThatIsThereIsOnlyAcknowledged(t *testing.T) {
	t.Parallel()
	w := openWorld(t, hasty(moment))
	ts := w.say("alice", dmAlice, "toy", "")
	w.hang(dmAlice, ts, "toy-k4m7q2")
	w.connect(func(o *Options) { o.Timers.Late = time.Nanosecond })
	w.eventually(func() bool { return w.acks("message") == 1 }, "the message is acknowledged")
	w.quiet()
	require.Empty(t, w.answers("alice", dmAlice, ts))
	require.Empty(t, w.door.asked())
}

func TestEditsBotsAndNoticesAreNoCommands(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	ts := w.say("alice", shopDev, "good morning", "")
	require.NoError(t, w.person("alice").Edit(w.ctx, shopDev, ts, "<@"+slack.BotUserID+"> toy"))
	robot := slack.NewPerson(w.url, "xoxb-otherbot", w.client)
	_, err := robot.Say(w.ctx, shopDev, "<@"+slack.BotUserID+"> toy", "")
	require.NoError(t, err)
	w.say("alice", dmAlice, "runs", "")
	w.eventually(func() bool { return w.calls("chat.postMessage") >= 4 }, "the last message was answered")
	w.quiet()
	require.Empty(t, w.door.asked())
}

func TestGuestsAndStrangersAreTurnedAwayOnce(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	first := w.say("gus", shopDev, "<@"+slack.BotUserID+"> toy", "")
	w.answered("alice", shopDev, first, "not from guests")
	second := w.say("gus", shopDev, "<@"+slack.BotUserID+"> toy", "")
	partner := "C0SHAREDPARTNER"
	theirs := w.say("max", partner, "<@"+slack.BotUserID+"> toy", "")
	w.answered("alice", partner, theirs, "members of this workspace only")
	w.quiet()
	require.Empty(t, w.answers("alice", shopDev, second), "told once")
	require.Empty(t, w.door.asked())
}

func TestSomebodyDeactivatedIsNobody(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	gone := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{User: "bob", Deleted: &gone}))
	w.eventually(func() bool { _, ok := w.bridge.Directory().Actor(bob); return !ok }, "bob is gone")
	w.bridge.hear(w.ctx, envelope{came: time.Now()}, slack.TeamID, message{
		Type: "app_mention", User: bob, Text: "toy",
		TS: tsOf(time.Now()), Channel: shopDev, ChannelType: "channel",
	})
	require.Empty(t, w.door.asked())
}
