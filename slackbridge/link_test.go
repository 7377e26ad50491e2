package slackbridge

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/rs/zerolog"
	slackgo "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// open counts the connections Slack has after each entry of its log, from the moment both are there.
func (w *world) connections() (now, least int) {
	w.Helper()
	all, err := w.control.Log(w.ctx, 0)
	require.NoError(w, err)
	least = 2
	both := false
	for _, e := range all {
		switch e.Kind {
		case "connect":
			now++
		case "disconnect":
			now--
		}
		both = both || now == 2
		if both {
			least = min(least, now)
		}
	}
	return now, least
}

func (w *world) opened() int { return len(w.log("connect", nil)) }

func TestTwoSocketsAreKeptOpen(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.eventually(func() bool { now, _ := w.connections(); return now == 2 }, "two sockets are open")
	w.fault(slack.Fault{Kind: "drop_socket", Times: 2})
	w.eventually(func() bool { return w.opened() == 4 && w.bridge.Ready() == nil }, "both came back")
	w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "commands come through")
}

func TestASilentSocketIsReplaced(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment), func(o *Options) { o.Timers.Silence = 3 * time.Second })
	w.eventually(func() bool { now, _ := w.connections(); return now == 2 }, "two sockets are open")
	w.fault(slack.Fault{Kind: "silent_socket", Times: 1})
	w.eventually(func() bool { return w.opened() >= 3 }, "a third socket was opened")
	_, least := w.connections()
	require.GreaterOrEqual(t, least, 1)
	w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "commands come through")
}

func TestBothSilentMeansNotReady(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment), func(o *Options) { o.Timers.Silence = 3 * time.Second })
	w.eventually(func() bool { now, _ := w.connections(); return now == 2 }, "two sockets are open")
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "apps.connections.open") {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	w.fault(slack.Fault{Kind: "silent_socket", Times: 2})
	w.eventually(func() bool { return w.bridge.Ready() != nil }, "the bridge says that it hears nothing")
	require.ErrorContains(t, w.bridge.Ready(), "connecting to slack")
	w.intercept(nil)
	w.eventually(func() bool { return w.bridge.Ready() == nil }, "it comes back by itself")
}

func TestOldSocketsAreReplacedOneAtATime(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment), func(o *Options) {
		o.Timers.Silence = 3 * time.Second
		o.Timers.Lifetime = 100 * time.Millisecond
	})
	w.eventually(func() bool { return w.opened() >= 12 }, "sockets were replaced ten times")
	_, least := w.connections()
	require.Equal(t, 1, least, "never both at the same time")
}

func TestSlackAsksForNewSocketsAndNothingIsLost(t *testing.T) {
	t.Parallel()
	w := connected(t, hasty(moment))
	w.eventually(func() bool { now, _ := w.connections(); return now == 2 }, "two sockets are open")
	for i := range 6 {
		w.fault(slack.Fault{Kind: "refresh_socket", Times: 1, Millis: 50})
		w.say("alice", dmAlice, "toy", "")
		w.eventually(func() bool { return len(w.door.started()) == i+1 }, "the command came through")
	}
	w.quiet()
	require.Empty(t, w.log("give_up", nil))
}

func TestSlackAwayAtTheStart(t *testing.T) {
	t.Parallel()
	w := openWorld(t, hasty(moment))
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			http.Error(rw, "down", http.StatusBadGateway)
			return true
		}
		return false
	})
	b := w.start()
	w.eventually(func() bool { err := b.Ready(); return err != nil && strings.Contains(err.Error(), "502") }, "the bridge says why it is not ready")
	w.intercept(nil)
	w.eventually(func() bool { return b.Ready() == nil }, "it connects when Slack is back")
}

func TestARefusedTokenIsNamed(t *testing.T) {
	t.Parallel()
	w := openWorld(t, hasty(moment))
	b := w.start(func(o *Options) { o.BotToken = job.NewSecret("xoxb-wrong-token") })
	w.eventually(func() bool { err := b.Ready(); return err != nil && strings.Contains(err.Error(), "invalid_auth") }, "the refusal is named")
	require.ErrorContains(t, b.Ready(), "slack refuses the token")
	c := w.start(func(o *Options) { o.AppToken = job.NewSecret("xapp-wrong-token") })
	w.eventually(func() bool { err := c.Ready(); return err != nil && strings.Contains(err.Error(), "invalid_auth") }, "the refusal is named")
	require.NotContains(t, w.logs.String(), "wrong-token", "no token in the logs")
	require.NotContains(t, b.Ready().Error()+c.Ready().Error(), "wrong-token")
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	w := openWorld(t, hasty(moment))
	for _, spoil := range []func(*Options){
		func(o *Options) { o.Door = nil }, func(o *Options) { o.Words = nil },
		func(o *Options) { o.BotToken = job.Secret{} }, func(o *Options) { o.AppToken = job.Secret{} },
	} {
		o := w.options()
		spoil(&o)
		_, err := New(o)
		require.ErrorContains(t, err, "the slack bridge needs")
	}
}

func TestSilenceIsNoticedWithinThirtySeconds(t *testing.T) {
	t.Parallel()
	timers := Timers{}.withDefaults()
	require.Less(t, timers.Silence+checkEvery(timers.Silence), 30*time.Second)
	s := newSockets(nil, timers, zerolog.Nop(), nil)
	require.NoError(t, s.due(0, time.Minute, time.Hour, timers.Silence))
	require.ErrorIs(t, s.due(0, time.Minute, time.Hour, timers.Silence+1), errSilent)
	require.NoError(t, s.due(1, time.Minute, time.Hour, timers.Silence+1), "the other one is just being replaced")
	s.release(true)
	require.NoError(t, s.due(1, 2*time.Hour, time.Hour, 0), "age alone waits for the other one to be open")
	s.set(0, newSession(slackgo.New("xoxb-none"), zerolog.Nop()), nil)
	require.ErrorIs(t, s.due(1, 2*time.Hour, time.Hour, 0), errAged)
}
