package slackbridge

import (
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	ts := w.say("alice", shopDev, "<@"+slack.BotUserID+"> tyo", "")
	m := w.answered("alice", shopDev, ts, "I don't know `tyo`")
	require.Equal(t, "I don't know `tyo`. Did you mean `toy`?", m.Text)

	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, m.TS, "command:1"))
	w.whispered("bob", shopDev, "This button is for Alice")
	require.Empty(t, w.door.asked(), "other people's buttons do nothing")

	hold := w.door.shut() // so that both presses are there before the offer is gone
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { _ = w.person("alice").Click(w.ctx, shopDev, m.TS, "command:1") })
	}
	w.whispered("alice", shopDev, "Nothing was started a second time.")
	close(hold)
	both.Wait()
	w.answered("alice", shopDev, ts, "`toy` runs as")
	w.quiet()
	require.Len(t, w.door.started(), 1)
	require.Equal(t, messageKey(slack.TeamID, shopDev, ts), w.door.asked()[0].Key)
	require.Equal(t, job.Place{Team: slack.TeamID, Channel: shopDev, Thread: ts, Message: ts}, w.door.asked()[0].Place)
	require.Len(t, w.answers("alice", shopDev, ts), 1, "the offer itself says what became of it")
}

func TestSuggestionsAreOnlyWhatThePersonMayDo(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) {
		o.May = func(a job.Actor, command string) (bool, []string) { return false, nil }
	})
	m := w.answered("alice", dmAlice, w.say("alice", dmAlice, "tyo", ""), "I don't know `tyo`")
	require.NotContains(t, string(m.Blocks), "actions")
}

func TestAnOfferWithoutAnAddressIsForWhoeverAsked(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	ts := w.say("alice", shopDev, "good morning", "")
	at, err := w.bridge.Poster().Post(w.ctx, board.Post{
		Place: job.Place{Channel: shopDev, Thread: ts}, Key: "x/not started", Since: time.Now(),
		Message: board.Message{Sentence: "It was not started.", Buttons: []board.Button{{
			Label: "Run it now", Action: ActionCommand, Value: CommandValue(messageKey(slack.TeamID, shopDev, ts), "toy"),
		}}},
	})
	require.NoError(t, err)
	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, at.TS, "command:1"))
	w.whispered("bob", shopDev, "This button is for Alice")
	require.Empty(t, w.door.asked())
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, at.TS, "command:1"))
	w.answered("alice", shopDev, ts, "`toy` runs as")
}

func TestAnOfferOfYesterdayIsOld(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	yesterday := tsOf(time.Now().Add(-25 * time.Hour))
	at := w.offer(dmAlice, board.Button{
		Label: "toy", Action: ActionCommand,
		Value: CommandValue(messageKey(slack.TeamID, dmAlice, yesterday), "toy"),
	})
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "command:1"))
	w.whispered("alice", dmAlice, "more than a day old")
	require.Empty(t, w.door.asked())
}

func TestEveryPresserGetsAnAnswer(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.answers(func(d job.Decision, _ int) job.Answer {
		if d.Actor.ID == bob {
			return job.Answer{Text: "This one is for @engineers. They have been asked."}
		}
		return job.Answer{Counted: true, Text: "Counted. I go on now."}
	})
	at := w.offer(shopDev,
		board.Button{Label: "Try again", Says: "Try the restore again", Action: ActionDecide, Value: job.DecisionValue("toy-k4m7q2", 2, "retry")},
		board.Button{Label: "Stop", Says: "Stop and clean up", Action: ActionDecide, Value: job.DecisionValue("toy-k4m7q2", 2, "stop")})
	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, at.TS, "decide:1"))
	w.whispered("bob", shopDev, "for @engineers")
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, at.TS, "decide:2"))
	w.whispered("alice", shopDev, "Counted.")
	require.NoError(t, w.person("gus").Click(w.ctx, shopDev, at.TS, "decide:1"))
	w.whispered("gus", shopDev, "not from guests")
	d := w.door.decided()
	require.Len(t, d, 2, "a guest's press never reaches the door")
	require.Equal(t, "stop", d[1].Choice)
	require.Equal(t, 2, d[1].Ask)
	require.Equal(t, "toy-k4m7q2", d[1].Run)
	require.Equal(t, alice, d[1].Actor.ID)
	require.NotEqual(t, d[0].Key, d[1].Key)
}

func TestThePresserLearnsThatNobodyCarriesItOnYet(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	down := make(chan struct{})
	w.door.mu.Lock()
	w.door.hears = func(d job.Decision) bool { return d.Actor.ID == bob }
	w.door.mu.Unlock()
	w.door.answers(func(d job.Decision, _ int) job.Answer {
		if d.Actor.ID == bob {
			defer close(down)
		}
		return job.Answer{Counted: true, Pending: true, Text: "Recorded. Pawl's worker is down; it takes effect when it is back."}
	})
	at := w.offer(shopDev, board.Button{Label: "Approve", Says: "Approve the restart", Action: ActionDecide, Value: job.DecisionValue("restart-k4m7q2", 1, "approve")})
	require.NoError(t, w.person("bob").Click(w.ctx, shopDev, at.TS, "decide:1"))
	<-down // the run answers Bob itself
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, at.TS, "decide:1"))
	w.whispered("alice", shopDev, "Recorded. Pawl's worker is down")
	whispers, err := w.person("bob").Ephemerals(w.ctx, shopDev)
	require.NoError(t, err)
	require.Empty(t, whispers, "he was answered by the run")
}

func TestAStrangersPressIsRefused(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	at := w.offer("C0SHAREDPARTNER", board.Button{Label: "Stop", Action: ActionDecide, Value: job.DecisionValue("toy-k4m7q2", 1, "stop")})
	require.NoError(t, w.person("max").Click(w.ctx, "C0SHAREDPARTNER", at.TS, "decide:1"))
	w.whispered("max", "C0SHAREDPARTNER", "members of this workspace only")
	require.Empty(t, w.door.decided())
}

func TestAButtonNobodyKnowsIsAnswered(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	at := w.offer(dmAlice, board.Button{Label: "Old", Action: "launch", Value: "x"},
		board.Button{Label: "Forged", Action: ActionDecide, Value: "../../etc|1|stop"})
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "launch:1"))
	w.whispered("alice", dmAlice, "I do not understand this button any more")
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "decide:2"))
	require.Empty(t, w.door.decided())
}

func TestAPressOfUnknownOutcomeIsConfirmedLater(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.answers(func(d job.Decision, call int) job.Answer {
		if call < 3 {
			return job.Answer{Retry: true}
		}
		return job.Answer{Counted: true, Text: "Counted. I go on now."}
	})
	at := w.offer(dmAlice, board.Button{Label: "Stop", Action: ActionDecide, Value: job.DecisionValue("toy-k4m7q2", 1, "stop")})
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "decide:1"), "nobody repeats a click: it is acknowledged")
	w.whispered("alice", dmAlice, "not confirmed yet")
	w.whispered("alice", dmAlice, "Counted.")
	d := w.door.decided()
	require.Len(t, d, 3)
	require.Equal(t, d[0], d[2], "the same decision with the same key")
}

// offer posts a message with buttons, as a run would.
func (w *world) offer(channel string, buttons ...board.Button) job.Posted {
	w.Helper()
	at, err := w.bridge.Poster().Post(w.ctx, board.Post{
		Place: job.Place{Channel: channel}, Key: "toy-k4m7q2/ask/1",
		Since: time.Now(), Priority: board.Ask, Message: board.Message{Sentence: "A question.", Lines: []string{"A question."}, Buttons: buttons},
	})
	require.NoError(w, err)
	return at
}

func TestALostClickIsToldByTheNextOne(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(4*time.Second))
	at := w.offer(dmAlice, board.Button{Label: "Stop", Action: ActionDecide, Value: job.DecisionValue("toy-k4m7q2", 1, "stop")})
	w.fault(slack.Fault{Kind: "lost_click", Times: 1})
	require.Error(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "decide:1"))
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, at.TS, "decide:1"))
	require.Len(t, w.door.decided(), 1)
}
