package jenkins

import "time"

// Restart ends Jenkins as an administrator does, and starts it again: it is not ready for so long. Builds of freestyle
// jobs are aborted; pipelines go on where they were; the queue is kept, what left it is forgotten, and it is not about to
// shut down any more.
func (s *Server) Restart(down time.Duration) { s.reboot(down, false) }

// Crash ends Jenkins as a power cut does: like Restart, but freestyle builds end without a last line, as FAILURE: that is
// what hudson.model.Run takes for granted of a build that it finds unfinished on disk.
func (s *Server) Crash(down time.Duration) { s.reboot(down, true) }

func (s *Server) reboot(down time.Duration, hard bool) {
	s.mu.Lock()
	s.advance(s.opts.Now())
	s.goDown(hard)
	s.upAt = s.clock.Add(max(down, time.Nanosecond))
	s.faults.clear(Quiet)
	s.dirty = true
	s.save()
	s.mu.Unlock()
	s.changed()
}

// goDown is what the end of the process does to builds and queue.
func (s *Server) goDown(hard bool) {
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if !b.building() || j.Kind != Freestyle {
				continue
			}
			if hard {
				b.Result = Failure
				b.Ended, b.Node = s.clock, false
				continue
			}
			b.Result = worse(b.Result, Aborted)
			s.logf(b, "Build was aborted")
			s.close(b)
		}
	}
	s.left = nil
	s.session = s.opts.Random(8)
}

// ready is the moment at which a Jenkins that starts is up.
func (s *Server) ready() {
	s.upAt = time.Time{}
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if b.building() {
				s.logf(b, "Resuming build at %s after Jenkins restart", s.clock.UTC().Format("Mon Jan 02 15:04:05 MST 2006"))
				s.logf(b, "Ready to run at %s", s.clock.UTC().Format("Mon Jan 02 15:04:05 MST 2006"))
			}
		}
	}
}

// IsStarting reports whether Jenkins is not ready, after a restart.
func (s *Server) IsStarting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	return s.starting()
}
