package slackbridge

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

func TestDeliveredTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.fault(slack.Fault{Kind: "duplicate_delivery"})
	var sent []string
	for range 5 {
		sent = append(sent, w.say("alice", dmAlice, "hi", ""), w.say("alice", dmAlice, "toy", ""))
	}
	for i := 0; i < len(sent); i += 2 {
		w.answered("alice", dmAlice, sent[i], "What you can say")
	}
	w.quiet()
	for i := 0; i < len(sent); i += 2 {
		require.Len(t, w.answers("alice", dmAlice, sent[i]), 1)
	}
	require.Len(t, w.door.started(), 5)
	require.Len(t, w.door.asked(), 5, "the second delivery did not even reach the door")
}

func TestALostAcknowledgementIsHarmless(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.fault(slack.Fault{Kind: "lost_ack", Times: 3})
	command := w.say("alice", dmAlice, "toy", "")
	question := w.say("alice", dmAlice, "tyo", "")
	w.answered("alice", dmAlice, question, "I don't know")
	w.eventually(func() bool {
		return len(w.log("deliver", func(e slack.Entry) bool { return e.Attempt > 0 })) >= 2
	}, "Slack delivered again")
	w.quiet()
	require.Len(t, w.door.started(), 1)
	require.Len(t, w.answers("alice", dmAlice, question), 1)
	require.Empty(t, w.answers("alice", dmAlice, command))
}

func TestARestartBetweenStartAndAcknowledgementStartsNothingTwice(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(3*time.Second)) // it comes again when the first bridge has gone
	w.fault(slack.Fault{Kind: "lost_ack", Times: 1})
	w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "the run was started")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_ = w.bridge.Drain(ctx) // as abrupt as it gets
	w.connect()
	w.eventually(func() bool { return len(w.door.asked()) == 2 }, "the message came again")
	w.quiet()
	require.Len(t, w.door.started(), 1)
	require.Equal(t, w.door.asked()[0].Key, w.door.asked()[1].Key)
}

func TestUnknownIsNeverNo(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	truth := make(chan struct{})
	w.door.says(func(c job.Command, call int) (job.Started, bool) {
		select {
		case <-truth:
			return job.Started{}, false
		default:
			return job.Started{Verdict: job.Unknown, Text: "no answer"}, true
		}
	})
	ts := w.say("alice", dmAlice, "toy", "")
	m := w.answered("alice", dmAlice, ts, "not confirmed yet")
	require.Zero(t, w.eventAcks(ts), "what is not known is not acknowledged")
	w.eventually(func() bool {
		return len(w.log("deliver", func(e slack.Entry) bool { return e.Attempt > 0 })) > 0
	}, "Slack delivers again")
	close(truth)
	truthful := w.answered("alice", dmAlice, ts, "Confirmed: `toy` runs as")
	require.Equal(t, m.TS, truthful.TS, "the same message tells the truth")
	w.quiet()
	require.Len(t, w.answers("alice", dmAlice, ts), 1)
	require.Len(t, w.door.started(), 1)
	for _, c := range w.door.asked() {
		require.Equal(t, messageKey(slack.TeamID, dmAlice, ts), c.Key)
	}
}

func TestTheTruthComesAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.door.says(func(job.Command, int) (job.Started, bool) { return job.Started{Verdict: job.Unknown}, true })
	ts := w.say("alice", dmAlice, "toy", "")
	m := w.answered("alice", dmAlice, ts, "not confirmed yet")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_ = w.bridge.Drain(ctx)
	w.door.says(nil)
	w.connect()
	truth := w.answered("alice", dmAlice, ts, "Confirmed: `toy` runs as")
	require.Equal(t, m.TS, truth.TS, "the sentence of before the restart is mended")
	w.quiet()
	require.Len(t, w.answers("alice", dmAlice, ts), 1)
}

func TestAnAnswerIsGivenOnceAcrossARestart(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.fault(slack.Fault{Kind: "lost_ack"})
	ts := w.say("alice", dmAlice, "tyo", "")
	w.answered("alice", dmAlice, ts, "I don't know")
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_ = w.bridge.Drain(ctx)
	before := len(w.log("deliver", nil))
	w.connect()
	w.eventually(func() bool { return len(w.log("deliver", nil)) > before }, "the message comes again")
	require.NoError(t, w.control.ClearFaults(w.ctx, "lost_ack"))
	w.quiet()
	require.Len(t, w.answers("alice", dmAlice, ts), 1)
}

// eventAcks counts acknowledgements of person's messages: our own messages in the thread come back as events, too, and
// are acknowledged at once.
func (w *world) eventAcks(string) int {
	w.Helper()
	first := w.log("deliver", func(e slack.Entry) bool { return e.Event == "message" })
	if len(first) == 0 {
		return 0
	}
	return len(w.log("ack", func(e slack.Entry) bool { return e.EventID == first[0].EventID }))
}

func TestUnknownThatTurnsOutToBeNo(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.door.says(func(c job.Command, call int) (job.Started, bool) {
		if call < 3 {
			return job.Started{Verdict: job.Unknown}, true
		}
		return job.Started{Verdict: job.NotNow, Text: "The engine is down. Nothing was started."}, true
	})
	ts := w.say("alice", dmAlice, "toy", "")
	m := w.answered("alice", dmAlice, ts, "The engine is down.")
	require.Contains(t, string(m.Blocks), "Try again")
	w.quiet()
	require.Len(t, w.answers("alice", dmAlice, ts), 1)
}

func TestUnknownForEverSaysSo(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment), func(o *Options) { o.Timers.Insist = 300 * time.Millisecond })
	w.door.says(func(job.Command, int) (job.Started, bool) { return job.Started{Verdict: job.Unknown}, true })
	ts := w.say("alice", dmAlice, "toy", "")
	m := w.answered("alice", dmAlice, ts, "I still do not know whether `toy` was started")
	w.door.says(nil)
	require.NoError(t, w.person("alice").Click(w.ctx, dmAlice, m.TS, "command:1"))
	w.answered("alice", dmAlice, ts, "runs as")
	require.Len(t, w.door.started(), 1)
}

func TestAHundredPeopleAtOnce(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	before := w.calls("users.info") + w.calls("usergroups.users.list")
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := w.person("alice").Say(w.ctx, shopDev, "<@"+slack.BotUserID+"> toy", ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.eventually(func() bool { return len(w.door.started()) == 100 }, "a hundred runs were started")
	w.quiet()
	require.Equal(t, before, w.calls("users.info")+w.calls("usergroups.users.list"), "who may do what is read from memory")
	require.Empty(t, w.log("give_up", nil))
}

func TestAPanicTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.door.says(func(c job.Command, call int) (job.Started, bool) {
		if call == 1 {
			panic("a bug")
		}
		return job.Started{}, false
	})
	w.say("alice", dmAlice, "toy", "")
	w.say("alice", dmAlice, "toy undo", "")
	w.eventually(func() bool { return len(w.door.started()) == 2 }, "both runs were started, one of them by the repetition")
}

func TestDrainFinishesWhatWasTaken(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	hold := w.door.shut()
	for i := range 5 {
		w.say("alice", dmAlice, fmt.Sprintf("restart number%d", i), "")
	}
	w.eventually(func() bool { return len(w.door.asked()) == 5 }, "five starts are under way")
	drained := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		drained <- w.bridge.Drain(ctx)
	}()
	w.eventually(func() bool { return w.bridge.Ready() != nil }, "the bridge says that it stops")
	late := w.say("alice", dmAlice, "toy", "")
	close(hold)
	require.NoError(t, <-drained)
	require.Len(t, w.door.started(), 5, "nothing new was taken")
	w.eventually(func() bool { return w.acks("message") == 5 }, "and what was started was acknowledged")

	w.connect()
	w.eventually(func() bool { return len(w.door.started()) == 6 }, "the next bridge gets the rest")
	require.Contains(t, w.door.started(), messageKey(slack.TeamID, dmAlice, late))
}

func TestAFullHouseTurnsDeliveriesAway(t *testing.T) {
	t.Parallel()
	in := newIntake(nil)
	for range waitRoom {
		require.True(t, in.take(envelope{}))
	}
	require.False(t, in.take(envelope{}), "it never waits: Slack will deliver again")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, in.close(ctx), context.Canceled)
	require.False(t, in.take(envelope{}))
	for range waitRoom {
		in.busy.Done()
	}
}

func TestAnEndWithoutDrainLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := openWorld(t, hasty(moment))
	ctx, cancel := context.WithCancel(w.ctx)
	b, err := New(w.options())
	require.NoError(t, err)
	require.NoError(t, b.Start(ctx))
	require.Error(t, b.Start(ctx), "once is enough")
	w.eventually(func() bool { return b.Ready() == nil }, "the bridge is ready")
	defer close(w.door.shut())
	for range 100 {
		w.say("alice", dmAlice, "toy", "")
	}
	w.eventually(func() bool { return len(w.door.asked()) == workers }, "everybody is busy, and some wait")
	cancel()
	b.loops.Wait()
	require.NoError(t, b.Drain(w.ctx), "nothing is left to wait for")
	require.Empty(t, w.door.started())
}
