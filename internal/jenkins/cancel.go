package jenkins

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/pawl-ops/pawl/job"
)

// Level is how hard a build is ended. Freestyle builds know only Stop.
type Level string

// The levels, to be tried in this order (org.jenkinsci.plugins.workflow.job.WorkflowRun).
const (
	Stop Level = "stop" // it is told to end, and may clean up
	Term Level = "term" // its steps are ended
	Kill Level = "kill" // Jenkins forgets it; what it started on a machine may go on there
)

// Cancel ends a build, or takes it out of the queue, and looks afterwards: State.Over says whether it really ended. Until
// it does the caller looks again, and cancels harder. It may be repeated, and of what ended already it says only how. A ref
// without numbers is looked for by its run for as long as a request for it may be on its way (Options.Settle); when none
// came the phase is Gone.
func (s *Server) Cancel(ctx context.Context, ref Ref, level Level) (st State, err error) {
	defer s.guard(&err, "stopping jenkins build "+ref.Job)
	path, err := s.jobPath(ref.Job)
	if err != nil {
		return State{Ref: ref}, err
	}
	if ref.Queue == 0 && ref.Build == 0 && ref.RunID != "" {
		a := attempt{s: s, ref: ref, path: path, sent: true}
		found, ok, err := a.look(ctx)
		if err != nil || !ok {
			return State{Ref: ref, Phase: Gone, Why: nowhere, Percent: -1, Link: s.people + path + "/"}, err
		}
		ref = found
	}
	for try := 0; ; try++ { // it may leave the queue while it is taken out of it
		var looked error
		if st, looked = s.State(ctx, ref); looked != nil {
			return st, looked
		}
		ref = st.Ref
		switch {
		case st.Over():
			return st, nil
		case st.Phase == Running:
			if err = s.stop(ctx, ref, path, level); err == nil {
				st, err = s.State(ctx, ref)
			}
			return st, err
		case try == 3:
			return st, err
		}
		if err = s.unqueue(ctx, ref); OutcomeOf(err) == Refused || OutcomeOf(err) == NotDone {
			return st, err
		}
	}
}

// stop ends a running build.
func (s *Server) stop(ctx context.Context, ref Ref, path string, level Level) error {
	r, err := s.post(ctx, buildPath(path, ref.Build)+"/"+string(level), nil, nil)
	if err == nil && r.status == http.StatusNotFound && level != Stop {
		r, err = s.post(ctx, buildPath(path, ref.Build)+"/stop", nil, nil) // no pipeline
	}
	switch {
	case err != nil:
		return err
	case r.ok(), r.status >= 300 && r.status < 400 && !signIn(r.header.Get("Location")):
		return nil // it sends browsers back to the build
	case r.status == http.StatusNotFound:
		return nil // deleted meanwhile; the next look says so
	case r.status == http.StatusMethodNotAllowed:
		e := s.fault(Refused, job.FaultOurs, "Jenkins does not know %s for build %d of %s.", level, ref.Build, ref.Job)
		e.Shown = s.shown(r.asked, r.status, r.body)
		return e
	}
	return s.refused(r)
}

// unqueue takes an item out of the queue. That it is not there any more is no error: the next look says what became of
// it. An item that left already is answered with 500 (hudson.model.Queue.doCancelItem), which is as good as unknown.
func (s *Server) unqueue(ctx context.Context, ref Ref) error {
	r, err := s.post(ctx, "/queue/cancelItem", url.Values{"id": {strconv.FormatInt(ref.Queue, 10)}}, nil)
	switch {
	case err != nil:
		return err
	case r.ok(), r.status == http.StatusNotFound, r.status >= 300 && r.status < 400 && !signIn(r.header.Get("Location")):
		return nil // 204, and 302 in old versions
	case r.status == http.StatusUnprocessableEntity:
		e := s.fault(Refused, job.FaultAccess, "Jenkins does not let %s take %s out of its queue. Give it the permission Job/Cancel.", s.who(), ref.Job)
		e.Shown = s.shown(r.asked, r.status, r.body)
		return e
	}
	return s.refused(r)
}
