package crm

import (
	"slices"
	"time"
)

// most is how many deals come by themselves: a CRM that nobody closes for a year is still one that fits on a laptop.
const most = 25_000

// pulses are how many things happen between two new deals, the new one included. The others are deals that move on.
const pulses = 3

// advance makes happen whatever should have happened until now. Callers hold the lock.
func (s *Server) advance(now time.Time) {
	for s.grown < len(s.state.Grown) {
		g := s.state.Grown[s.grown]
		s.tickUntil(g.At)
		for range g.New {
			s.come(g.At)
		}
		s.grown++
	}
	s.tickUntil(now)
}

// tickUntil lets the clock run.
func (s *Server) tickUntil(until time.Time) {
	if s.opts.Every < pulses {
		return
	}
	pulse := s.opts.Every / pulses
	for ; ; s.ticks++ {
		at := s.state.Founded.Add(time.Duration(s.ticks+1) * pulse)
		if at.After(until) {
			return
		}
		if (s.ticks+1)%pulses == 0 {
			if len(s.deals) < most {
				s.come(at.Truncate(time.Millisecond))
			}
			continue
		}
		s.move(s.ticks, at.Truncate(time.Millisecond))
	}
}

// come is a new deal.
func (s *Server) come(at time.Time) {
	s.deals = append(s.deals, s.newDeal(len(s.deals)+1, at))
}

// move takes one deal a stage further, or makes it worth something else. Mostly it is one of the younger ones.
func (s *Server) move(tick int64, at time.Time) {
	if len(s.deals) == 0 {
		return
	}
	r := chance("move", tick)
	young := max(1, len(s.deals)/5)
	d := &s.deals[len(s.deals)-1-r.IntN(young)]
	all := stages()
	switch i := slices.Index(all, d.stage); {
	case r.IntN(4) == 0:
		d.amount = amountOf(1, r) // number 1 is an ordinary one
	case i < 5:
		d.stage = all[i+1+r.IntN(2)]
	default:
		d.stage = all[0] // opened again
	}
	d.modified = at
}

// Grow adds new deals at once, as a colleague who imports a list does. They stay, also after a restart when there is a
// Path. At most 10,000 at a time.
func (s *Server) Grow(count int) error {
	if count < 1 || count > 10_000 {
		return errGrow
	}
	s.mu.Lock()
	now := s.opts.Now().UTC().Truncate(time.Millisecond)
	s.advance(now)
	s.state.Grown = append(s.state.Grown, growth{At: now, New: count})
	s.advance(now)
	s.shown = len(s.deals)
	err := s.save()
	s.mu.Unlock()
	s.changed()
	return err
}
