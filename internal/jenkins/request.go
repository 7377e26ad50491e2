package jenkins

import (
	"context"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/pawl-ops/pawl/job"
)

// request asks for the build. The number of its queue item is 0 when Jenkins does not say it.
func (a *attempt) request(ctx context.Context, careful bool) (queue int64, err error) {
	form := url.Values{}
	for name, value := range maps.All(a.t.Params) {
		form.Set(name, value)
	}
	form.Set(a.ref.param(), a.t.RunID)
	delay := 0
	if careful {
		delay = int(math.Ceil(a.s.opt.Settle.Seconds()))
	}
	r, err := a.s.post(ctx, a.path+"/buildWithParameters", url.Values{"delay": {strconv.Itoa(delay) + "sec"}}, form)
	if err != nil {
		return 0, err
	}
	to := r.header.Get("Location")
	switch queue := queueID(to); {
	case (r.ok() || r.status == http.StatusSeeOther) && queue > 0:
		return queue, nil // 303: the same is queued already (jenkinsci/jenkins#5615)
	case r.ok(), r.status == http.StatusFound && !signIn(to):
		return 0, nil // 302 is what it answers when nothing was queued (jenkins.model.ParameterizedJobMixIn)
	case r.status == http.StatusNotFound:
		return 0, a.s.noJob(r, a.t.Job, a.s.refused(r))
	case r.status == http.StatusConflict:
		e := a.s.refused(r)
		e.Says = "Jenkins does not build " + a.t.Job + " now: the job is disabled. Enable it in Jenkins."
		return 0, e
	}
	return 0, a.s.refused(r)
}

// alone waits until nobody else in this process starts a build of the run.
func (s *Server) alone(ctx context.Context, runID string) (release func(), err error) {
	for {
		s.mu.Lock()
		other, taken := s.runs[runID]
		if !taken {
			mine := make(chan struct{})
			s.runs[runID] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.runs, runID)
				s.mu.Unlock()
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			e := s.fault(Unknown, job.FaultOurs, "The same build is being started already.")
			e.Cause = ctx.Err()
			return nil, e
		}
	}
}
