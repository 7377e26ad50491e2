package jenkins

import "net/http"

// stop is the ladder of aborting a build. Every rung answers 302 back to where one came from and says nothing about what
// came of it, also when the build has ended already. Freestyle builds have the first rung only.
func (s *Server) stop(v visit, rung string) reply {
	if v.job.Kind == Freestyle && rung != "stop" {
		return s.missing(v)
	}
	if v.who.NoCancel {
		return denied(v.who, "Job/Cancel")
	}
	s.halt(v.job, v.build, rung, v.who.ID)
	to := v.request.Referer()
	if to == "" {
		to = s.buildURL(v.job, v.build)
	}
	return reply{status: http.StatusFound, header: http.Header{"Location": {to}}}
}

// halt tells a build to end.
func (s *Server) halt(j *job, b *build, rung, who string) {
	if !b.building() {
		return
	}
	obeys := j.Stubborn == "" || rung == "kill" || j.Stubborn == "term" && rung == "term"
	switch rung {
	case "kill":
		s.logf(b, "Hard kill!")
		b.Result = worse(b.Result, Aborted)
		s.close(b)
		s.settle()
		return
	case "term":
		s.logf(b, "Terminating sh")
	default:
		if b.StopBy == "" {
			b.StopBy = who
			s.logf(b, "Aborted by %s", note(s.fullName(who)))
			if j.Kind == Pipeline && b.Node && !b.asking() {
				s.logf(b, "Sending interrupt signal to process")
			}
		}
	}
	if obeys && b.StopAt.IsZero() {
		b.StopAt = s.clock.Add(s.scaled(j.StopTakes))
	}
	s.dirty = true
}

// stopped ends a build that was told to.
func (s *Server) stopped(j *job, b *build) {
	b.Result = worse(b.Result, Aborted)
	if j.Kind == Freestyle {
		s.logf(b, "Build was aborted")
	} else if len(b.Stages) > 0 {
		s.logf(b, "[Pipeline] }")
		s.logf(b, "[Pipeline] // stage")
	}
	s.finish(j, b)
}
