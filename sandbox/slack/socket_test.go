package slack_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// moment is what an acknowledgement may take in a quick workspace where none comes in time. Where one does, it is fair.
const (
	moment = 50 * time.Millisecond
	fair   = 3 * time.Second
)

// quick is a workspace in which an envelope comes again when it is not acknowledged within a while.
func quick(within time.Duration) slack.Options {
	opts := calm()
	opts.Events = []string{"app_mention", "message.im"}
	opts.Redelivery = slack.Redelivery{AckWithin: within, Waits: []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond}}
	return opts
}

// logged waits until the log holds entries of a kind and returns them.
func (w *world) logged(kind string, n int) []slack.Entry {
	w.Helper()
	var found []slack.Entry
	require.Eventually(w, func() bool {
		entries, err := w.control.Log(w.ctx, 0)
		require.NoError(w, err)
		found = nil
		for _, e := range entries {
			if e.Kind == kind {
				found = append(found, e)
			}
		}
		return len(found) >= n
	}, time.Minute, 5*time.Millisecond, "%d entries of kind %s", n, kind)
	return found
}

func TestAnEnvelopeGoesToOneConnection(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Events = []string{"message.im"}
	w := open(t, opts)
	a, b := w.dial(), w.dial()
	ids := map[string]int{}
	for range 20 {
		w.say("xoxp-alice", dm, "toy", "")
	}
	share := map[*link]int{}
	for range 20 {
		var f frame
		var from *link
		select {
		case f = <-a.frames:
			from = a
		case f = <-b.frames:
			from = b
		}
		ids[f.Payload.EventID]++
		share[from]++
		from.ack(f)
	}
	require.Len(t, ids, 20, "each event once")
	require.Positive(t, share[a])
	require.Positive(t, share[b])
	w.logged("ack", 20)
	require.Empty(t, a.frames)
	require.Empty(t, b.frames)
}

func TestEventsPerKindOfChannel(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	l := w.dial()
	take := func() frame { f := l.next(); l.ack(f); return f }

	w.say("xoxp-alice", shopDev, "<@U0PAWL> toy", "")
	message, mention := take(), take()
	require.Equal(t, "message", message.Payload.Event["type"])
	require.Equal(t, "channel", message.Payload.Event["channel_type"])
	require.Equal(t, "app_mention", mention.Payload.Event["type"])
	require.Equal(t, message.Payload.Event["ts"], mention.Payload.Event["ts"])
	require.NotEqual(t, message.Payload.EventID, mention.Payload.EventID)
	require.NotContains(t, mention.Payload.Event, "channel_type")

	w.say("xoxp-alice", dm, "<@U0PAWL> toy", "")
	require.Equal(t, "im", take().Payload.Event["channel_type"], "a mention in a direct message is one event")

	w.say("xoxp-max", "C0SHAREDPARTNER", "<@U0PAWL> toy", "")
	foreign := take()
	require.Equal(t, "T0PARTNER", foreign.Payload.Event["user_team"])
	require.Equal(t, "app_mention", take().Payload.Event["type"])

	w.say("xoxb-otherbot", shopDev, "<@U0PAWL> toy", "")
	require.Equal(t, "B0OTHERBOT", take().Payload.Event["bot_id"])
	require.Equal(t, "B0OTHERBOT", take().Payload.Event["bot_id"])

	w.say("xoxp-alice", "C0GENERAL", "<@U0PAWL> toy", "") // the bot is not there
	ts := w.say(pawl, shopDev, "<@U0PAWL> myself", "")
	own := take()
	require.Equal(t, "B0PAWL", own.Payload.Event["bot_id"])
	require.Equal(t, ts, own.Payload.Event["ts"])
	w.must(pawl, "chat.update", fields{"channel": shopDev, "ts": ts, "text": "edited"})
	edit := take()
	require.Equal(t, "message_changed", edit.Payload.Event["subtype"], "no mention of itself in between")
	w.must(pawl, "chat.delete", fields{"channel": shopDev, "ts": ts})
	gone := take()
	require.Equal(t, "message_deleted", gone.Payload.Event["subtype"])
	require.Equal(t, ts, gone.Payload.Event["deleted_ts"])
}

func TestRedelivery(t *testing.T) {
	t.Parallel()
	w := open(t, quick(moment))
	l := w.dial()
	w.say("xoxp-alice", dm, "toy", "")
	envelopes := map[string]bool{}
	event := ""
	for attempt := range 4 {
		f := l.next()
		require.Equal(t, attempt, *f.RetryAttempt)
		require.Equal(t, map[bool]string{true: "timeout", false: ""}[attempt > 0], *f.RetryReason)
		require.False(t, f.Accepts)
		if event == "" {
			event = f.Payload.EventID
		}
		require.Equal(t, event, f.Payload.EventID)
		envelopes[f.EnvelopeID] = true
	}
	require.Len(t, envelopes, 4, "each try has an id of its own")
	given := w.logged("give_up", 1)
	require.Equal(t, event, given[0].EventID)
}

func TestAnAcknowledgementEndsRedelivery(t *testing.T) {
	t.Parallel()
	w := open(t, quick(fair))
	l := w.dial()
	w.say("xoxp-alice", dm, "toy", "")
	l.next()
	second := l.next()
	require.Equal(t, 1, *second.RetryAttempt)
	l.ack(second)
	w.logged("ack", 1)

	// Another event comes three times, the last time later than the first one could have.
	w.say("xoxp-alice", dm, "second", "")
	tries := 0
	for _, e := range w.logged("deliver", 5) {
		if e.EventID == second.Payload.EventID {
			tries++
		}
	}
	require.Equal(t, 2, tries)
}

// A retry goes to another connection when there is one, and an acknowledgement
// counts only from where the envelope went.
func TestAcknowledgementFromAnotherConnectionDoesNotCount(t *testing.T) {
	t.Parallel()
	w := open(t, quick(fair))
	a, b := w.dial(), w.dial()
	w.say("xoxp-alice", dm, "toy", "")
	first, second := a, b
	var f frame
	select {
	case f = <-a.frames:
	case f = <-b.frames:
		first, second = b, a
	}
	second.ack(f)
	require.Equal(t, "unknown_envelope", w.logged("ack", 1)[0].Error)
	again := second.next()
	require.Equal(t, f.Payload.EventID, again.Payload.EventID)
	second.ack(again)
	require.Empty(t, w.logged("ack", 2)[1].Error)
	require.Empty(t, first.frames)
}

// What happens while no socket is open comes as a retry, and only as a retry.
func TestNobodyConnected(t *testing.T) {
	t.Parallel()
	w := open(t, quick(fair))
	w.say("xoxp-alice", dm, "toy", "")
	require.Equal(t, "no_connection", w.logged("deliver", 1)[0].Error)
	l := w.dial()
	f := l.next()
	require.Positive(t, *f.RetryAttempt)
	l.ack(f)
	w.logged("ack", 1)
}

func TestTicketsWorkOnce(t *testing.T) {
	t.Parallel()
	hand := newClock()
	w := open(t, slack.Options{Now: hand.Now})
	dial := func(url string) int {
		ws, answer, err := websocket.DefaultDialer.DialContext(w.ctx, url, http.Header{"Origin": {"https://api.slack.com"}})
		if err == nil {
			w.Cleanup(func() { _ = ws.Close() })
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	url := w.ticket()
	require.Equal(t, http.StatusSwitchingProtocols, dial(url))
	require.Equal(t, http.StatusForbidden, dial(url))
	late := w.ticket()
	hand.pass(31 * time.Second)
	require.Equal(t, http.StatusForbidden, dial(late))
}

func TestTenConnectionsAndNoMore(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	for n := 1; n <= 10; n++ {
		l := w.dialRaw()
		hello := l.next()
		require.Equal(t, "hello", hello.Type)
		require.Equal(t, n, hello.NumConnections)
	}
	l := w.dialRaw()
	require.Equal(t, "too_many_websockets", l.next().Reason)
	require.Error(t, l.ended())
}

func TestPings(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Sockets.PingEvery = 10 * time.Millisecond
	w := open(t, opts)
	l := w.dial()
	require.Eventually(t, func() bool { return l.pings.Load() > 2 }, time.Minute, time.Millisecond)
}

func TestConnectionsAreRefreshed(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Sockets = slack.Sockets{Lifetime: 200 * time.Millisecond, Warning: 100 * time.Millisecond}
	w := open(t, opts)
	l := w.dial()
	require.Equal(t, "warning", l.next().Reason)
	require.Equal(t, "refresh_requested", l.next().Reason)
	require.True(t, websocket.IsCloseError(l.ended(), websocket.CloseNormalClosure))
}

// Two clients of slack-go share the work and survive a refresh of both.
func TestTwoSlackGoClients(t *testing.T) {
	t.Parallel()
	w := open(t, quick(fair))
	a, b := w.app(), w.app()
	_, err := w.server.SetFault(slack.Fault{Kind: "refresh_socket", Times: 2, Millis: 50})
	require.NoError(t, err)
	w.logged("connect", 4) // both came back
	const n = 10
	for range n {
		w.say("xoxp-alice", dm, "toy", "")
	}
	seen := map[any]bool{}
	for len(seen) < n {
		select {
		case e := <-a.events:
			seen[eventTS(e)] = true
			a.ack(e)
		case e := <-b.events:
			seen[eventTS(e)] = true
			b.ack(e)
		case <-w.ctx.Done():
			t.Fatalf("only %d of %d came", len(seen), n)
		}
	}
}
