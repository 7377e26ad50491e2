package slack_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func (w *world) fault(f slack.Fault) slack.Fault {
	w.Helper()
	set, err := w.control.SetFault(w.ctx, f)
	require.NoError(w, err)
	return set
}

func TestFaultsOfCalls(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	post := fields{"channel": shopDev, "text": "x"}

	w.fault(slack.Fault{Kind: "429", Method: "chat.postMessage", Times: 2, Millis: 2500})
	require.Equal(t, "", w.call(pawl, "auth.test", nil).code(), "another method")
	require.Equal(t, "", w.call("xoxp-alice", "chat.postMessage", post).code(), "people are spared")
	for range 2 {
		got := w.call(pawl, "chat.postMessage", post)
		require.Equal(t, http.StatusTooManyRequests, got.Status)
		require.Equal(t, "3", got.Header.Get("Retry-After"))
	}
	require.Equal(t, "", w.call(pawl, "chat.postMessage", post).code(), "two times are over")

	f := w.fault(slack.Fault{Kind: "500", Method: "*", Channel: ops})
	require.Equal(t, http.StatusOK, w.call(pawl, "chat.postMessage", post).Status, "another channel")
	require.Equal(t, http.StatusInternalServerError, w.call(pawl, "chat.postMessage", fields{"channel": ops, "text": "x"}).Status)
	require.Empty(t, texts(w.must("xoxp-alice", "conversations.history", fields{"channel": ops})), "no effect")
	state, err := w.control.State(w.ctx)
	require.NoError(t, err)
	require.Equal(t, []slack.Fault{{ID: f.ID, Kind: "500", Method: "*", Channel: ops, Hits: 1}}, state.Faults)
	req, err := http.NewRequestWithContext(w.ctx, http.MethodDelete, w.url+"/sandbox/faults/"+f.ID, nil)
	require.NoError(t, err)
	require.EqualValues(t, 1, w.do(req).Body["removed"])
	require.Equal(t, http.StatusOK, w.call(pawl, "chat.postMessage", fields{"channel": ops, "text": "x"}).Status)

	_, err = w.control.SetFault(w.ctx, slack.Fault{Kind: "gremlins"})
	require.ErrorContains(t, err, "unknown_fault")
}

// The effect takes place, the answer does not come.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	w.fault(slack.Fault{Kind: "lost_answer", Method: "chat.postMessage", Times: 1})
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/api/chat.postMessage",
		strings.NewReader("channel="+ops+"&text=once&token="+pawl))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	require.Error(t, err)
	require.Equal(t, []string{"once"}, texts(w.must(pawl, "conversations.history", fields{"channel": ops})))
}

// A caller that gives up does not stop Slack: the effect comes later.
func TestSlowEffectComesAfterTheCallerLeft(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	watch := w.watch("alice")
	w.fault(slack.Fault{Kind: "slow", Method: "chat.postMessage", Times: 1, Millis: 1000})
	ctx, giveUp := context.WithCancel(w.ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/api/chat.postMessage",
		strings.NewReader("channel="+ops+"&text=late&token="+pawl))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gone := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		gone <- err
	}()
	_, err = watch.Until(func(e slack.Event) bool { return e.Type == "faults" && len(e.Faults) == 0 })
	require.NoError(t, err, "the call is being worked on")
	giveUp()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.Empty(t, texts(w.must(pawl, "conversations.history", fields{"channel": ops})), "looked at once: nothing")
	e, err := watch.Until(func(e slack.Event) bool { return e.Type == "message" })
	require.NoError(t, err)
	require.Equal(t, "late", e.Message.Text)
}

func TestDroppedSocket(t *testing.T) {
	t.Parallel()
	w := open(t, quick(moment))
	a, b := w.dial(), w.dial()
	w.fault(slack.Fault{Kind: "drop_socket", Times: 1})
	require.Error(t, a.ended(), "the oldest is hit")
	w.say("xoxp-alice", dm, "toy", "")
	b.ack(b.next())
	require.Error(t, func() error {
		w.fault(slack.Fault{Kind: "drop_socket"})
		return b.ended()
	}())
	l := w.dialRaw()
	require.Error(t, l.ended(), "while it lasts new ones are hit as well")
	require.NoError(t, w.control.ClearFaults(w.ctx, "drop_socket"))
	w.dial()
}

// A silent socket looks open and gets its share, which is lost until the retry.
func TestSilentSocket(t *testing.T) {
	t.Parallel()
	opts := quick(moment)
	opts.Sockets.PingEvery = 10 * time.Millisecond
	w := open(t, opts)
	dead := w.dial()
	w.fault(slack.Fault{Kind: "silent_socket", Times: 1})
	alive := w.dial()
	before := dead.pings.Load()
	for range 4 {
		w.say("xoxp-alice", dm, "toy", "")
	}
	retried := 0
	for range 4 {
		f := alive.next()
		retried += *f.RetryAttempt
		alive.ack(f)
	}
	require.Positive(t, retried)
	require.Empty(t, dead.frames)
	require.Eventually(t, func() bool { return alive.pings.Load() > 10 }, time.Minute, time.Millisecond)
	require.LessOrEqual(t, dead.pings.Load(), before+1, "one may have been on its way")
}

func TestDuplicateDelivery(t *testing.T) {
	t.Parallel()
	opts := quick(20 * time.Second)
	w := open(t, opts)
	a, b := w.dial(), w.dial()
	w.fault(slack.Fault{Kind: "duplicate_delivery", Times: 1})
	w.say("xoxp-alice", dm, "toy", "")
	first, second := a.next(), b.next()
	require.Equal(t, first.Payload.EventID, second.Payload.EventID)
	require.Equal(t, first.EnvelopeID, second.EnvelopeID)
	require.Equal(t, 0, *first.RetryAttempt)
	require.Equal(t, 0, *second.RetryAttempt)

	ts := w.ask(ops)
	w.fault(slack.Fault{Kind: "duplicate_delivery", Times: 1, Channel: ops})
	pressed := w.press("bob", ops, ts, "yes")
	one, other := a.next(), b.next()
	require.Equal(t, one.Payload.TriggerID, other.Payload.TriggerID)
	a.ack(one)
	require.NoError(t, <-pressed)
	b.ack(other)
	require.Equal(t, "unknown_envelope", w.logged("ack", 2)[1].Error, "and nothing hangs on it")
}

func TestLostAck(t *testing.T) {
	t.Parallel()
	w := open(t, quick(fair))
	l := w.dial()
	w.fault(slack.Fault{Kind: "lost_ack", Times: 1})
	w.say("xoxp-alice", dm, "toy", "")
	f := l.next()
	l.ack(f)
	again := l.next()
	require.Equal(t, f.Payload.EventID, again.Payload.EventID)
	require.Equal(t, 1, *again.RetryAttempt)
	l.ack(again)
	require.Equal(t, "lost_ack", w.logged("ack", 2)[0].Fault)
}

func TestRefreshOnDemand(t *testing.T) {
	t.Parallel()
	w := open(t, quick(moment))
	a, b := w.dial(), w.dial()
	w.fault(slack.Fault{Kind: "refresh_socket", Times: 1, Millis: 30})
	require.Equal(t, "warning", a.next().Reason)
	require.Equal(t, "refresh_requested", a.next().Reason)
	require.Error(t, a.ended())
	w.say("xoxp-alice", dm, "toy", "")
	b.ack(b.next())
}
