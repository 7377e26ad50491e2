package slackbridge

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
)

// queue is one rate, and who waits for it.
type queue struct {
	pace    pace
	mu      sync.Mutex
	rate    float64 // calls a second, now
	top     float64 // calls a second, at best
	burst   float64
	tokens  float64
	at      time.Time // when tokens was right
	shut    time.Time // Slack wants nothing before
	waiting waiters
	timer   *time.Timer

	window time.Duration // when set, what counts instead of tokens is how many calls were granted within it
	recent []time.Time   // when they were
}

func newQueue(p pace, share float64) *queue {
	q := &queue{pace: p, at: time.Now(), window: p.window}
	q.size(share)
	q.tokens, q.rate = q.burst, q.top
	return q
}

// size sets what a share of the pace allows at best.
func (q *queue) size(share float64) {
	q.burst, q.top = math.Max(1, q.pace.burst*share), q.pace.perMinute/60*share
	if q.window > 0 {
		q.top = q.burst / q.window.Seconds()
	}
}

// split changes the share. How much slower than allowed Slack wants us is kept.
func (q *queue) split(share float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := q.top
	q.size(share)
	q.rate *= q.top / before
	q.tokens = math.Min(q.tokens, q.burst)
	q.serve()
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
		q.refund()
	default:
		q.waiting.remove(w)
	}
	q.serve()
	if after := time.Until(q.shut); after > 0 && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
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
	for len(q.waiting) > 0 {
		if wait := q.spend(now); wait > 0 {
			q.later(wait)
			return
		}
		close(q.waiting.first().granted)
	}
}

// spend takes one call out of the budget, or says how long until there is one.
func (q *queue) spend(now time.Time) time.Duration {
	if q.window > 0 {
		window := time.Duration(float64(q.window) * q.top / q.rate) // longer, the slower we have to be
		for len(q.recent) > 0 && now.Sub(q.recent[0]) >= window {
			q.recent = q.recent[1:]
		}
		if len(q.recent) >= int(q.burst) {
			return window - now.Sub(q.recent[0])
		}
		q.recent = append(q.recent, now)
		return 0
	}
	q.tokens = math.Min(q.burst, q.tokens+now.Sub(q.at).Seconds()*q.rate)
	q.at = now
	if q.tokens < 1 {
		return time.Duration((1 - q.tokens) / q.rate * float64(time.Second))
	}
	q.tokens--
	return 0
}

// refund puts a call back that nobody made.
func (q *queue) refund() {
	if n := len(q.recent); n > 0 {
		q.recent = q.recent[:n-1]
	}
	q.tokens++
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
