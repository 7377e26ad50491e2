package jenkins

import (
	"strings"
	"time"
)

// enter begins the next stage.
func (s *Server) enter(j *job, b *build) {
	def := j.Stages[len(b.Stages)]
	st := &stage{Started: s.clock, Works: s.clock}
	b.Stages = append(b.Stages, st)
	s.dirty = true
	if j.Kind == Freestyle {
		return
	}
	s.logf(b, "[Pipeline] stage")
	s.logf(b, "[Pipeline] { (%s)", def.Name)
	if def.Input != nil {
		s.ask(b, def.Input)
		return
	}
	s.logf(b, "[Pipeline] sh")
}

// step moves a build on: its stage is over, or it stops.
func (s *Server) step(j *job, b *build) {
	if !b.StopAt.IsZero() {
		s.grow(j, b)
		s.stopped(j, b)
		return
	}
	s.grow(j, b)
	def := j.Stages[len(b.Stages)-1]
	st := b.stage()
	st.Ended, st.Result = s.clock, Success
	if def.Result != "" {
		st.Result = def.Result
	}
	if name, value, ok := strings.Cut(def.Fails, "="); ok && b.param(name) == value {
		st.Result = Failure
	}
	b.Result = worse(b.Result, st.Result)
	if len(b.Stages) == 1 {
		b.Display = b.expand(j.Display)
	}
	if def.Then != nil && st.Result != Failure {
		def.Then(b.value)
	}
	if j.Kind == Pipeline {
		s.logf(b, "[Pipeline] }")
		s.logf(b, "[Pipeline] // stage")
	}
	s.dirty = true
	if st.Result == Failure {
		if j.Kind == Freestyle {
			s.logf(b, "Build step 'Execute shell' marked build as failure")
		} else {
			s.logf(b, "ERROR: script returned exit code 1")
		}
		s.finish(j, b)
		return
	}
	if len(b.Stages) < len(j.Stages) {
		s.enter(j, b)
		return
	}
	b.Result = worse(b.Result, j.Result)
	s.finish(j, b)
}

// finish ends a build with the result it has so far.
func (s *Server) finish(j *job, b *build) {
	if j.Kind == Pipeline {
		if b.Node {
			s.logf(b, "[Pipeline] }")
			s.logf(b, "[Pipeline] // node")
		}
		s.logf(b, "[Pipeline] End of Pipeline")
	}
	s.close(b)
}

// close writes the last line.
func (s *Server) close(b *build) {
	s.logf(b, "Finished: %s", b.Result)
	b.Ended, b.Node, b.Wants, b.Input, b.StopAt = s.clock, false, 0, nil, time.Time{}
	for _, st := range b.Stages {
		if st.Ended.IsZero() {
			st.Ended, st.Result = s.clock, b.Result
		}
	}
	s.dirty = true
}
