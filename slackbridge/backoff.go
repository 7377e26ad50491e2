package slackbridge

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff doubles from least to most, each wait drawn between half of it and all of it, so that what broke together does
// not come back together.
type backoff struct {
	least, most time.Duration
	now         time.Duration
}

func (b *backoff) next() time.Duration {
	b.now = min(max(b.now*2, b.least), b.most)
	return jitter(b.now)
}

func (b *backoff) reset() { b.now = 0 }

// jitter draws between half of d and d.
func jitter(d time.Duration) time.Duration {
	if d <= 1 {
		return d
	}
	return d/2 + rand.N(d/2)
}

// pause waits for d or until ctx ends, and reports whether the time passed.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
