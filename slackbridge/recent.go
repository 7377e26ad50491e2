package slackbridge

import (
	"sync"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// recent knows what was handled lately, so that a message delivered twice, by one socket or by both, is answered once.
// A run is protected by its key for good; this is for everything else that is said. It does not survive a restart: then
// an answer can be said twice.
type recent struct {
	keep time.Duration
	mu   sync.Mutex
	seen map[job.Key]*memo
	last time.Time // when old ones were last forgotten
}

// memo is one message under way or done.
type memo struct {
	at time.Time

	mu      sync.Mutex
	settled bool       // what it asked for is durable or refused: it may be acknowledged
	waiting []envelope // further deliveries, to be acknowledged with the first
}

// maxWaiting bounds the deliveries that wait with one message. Slack repeats a message three times.
const maxWaiting = 16

func newRecent(keep time.Duration) *recent {
	return &recent{keep: keep, seen: map[job.Key]*memo{}}
}

// begin gives the memo of a key, and whether this is its first delivery.
func (r *recent) begin(k job.Key) (m *memo, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Sub(r.last) > r.keep/10 {
		r.last = now
		for k, m := range r.seen {
			if now.Sub(m.at) > r.keep {
				delete(r.seen, k)
			}
		}
	}
	if m := r.seen[k]; m != nil && now.Sub(m.at) <= r.keep {
		return m, false
	}
	m = &memo{at: now}
	r.seen[k] = m
	return m, true
}

// forget lets the next delivery be the first again.
func (r *recent) forget(k job.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, k)
}

// settle marks the message as done with, and gives the deliveries that waited for it.
func (m *memo) settle() []envelope {
	m.mu.Lock()
	defer m.mu.Unlock()
	waiting := m.waiting
	m.settled, m.waiting = true, nil
	return waiting
}

// join lets a further delivery wait, and reports false when there is nothing to wait for any more.
func (m *memo) join(e envelope) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.settled {
		return false
	}
	if len(m.waiting) < maxWaiting {
		m.waiting = append(m.waiting, e)
	}
	return true
}

func (m *memo) isSettled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settled
}
