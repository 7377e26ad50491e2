package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// BakeInput is an instance that users are watched on.
type BakeInput struct {
	Run      RunRef       `json:"run"`
	Instance job.Instance `json:"instance"`
	Version  string       `json:"version"`
	Traffic  job.Traffic  `json:"traffic"`
	Front    string       `json:"front,omitempty"` // where users reach it
	Until    time.Time    `json:"until"`
	Errors   float64      `json:"errors,omitempty"` // percent of failed requests that are too many; 0: only health counts
	Timers   job.Timers   `json:"timers"`
}

// What counts as bad while users are watched.
const (
	bakeEvery  = 2 * time.Second
	bakeMisses = 3                // answers in a row that are not good
	bakeWindow = 30 * time.Second // over which the share of failed requests is taken
	bakeFew    = 5                // failed requests in that time that are too few to say anything
	bakeLonger = time.Minute      // so long a load balancer that counts, and did not say its count twice, is waited for
)

// Bake watches users on an instance until the time is over. It ends with a Fault that is Undone as soon as the instance turns bad: its health, the
// share of failed requests, or users that are elsewhere. A load balancer that does not answer for a moment is no reason. One that
// counts has to say twice how requests went before the time counts as over; after a minute more the text says that it did not.
func (a *Activities) Bake(ctx context.Context, in BakeInput) (string, error) {
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	b := baking{a: a, in: in, began: a.Now()}
	tick := time.NewTicker(bakeEvery)
	defer tick.Stop()
	for {
		failpoint.Here("while users are watched", in.Run.ID)
		says := b.look(attached)
		left := in.Until.Sub(a.Now())
		if left <= 0 && left > -bakeLonger && !b.measured() {
			left = bakeEvery // nobody knows yet how requests went
		}
		switch {
		case w.stopping():
			return "", errStopping
		case ctx.Err() != nil:
			return "", ctx.Err()
		case says != "":
			return "", Faulty(job.Fault{Class: job.FaultOurs, Undone: true, Final: true, Says: says})
		case left <= 0:
			return b.figures(), nil
		default:
			w.note("%s", b.note(left))
		}
		select {
		case <-tick.C:
		case <-attached.Done():
		}
	}
}

// baking is what is known of an instance while users are watched on it.
type baking struct {
	a     *Activities
	in    BakeInput
	began time.Time
	bad   int // answers in a row that were not good

	samples   []sample
	uncounted bool // the load balancer does not count
}

// sample is what the load balancer had counted at a moment.
type sample struct {
	at time.Time
	traffic.Count
}

// look looks once, and says what is bad, in a sentence; empty while nothing is.
func (b *baking) look(ctx context.Context) string {
	active, err := b.a.Traffic.Active(ctx, b.in.Traffic)
	if err == nil && active != b.in.Instance.Name {
		return fmt.Sprintf("Users are on %s by now: somebody moved them.", board.Clean(active))
	}
	asked := b.in.Instance
	if b.in.Front != "" {
		asked.URL = b.in.Front
	}
	if problem := versioned(b.in.Instance.Name, b.a.Probe.Probe(ctx, asked), b.in.Version); problem == "" {
		b.bad = 0
	} else if b.bad++; b.bad >= bakeMisses && ctx.Err() == nil {
		return fmt.Sprintf("It stopped answering well: %s.", board.Clean(problem)) + b.lost()
	}
	c, err := b.a.Traffic.Count(ctx, b.in.Traffic, b.in.Instance.Name)
	b.uncounted = errors.Is(err, traffic.ErrNotCounted)
	if err != nil {
		return ""
	}
	now := sample{at: b.a.Now(), Count: c}
	if n := len(b.samples); n > 0 && c.Requests < b.samples[n-1].Requests {
		b.samples = nil // it counts anew
	}
	b.samples = append(b.samples, now)
	requests, failed := b.within(bakeWindow)
	if share := percent(failed, requests); b.in.Errors > 0 && failed > bakeFew && share > b.in.Errors {
		return fmt.Sprintf("%s of the requests failed within %s, more than %s.", share1(share), board.Span(min(bakeWindow, now.at.Sub(b.began).Round(time.Second))), share1(b.in.Errors)) + b.lost()
	}
	return ""
}

// measured reports whether it is known how requests went, as far as it can be.
func (b *baking) measured() bool {
	return b.uncounted || len(b.samples) > 1
}

// within is how many requests there were in the last time, and how many of them failed.
func (b *baking) within(d time.Duration) (requests, failed int64) {
	n := len(b.samples)
	if n == 0 {
		return 0, 0
	}
	last, first := b.samples[n-1], b.samples[0]
	for _, s := range b.samples {
		if last.at.Sub(s.at) >= d {
			first = s
		}
	}
	return last.Requests - first.Requests, last.Failed - first.Failed
}

// lost says how many requests failed in all the time, where somebody counts.
func (b *baking) lost() string {
	_, failed := b.within(b.a.Now().Sub(b.began))
	if failed == 0 {
		return ""
	}
	return fmt.Sprintf(" About %s failed.", counted(int(failed), "request", "requests"))
}

// note is how it goes, for the board.
func (b *baking) note(left time.Duration) string {
	says := board.AboutLeft(left)
	if requests, failed := b.within(bakeWindow); requests > 0 {
		says += fmt.Sprintf(", %s of the requests failed", share1(percent(failed, requests)))
	}
	return says
}

// figures are how it went.
func (b *baking) figures() string {
	requests, failed := b.within(b.a.Now().Sub(b.began))
	switch {
	case !b.measured():
		return "the load balancer did not tell how requests went"
	case requests == 0:
		return "it answered well all the time"
	}
	return fmt.Sprintf("%s, %d failed", counted(int(requests), "request", "requests"), failed)
}

func percent(part, of int64) float64 {
	if of <= 0 {
		return 0
	}
	return 100 * float64(part) / float64(of)
}

// share1 is a share as people read it: "4 %", "0.1 %".
func share1(percent float64) string {
	if percent >= 10 || percent == float64(int(percent)) {
		return fmt.Sprintf("%.0f %%", percent)
	}
	return fmt.Sprintf("%.1f %%", percent)
}

// DrainInput is an instance that users were moved away from.
type DrainInput struct {
	Run      RunRef       `json:"run"`
	Instance job.Instance `json:"instance"`
	Traffic  job.Traffic  `json:"traffic"`
	Until    time.Time    `json:"until"`
	Timers   job.Timers   `json:"timers"`
}

// Drain waits for the last requests of an instance that gets no more, for a while. What is left then is said, and is no
// reason to stop anything.
func (a *Activities) Drain(ctx context.Context, in DrainInput) (string, error) {
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	attached, cancel := w.until(ctx)
	defer cancel()
	for {
		left, err := a.Traffic.Drained(attached, in.Traffic, in.Instance.Name)
		switch {
		case w.stopping():
			return "", errStopping
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil && left == 0:
			return "", nil
		case a.Now().After(in.Until) && err != nil:
			return "nobody tells whether requests are left there", nil
		case a.Now().After(in.Until):
			return counted(left, "request is", "requests are") + " still there; left alone", nil
		case err == nil:
			w.note("%s left", counted(left, "request", "requests"))
		}
		w.pause(attached)
	}
}
