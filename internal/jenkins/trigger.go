package jenkins

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Trigger is a build to be started.
type Trigger struct {
	Job      string            // folders and name: shop/build; for a branch see Branch
	Params   map[string]string // as declared by the job; data, which Jenkins hands to the build as it is
	RunID    string            // the same for every try, and for nothing else: at most one build has it
	RunParam string            // the parameter that takes it (RunParam)
	Since    time.Time         // when the run began: how far back an earlier try is looked for (the newest 100 builds)
	Again    bool              // an earlier try may have reached Jenkins, and may still be on its way
}

// mostRequests is how many times one call asks Jenkins for the build, when it never learns what came of it.
const mostRequests = 3

// Trigger starts the build of a run, unless it is there already: first the queue and the builds are searched for the
// run. What comes back may be a queue item or a build.
//
// When an answer is lost Trigger searches until it knows, through restarts of Jenkins, at most as long as ctx lets it;
// then the outcome is [Unknown], and the next call says Again. Whoever might be second (Again) waits Settle before it
// believes that there is nothing, and leaves the build in the queue for as long: what arrives late is folded into it, for
// Jenkins keeps one queue item for the same parameters. Should there be two all the same, the younger one is taken back.
// Calls for the same run in one process wait for each other.
func (s *Server) Trigger(ctx context.Context, t Trigger) (ref Ref, err error) {
	defer s.guard(&err, "starting jenkins build "+t.Job)
	ref = Ref{Job: t.Job, RunParam: t.RunParam, RunID: t.RunID, Since: t.Since}
	path, err := s.jobPath(t.Job)
	if err != nil {
		return ref, err
	}
	if strings.TrimSpace(t.RunID) == "" {
		return ref, s.fault(Refused, job.FaultOurs, "A build of %s cannot be started without the name of a run.", t.Job)
	}
	release, err := s.alone(ctx, t.RunID)
	if err != nil {
		return ref, err
	}
	defer release()
	a := attempt{s: s, t: t, ref: ref, path: path, sent: t.Again}
	return a.run(ctx)
}

// attempt is one call of Trigger.
type attempt struct {
	s    *Server
	t    Trigger
	ref  Ref
	path string
	sent bool // a request is, or may be, on its way or done
}

func (a *attempt) run(ctx context.Context) (Ref, error) {
	// Whether it is there is asked first: a job that was disabled meanwhile does not undo its builds.
	if ref, ok, err := a.look(ctx); err != nil || ok {
		return ref, err
	}
	def, err := a.s.define(ctx, a.t.Job, a.path)
	if err != nil {
		return a.ref, err
	}
	if e := a.s.fits(a.t.Job, def, a.ref.param(), a.t.Params); e != nil {
		return a.ref, e
	}
	for n := 1; ; n++ {
		careful := a.sent
		a.sent = true
		queue, err := a.request(ctx, careful)
		switch {
		case err == nil && queue > 0 && !careful:
			a.ref.Queue = queue
			return a.ref, nil
		case err == nil, OutcomeOf(err) == Unknown:
		default:
			return a.ref, err // it never reached Jenkins, or was refused
		}
		if ref, ok, lost := a.look(ctx); lost != nil || ok {
			ref.Found = ref.Found && ref.Queue != queue
			return ref, lost
		}
		switch {
		case err == nil && queue > 0: // seen by nobody since, as if somebody had taken it out of the queue at once
			a.ref.Queue = queue
			return a.ref, nil
		case err == nil:
			return a.ref, a.s.fault(Refused, job.FaultOurs, "Jenkins took the order for %s and did not queue it: one of its plugins decided so.", a.t.Job)
		case n == mostRequests:
			return a.ref, err
		}
	}
}

// doubt makes an error unknown that leaves open what came of an earlier request.
func (a *attempt) doubt(err error) error {
	var e *Error
	if a.sent && errors.As(err, &e) {
		return &Error{Fault: e.Fault, Outcome: Unknown}
	}
	return err
}

// look searches for the run. While a request may be on its way it goes on until Jenkins has answered for as long as
// that may take, and does not give up because Jenkins is down.
func (a *attempt) look(ctx context.Context) (Ref, bool, error) {
	var since time.Time // Jenkins has answered, and knew nothing of the run
	pause := a.s.opt.Settle / 20
	for {
		hits, err := a.s.hits(ctx, a.ref, a.path)
		switch {
		case err == nil && len(hits) > 0:
			return a.ref.found(hits[0]), true, a.takeBack(ctx, hits[1:])
		case err == nil && !a.sent:
			return a.ref, false, nil
		case err != nil && (!a.sent || OutcomeOf(err) == Refused):
			return a.ref, false, a.doubt(err)
		case err != nil:
			since, pause = time.Time{}, min(2*pause, 5*time.Second)
		case since.IsZero():
			since, pause = a.s.opt.Now(), a.s.opt.Settle/20
		case a.s.opt.Now().Sub(since) >= a.s.opt.Settle:
			return a.ref, false, nil
		default:
			pause = min(2*pause, a.s.opt.Settle/4)
		}
		if sleep := a.s.wait(ctx, pause); sleep != nil {
			if err != nil {
				sleep = err
			}
			return a.ref, false, a.doubt(sleep)
		}
	}
}

// takeBack ends builds of a run that there should not be. It is done when nothing of them is left to end.
func (a *attempt) takeBack(ctx context.Context, younger []hit) error {
	for _, h := range younger {
		if !h.ours {
			continue
		}
		ref := a.ref
		ref.RunID, ref.Queue, ref.Build = "", h.queue, h.build
		if _, err := a.s.Cancel(ctx, ref, Stop); err != nil {
			return a.doubt(err)
		}
	}
	return nil
}
