package slackbridge

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
)

// pace is how often something may be called.
type pace struct {
	perMinute float64
	burst     float64
}

// paces are Slack's published tiers (https://docs.slack.dev/apis/web-api/rate-limits) with a little room left, for one
// app in one workspace. Posting has a rate for each channel as well.
func paces(method string) pace {
	switch method {
	case "chat.postMessage":
		return pace{perMinute: 240, burst: 20}
	case "chat.postMessage in a channel":
		return pace{perMinute: 60, burst: 3}
	case "chat.postEphemeral", "users.info":
		return pace{perMinute: 95, burst: 20}
	case "users.list", "usergroups.list", "usergroups.users.list":
		return pace{perMinute: 19, burst: 10}
	default: // chat.update, chat.delete, conversations.*, reactions.add and the rest of tier 3
		return pace{perMinute: 48, burst: 10}
	}
}

// budget hands out calls: one queue for each method, and for posting one for each channel too, the most urgent first.
// Being told "too fast" halves the rate of that queue and stops it for as long as Slack wants; every call that goes well
// gives a little back.
type budget struct {
	share float64 // 1/N when N workers speak for one app
	mu    sync.Mutex
	rows  map[string]*queue
}

func newBudget(share int) *budget {
	return &budget{share: 1 / float64(max(share, 1)), rows: map[string]*queue{}}
}

// take waits until a call may be made. It returns a *board.ThrottledError at once when that cannot be before ctx ends,
// so that nobody sleeps for nothing.
func (b *budget) take(ctx context.Context, method, channel string, p board.Priority) error {
	if method == "chat.postMessage" {
		if err := b.queue(method+" in a channel", channel).wait(ctx, p); err != nil {
			return err
		}
	}
	return b.queue(method, "").wait(ctx, p)
}

// tooFast takes in that Slack refused a call for after.
func (b *budget) tooFast(method, channel string, after time.Duration) {
	if method == "chat.postMessage" {
		// Slack does not say which of its limits was hit; the one for the channel is by far the tighter.
		b.queue(method+" in a channel", channel).slower(after)
		return
	}
	b.queue(method, "").slower(after)
}

// fine takes in that a call was let through.
func (b *budget) fine(method, channel string) {
	if method == "chat.postMessage" {
		b.queue(method+" in a channel", channel).faster()
	}
	b.queue(method, "").faster()
}

func (b *budget) queue(method, channel string) *queue {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := method + " " + channel
	q := b.rows[name]
	if q == nil {
		p := paces(method)
		rate := p.perMinute / 60 * b.share
		q = &queue{rate: rate, top: rate, burst: math.Max(1, p.burst*b.share), tokens: math.Max(1, p.burst*b.share)}
		q.at = time.Now()
		b.rows[name] = q
	}
	return q
}

// queue is one rate, and who waits for it.
type queue struct {
	mu      sync.Mutex
	rate    float64 // calls a second, now
	top     float64 // calls a second, at best
	burst   float64
	tokens  float64
	at      time.Time // when tokens was right
	shut    time.Time // Slack wants nothing before
	waiting waiters
	timer   *time.Timer
}

func (q *queue) wait(ctx context.Context, p board.Priority) error {
	q.mu.Lock()
	if deadline, ok := ctx.Deadline(); ok && q.shut.After(deadline) {
		after := time.Until(q.shut)
		q.mu.Unlock()
		return &board.ThrottledError{After: after}
	}
	w := &waiter{priority: p, granted: make(chan struct{})}
	q.waiting.add(w)
	q.serve()
	q.mu.Unlock()
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		return q.giveUp(ctx, w)
	}
}

// giveUp leaves the queue. A call granted in the same moment goes to the next who waits.
func (q *queue) giveUp(ctx context.Context, w *waiter) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-w.granted:
		q.tokens++
	default:
		q.waiting.remove(w)
	}
	q.serve()
	if after := time.Until(q.shut); after > 0 && context.Cause(ctx) == context.DeadlineExceeded {
		return &board.ThrottledError{After: after}
	}
	return context.Cause(ctx)
}

// serve grants what can be granted now and sets the clock for the next. The lock is held.
func (q *queue) serve() {
	now := time.Now()
	if now.Before(q.shut) {
		q.later(q.shut.Sub(now))
		return
	}
	q.tokens = math.Min(q.burst, q.tokens+now.Sub(q.at).Seconds()*q.rate)
	q.at = now
	for q.tokens >= 1 {
		w := q.waiting.first()
		if w == nil {
			return
		}
		q.tokens--
		close(w.granted)
	}
	if len(q.waiting) > 0 {
		q.later(time.Duration((1 - q.tokens) / q.rate * float64(time.Second)))
	}
}

func (q *queue) later(d time.Duration) {
	if len(q.waiting) == 0 {
		return
	}
	if q.timer != nil {
		q.timer.Stop()
	}
	q.timer = time.AfterFunc(d+time.Millisecond, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.serve()
	})
}

func (q *queue) slower(after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.rate = math.Max(q.top/16, q.rate/2)
	q.tokens, q.at = 0, now
	if until := now.Add(after); until.After(q.shut) {
		q.shut = until
		// What waits when the gate opens goes first in, one at once.
		q.tokens, q.at = 1, until
	}
	q.serve()
}

func (q *queue) faster() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rate = math.Min(q.top, q.rate+q.top/20)
}

// waiter is one call that waits.
type waiter struct {
	priority board.Priority
	granted  chan struct{}
}

// waiters are few: a slice searched from the front is enough, and keeps the order plain to see.
type waiters []*waiter

func (ws *waiters) add(w *waiter) { *ws = append(*ws, w) }

// first takes out the most urgent, and among equals the one that came first.
func (ws *waiters) first() *waiter {
	best := -1
	for i, w := range *ws {
		if best < 0 || w.priority < (*ws)[best].priority {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	w := (*ws)[best]
	*ws = append((*ws)[:best], (*ws)[best+1:]...)
	return w
}

func (ws *waiters) remove(w *waiter) {
	for i, other := range *ws {
		if other == w {
			*ws = append((*ws)[:i], (*ws)[i+1:]...)
			return
		}
	}
}
