package pages

import (
	"math"
	"time"
)

// How the pace changes. Halving on 429 and growing by half a request a second is what the clients of the big CRMs do
// (ingestr: +0.5 per 50 answers, and 5 s in which a second 429 counts as the same).
const (
	slowest     = 0.1              // requests a second; slower than that is for Retry-After
	growAfter   = 50               // good answers
	growBy      = 0.5              // requests a second
	sameTrouble = 5 * time.Second  // 429s this close together are one
	looking     = 10 * time.Second // how far back the pace is measured when there was no limit yet
)

// pace is how fast a reader asks: as fast as it can until the other side says that this is too fast, then half as fast,
// and slowly faster again (additive increase, multiplicative decrease).
type pace struct {
	now    func() time.Time
	rate   float64 // requests a second; 0: no limit yet
	good   int     // answers since it last grew
	slowed time.Time
	last   time.Time // when the last request began
	since  time.Time // when counting began, while there is no limit
	asked  int       // requests since then
}

// wait is how long to wait before the next request.
func (p *pace) wait() time.Duration {
	if p.rate == 0 || p.last.IsZero() {
		return 0
	}
	gap := time.Duration(float64(time.Second) / p.rate)
	return max(0, p.last.Add(gap).Sub(p.now()))
}

// begin says that a request begins.
func (p *pace) begin() {
	p.last = p.now()
	if p.since.IsZero() || p.last.Sub(p.since) > looking {
		p.since, p.asked = p.last, 0
	}
	p.asked++
}

// ok says that it was answered.
func (p *pace) ok() {
	if p.rate == 0 {
		return
	}
	if p.good++; p.good >= growAfter {
		p.good = 0
		p.rate += growBy
	}
}

// tooFast says that the other side wants us to slow down.
func (p *pace) tooFast() {
	now := p.now()
	p.good = 0
	if !p.slowed.IsZero() && now.Sub(p.slowed) < sameTrouble {
		return
	}
	p.slowed = now
	if p.rate == 0 {
		// The pace of the last seconds is what was too fast. A burst at the very beginning is taken for one second of work.
		p.rate = float64(p.asked) / math.Max(1, now.Sub(p.since).Seconds())
	}
	p.rate = math.Max(slowest, p.rate/2)
}
