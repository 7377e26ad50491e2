package pages

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// slowTries is how many times more often a page is asked for when the other side only wants us to be slower.
const slowTries = 4

// ask asks for a page until there is one, or asking again is pointless. The error is a *job.Fault, or the end of the
// context.
func (r *Reader) ask(ctx context.Context, to *url.URL, number int) (answer, error) {
	ended := func() error { return fmt.Errorf("reading page %d of %s: %w", number, r.src.Name, ctx.Err()) }
	began := r.opt.Now()
	var seen history
	for {
		if err := r.keepPace(ctx); err != nil {
			return answer{}, ended()
		}
		r.pace.begin()
		a, t := r.try(ctx, to, number)
		if ctx.Err() != nil {
			return answer{}, ended()
		}
		if t == nil {
			r.pace.ok()
			return a, nil
		}
		t.cause = r.mask.Error(t.cause)
		seen.add(t)
		if t.slow {
			r.pace.tooFast()
		}
		wait := r.backoff(t, seen)
		if !t.again || seen.broken >= r.opt.Tries || seen.slow >= r.opt.Tries*slowTries || seen.waited+wait > r.opt.Patience {
			return answer{}, r.giveUp(t, seen, r.opt.Now().Sub(began))
		}
		seen.waited += wait
		r.opt.OnWait(r.waiting(t, wait), wait)
		if err := r.opt.Sleep(ctx, wait); err != nil {
			return answer{}, ended()
		}
	}
}

// history is what came of the tries for one page.
type history struct {
	broken int // tries that found the other side broken
	slow   int // tries that were too fast
	waited time.Duration
	first  string // what it did first
	mixed  bool   // it did something else later
}

func (h *history) add(t *trouble) {
	if t.slow {
		h.slow++
	} else {
		h.broken++
	}
	if h.first == "" {
		h.first = t.did
	}
	h.mixed = h.mixed || h.first != t.did
}

// keepPace waits until the next question may be asked.
func (r *Reader) keepPace(ctx context.Context) error {
	d := r.pace.wait()
	if d <= 0 {
		return ctx.Err()
	}
	if d >= 2*time.Second { // shorter ones only flicker
		r.opt.OnWait(fmt.Sprintf("%s lets us ask every %s", r.src.Name, brief(d)), d)
	}
	return r.opt.Sleep(ctx, d)
}

// backoff is how long to wait before the next try: as long as they say, or twice as long each time, half of it by chance
// so that many clients do not come back at once.
func (r *Reader) backoff(t *trouble, seen history) time.Duration {
	if t.told > 0 {
		return t.told
	}
	d := r.opt.FirstWait
	for range seen.broken + seen.slow - 1 {
		if d *= 2; d >= r.opt.LongestWait {
			break
		}
	}
	d = min(d, r.opt.LongestWait)
	return d/2 + rand.N(d/2+1)
}

// waiting says why we wait, for the board.
func (r *Reader) waiting(t *trouble, d time.Duration) string {
	if t.told > 0 {
		return fmt.Sprintf("%s asks us to wait %s", r.src.Name, brief(d))
	}
	return fmt.Sprintf("%s %s, the next try is in %s", r.src.Name, t.did, brief(d))
}

// giveUp is the fault after the last try.
func (r *Reader) giveUp(t *trouble, seen history, took time.Duration) *job.Fault {
	f := &job.Fault{Class: t.class, Says: t.says, Shown: t.shown, After: t.told, Cause: t.cause}
	if !t.again {
		f.Final = t.class == job.FaultAccess || t.class == job.FaultOurs
		return f
	}
	n := seen.broken + seen.slow
	switch {
	case n == 1:
		f.Says = fmt.Sprintf("%s %s.", r.src.Name, t.did)
	case seen.mixed:
		f.Says = fmt.Sprintf("%s did not answer properly %s %s; the last time it %s.", r.src.Name, times(n), within(took), t.did)
	default:
		f.Says = fmt.Sprintf("%s %s %s %s.", r.src.Name, t.did, times(n), within(took))
	}
	if t.told > r.opt.Patience {
		f.Says = fmt.Sprintf("%s asks us to wait %s before we ask again.", r.src.Name, span(t.told))
	}
	return f
}
