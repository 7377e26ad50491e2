package slackbridge

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

func TestPacesStayBelowTheTiers(t *testing.T) {
	t.Parallel()
	tier := map[string]float64{
		"chat.update": 50, "chat.delete": 50, "reactions.add": 50, "conversations.history": 50,
		"conversations.replies": 50, "conversations.open": 50, "chat.postEphemeral": 100, "users.info": 100,
		"users.list": 20, "usergroups.list": 20, "usergroups.users.list": 20, "chat.postMessage": 300,
	}
	for method, most := range tier {
		p := paces(method)
		inAMinute := p.burst + p.perMinute
		if p.window >= time.Minute {
			inAMinute = p.burst
		}
		require.Less(t, inAMinute, most, method)
	}
	require.Less(t, paces("chat.postMessage in a channel").burst/paces("chat.postMessage in a channel").window.Seconds(), 1.0)
}

func TestTheMostUrgentWaitsLeast(t *testing.T) {
	t.Parallel()
	q := newQueue(pace{burst: 1, perMinute: 60 * 20}, 1)
	require.NoError(t, q.wait(t.Context(), board.Tail))
	q.mu.Lock() // nobody is served before all are there
	order := make(chan board.Priority, 5)
	joined := make(chan struct{})
	for _, p := range []board.Priority{board.Tail, board.Change, board.First, board.Ask, board.Final} {
		w := &waiter{priority: p, granted: make(chan struct{})}
		q.waiting.add(w)
		go func() {
			joined <- struct{}{}
			<-w.granted
			order <- p
		}()
		<-joined
	}
	q.serve()
	q.mu.Unlock()
	for p := board.Final; p <= board.Tail; p++ {
		require.Equal(t, p, <-order)
	}
}

func TestTooFastHalvesAndGoodCallsGiveBack(t *testing.T) {
	t.Parallel()
	q := newQueue(pace{burst: 5, perMinute: 60}, 1)
	q.slower(0)
	require.InDelta(t, 0.5, q.rate, 1e-9)
	for range 10 {
		q.slower(0)
	}
	require.InDelta(t, 1.0/16, q.rate, 1e-9, "never slower than a sixteenth")
	for range 100 {
		q.faster()
	}
	require.InDelta(t, 1, q.rate, 1e-9, "never faster than the tier")
}

func TestOneOfManyWorkersTakesItsShare(t *testing.T) {
	t.Parallel()
	b := newBudget(4)
	q := b.queue("chat.update", "")
	require.InDelta(t, 44.0/60/4, q.rate, 1e-9)
	require.GreaterOrEqual(t, q.burst, 1.0, "and can always speak")
	require.Same(t, q, b.queue("chat.update", ""))
	require.NotSame(t, b.queue("chat.postMessage in a channel", "C1"), b.queue("chat.postMessage in a channel", "C2"))
}

// Workers come and go while the budget is in use.
func TestTheShareChanges(t *testing.T) {
	t.Parallel()
	b := newBudget(1)
	edits, posts := b.queue("chat.update", ""), b.queue("chat.postMessage in a channel", "C1")
	edits.slower(0) // Slack wants half of it
	b.split(2)
	require.InDelta(t, 44.0/60/4, edits.rate, 1e-9, "half of the share")
	require.InDelta(t, 44.0/60/2, edits.top, 1e-9)
	require.LessOrEqual(t, edits.tokens, edits.burst)
	require.InDelta(t, 1.5/3.3, posts.rate, 1e-9)
	require.InDelta(t, 44.0/60/2, b.queue("chat.delete", "").rate, 1e-9, "also of what is asked for later")
	b.split(0)
	require.InDelta(t, 44.0/60/2, edits.rate, 1e-9, "alone again, and as slow as Slack wants it")
	edits.faster()
	require.Greater(t, edits.rate, 44.0/60/2)
}

func TestGivingUpGivesTheCallBack(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]pace{"tokens": {burst: 1, perMinute: 1}, "window": {burst: 1, window: time.Hour}} {
		q := newQueue(p, 1)
		require.NoError(t, q.wait(t.Context(), board.Final), name)
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error, 1)
		go func() { gaveUp <- q.wait(ctx, board.Final) }()
		require.Eventually(t, func() bool { q.mu.Lock(); defer q.mu.Unlock(); return len(q.waiting) == 1 }, time.Minute, time.Millisecond)
		cancel()
		require.ErrorIs(t, <-gaveUp, context.Canceled, name)
		require.Empty(t, q.waiting, name)

		q.mu.Lock()
		granted := &waiter{granted: make(chan struct{})}
		close(granted.granted)
		q.mu.Unlock()
		require.Error(t, q.giveUp(ctx, granted))
		require.NoError(t, q.wait(t.Context(), board.Final), "%s: a call granted to somebody who left goes to the next", name)
		q.mu.Lock()
		if q.timer != nil {
			q.timer.Stop()
		}
		q.mu.Unlock()
	}
}

func TestAShutGateIsToldAtOnce(t *testing.T) {
	t.Parallel()
	b := newBudget(1)
	b.tooFast("chat.update", "", time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var limited *board.ThrottledError
	require.ErrorAs(t, b.take(ctx, "chat.update", "", board.Final), &limited)
	require.Greater(t, limited.After, 59*time.Minute)
	require.NoError(t, b.take(ctx, "chat.delete", "", board.Tail), "other methods go on")
}

func TestBackoffHasJitterAndAnEnd(t *testing.T) {
	t.Parallel()
	b := backoff{least: 100 * time.Millisecond, most: 30 * time.Second}
	seen := map[time.Duration]bool{}
	for range 50 {
		d := b.next()
		require.GreaterOrEqual(t, d, 50*time.Millisecond)
		require.LessOrEqual(t, d, 30*time.Second)
		seen[d] = true
	}
	require.Greater(t, len(seen), 40, "what broke together does not come back together")
	b.reset()
	require.LessOrEqual(t, b.next(), 100*time.Millisecond)
}

// wire hands requests over without one, and counts those that were refused as too fast.
type wire struct {
	server  http.Handler
	refused atomic.Int32
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	if answer.Code == http.StatusTooManyRequests {
		w.refused.Add(1)
	}
	return answer.Result(), nil
}

// The time is made up: on a real clock a request that was slow on its way comes too close to the next.
func TestTheBudgetKeepsSlackContent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, err := slack.New(slack.Options{}) // with the limits as published
		require.NoError(t, err)
		defer func() { require.NoError(t, server.Close()) }()
		p := NewPoster(PosterOptions{APIURL: "http://slack.test/api/", BotToken: job.NewSecret(botToken)})
		defer p.Close()
		w := &wire{server: server.Handler()}
		p.http.Transport = w
		began := time.Now()
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				if _, err := p.Post(t.Context(), boardPost([]string{dmAlice, shopDev, "C0OPS"}[i%3], "")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.Zero(t, w.refused.Load(), "Slack never had to refuse")
		require.Less(t, time.Since(began), 4*time.Second, "and nobody waited longer than that takes")
	})
}
