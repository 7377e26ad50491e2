package slackbridge

import (
	"context"
	"sync"
	"testing"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// ended is a ledger with one run that has ended and one that has not.
func ended(o *Options) {
	o.Again = func(_ context.Context, run string) (job.Command, string, bool) {
		switch run {
		case "restart-3x9q7d":
			return job.Command{Name: "restart", Args: map[string]string{"instance": "blue"}, Text: "restart blue", Key: "old", Actor: job.Actor{ID: "U0PETRA"}}, "", true
		case "toy-k4m7q2":
			return job.Command{}, "`toy-k4m7q2` is still under way, so there is nothing to do again yet.", false
		}
		return job.Command{}, "I know of no run `" + run + "`. Nothing was started.", false
	}
}

func TestAgainIsAskedForByWhoeverTypesIt(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), ended)
	root := w.say("bob", shopDev, "<@"+slack.BotUserID+"> restart blue", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "a run was started")
	w.hang(shopDev, root, "restart-3x9q7d")
	ts := w.say("alice", shopDev, "again", root)
	w.eventually(func() bool { return len(w.door.started()) == 2 }, "another run was started")
	c := w.door.asked()[1]
	require.Equal(t, "restart", c.Name)
	require.Equal(t, map[string]string{"instance": "blue"}, c.Args)
	require.Equal(t, alice, c.Actor.ID)
	require.Equal(t, messageKey(slack.TeamID, shopDev, ts), c.Key)
	require.Equal(t, job.Place{Team: slack.TeamID, Channel: shopDev, Thread: root, Message: ts}, c.Place)

	w.answered("alice", dmAlice, w.say("alice", dmAlice, "again toy-k4m7q2", ""), "still under way")
	w.answered("alice", dmAlice, w.say("alice", dmAlice, "again toy-zzzzzz", ""), "I know of no run")
	w.say("alice", dmAlice, "again restart-3x9q7d", "")
	w.eventually(func() bool { return len(w.door.started()) == 3 }, "a run was started from elsewhere")
	w.slash("alice", shopDev, "again restart-3x9q7d")
	require.Len(t, w.door.started(), 4)
	w.slash("alice", shopDev, "again toy-k4m7q2")
	w.whispered("alice", shopDev, "still under way")
}

func TestAgainByButton(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), ended)
	at := w.offer("C0OPS", board.Button{Label: "Ask again", Action: ActionAgain, Value: "restart-3x9q7d"},
		board.Button{Label: "Open", Action: ActionAgain, Value: "toy-k4m7q2"}, board.Button{Label: "Forged", Action: ActionAgain, Value: "../x"})
	var both sync.WaitGroup
	for _, who := range []string{"alice", "bob", "alice"} {
		both.Go(func() { _ = w.person(who).Click(w.ctx, "C0OPS", at.TS, "again:1") })
	}
	both.Wait()
	for _, who := range []string{"alice", "bob"} {
		w.whispered(who, "C0OPS", "runs")
	}
	require.Len(t, w.door.started(), 1, "however many press, it is done once")
	c := w.door.asked()[0]
	require.Equal(t, againKey(slack.TeamID, "C0OPS", "restart-3x9q7d", at.TS), c.Key)
	require.Equal(t, job.Place{Team: slack.TeamID, Channel: "C0OPS", Thread: at.TS}, c.Place)
	require.NotEqual(t, "U0PETRA", c.Actor.ID, "who presses asks")
	require.NoError(t, w.person("alice").Click(w.ctx, "C0OPS", at.TS, "again:2"))
	w.whispered("alice", "C0OPS", "still under way")
	require.NoError(t, w.person("alice").Click(w.ctx, "C0OPS", at.TS, "again:3"))
	w.whispered("alice", "C0OPS", "I do not understand this button any more")
	all, err := w.person("alice").History(w.ctx, "C0OPS")
	require.NoError(t, err)
	require.Contains(t, string(all[0].Blocks), "Ask again", "the message that tells the end stays as it is")
}

func TestAgainThatCannotBeNow(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), ended)
	w.door.says(func(_ job.Command, call int) (job.Started, bool) {
		return job.Started{Verdict: job.NotNow, Text: "The engine is down. Nothing was started."}, call == 1
	})
	at := w.offer("C0OPS", board.Button{Label: "Ask again", Action: ActionAgain, Value: "restart-3x9q7d"})
	require.NoError(t, w.person("alice").Click(w.ctx, "C0OPS", at.TS, "again:1"))
	m := w.whispered("alice", "C0OPS", "The engine is down")
	require.NoError(t, w.person("alice").Click(w.ctx, "C0OPS", m.TS, "command:1"))
	w.whispered("alice", "C0OPS", "runs as")
	c := w.door.asked()
	require.Len(t, c, 2)
	require.Equal(t, c[0].Key, c[1].Key)
	require.Equal(t, c[0].Place, c[1].Place)
}

func TestAPlanStaysAPlan(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.says(func(_ job.Command, call int) (job.Started, bool) {
		return job.Started{Verdict: job.NotNow, Text: "The engine is down. Nothing was started."}, call == 1
	})
	ts := w.say("alice", dmAlice, "plan toy", "")
	m := w.answered("alice", dmAlice, ts, "The engine is down")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "runs as")
	for _, c := range w.door.asked() {
		require.True(t, c.Plan)
		require.Equal(t, "toy", c.Name)
	}
	m = w.answered("alice", dmAlice, w.say("alice", dmAlice, "plan tyo", ""), "Did you mean")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.slash("alice", shopDev, "plan toy")
	w.eventually(func() bool { return len(w.door.asked()) == 4 }, "all of them reached the door")
	for _, c := range w.door.asked() {
		require.True(t, c.Plan, c.Text)
	}
}

func TestALateplanStaysAPlan(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) { o.Timers.Late = 1 })
	ts := w.say("alice", dmAlice, "plan toy", "")
	m := w.answered("alice", dmAlice, ts, "I have not run it.")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "runs as")
	require.True(t, w.door.asked()[0].Plan)
}

func TestAMissingReasonIsAskedFor(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), forced)
	ts := w.say("bob", shopDev, "<@"+slack.BotUserID+"> force restart master blue", "")
	m := w.answered("bob", shopDev, ts, "Why?")
	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, m.TS, "why:1"))
	require.Empty(t, w.submit("bob", w.window("bob"), "it hangs"))
	w.answered("bob", shopDev, ts, "runs as")
	require.Equal(t, map[string]string{"instance": "master blue", "because": "it hangs"}, w.door.asked()[0].Args)
	w.slash("bob", shopDev, "force restart master blue")
	m = w.whispered("bob", shopDev, "Why?")
	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, m.TS, "why:1"))
	require.Empty(t, w.submit("bob", w.window("bob"), "it hangs"))
	w.whispered("bob", shopDev, "runs as")
	anchors := w.anchors("bob", shopDev)
	require.Len(t, anchors, 1)
	c := w.door.asked()
	require.Equal(t, anchors[0].TS, c[len(c)-1].Place.Thread)
}
