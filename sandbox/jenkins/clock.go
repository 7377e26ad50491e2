package jenkins

import "time"

// advance lets everything happen that is due until now, one thing after the other, each at its own moment: quiet periods
// end, stages end, builds that were told to stop do, and a Jenkins that starts is ready.
func (s *Server) advance(now time.Time) {
	if now.Before(s.clock) {
		return // a clock that was set back: nothing happens twice
	}
	for {
		at, do := s.next()
		if do == nil || at.After(now) {
			break
		}
		if at.After(s.clock) {
			s.clock = at
		}
		do()
		s.settle()
	}
	s.clock = now
	s.settle() // a fault may have gone away
	s.forget()
	if !s.starting() {
		for _, j := range s.jobs {
			for _, b := range j.builds {
				s.grow(j, b)
			}
		}
	}
	s.save()
}

// starting reports whether Jenkins is not ready.
func (s *Server) starting() bool { return !s.upAt.IsZero() }

// next is the next thing that will happen by itself, or nil.
func (s *Server) next() (at time.Time, do func()) {
	if s.starting() {
		return s.upAt, s.ready
	}
	sooner := func(t time.Time, what func()) {
		if do == nil || t.Before(at) {
			at, do = t, what
		}
	}
	for _, it := range s.queue {
		if it.state == waiting && it.Due.After(s.clock) {
			sooner(it.Due, func() {})
		}
	}
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if t, ok := s.due(j, b); ok {
				sooner(t, func() { s.step(j, b) })
			}
		}
	}
	return at, do
}

// due is when a build goes on by itself.
func (s *Server) due(j *job, b *build) (time.Time, bool) {
	switch {
	case !b.building():
		return time.Time{}, false
	case !b.StopAt.IsZero():
		return b.StopAt, true
	case !b.Node, b.asking(), j.Kind == Pipeline && s.faults.is(Quiet):
		return time.Time{}, false // before a shutdown a pipeline ends the step it is in, and pauses
	}
	return b.stage().Works.Add(s.scaled(j.Stages[len(b.Stages)-1].Takes)), true
}
