package jenkins

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/bndr/gojenkins"

	"github.com/pawl-ops/pawl/job"
)

// Phase is how far a build is.
type Phase string

// The phases. Only Ended, Cancelled and Gone are final.
const (
	Waiting   Phase = "waiting"   // in the queue
	Running   Phase = "running"   // paused for a question included
	Ended     Phase = "ended"     // it has a result
	Cancelled Phase = "cancelled" // taken out of the queue: it never ran
	Gone      Phase = "gone"      // Jenkins knows nothing of it (any more)
)

// The results of Jenkins (hudson.model.Result). A build that Jenkins left without one, because it was killed itself, has
// ResultUnknown.
const (
	Success       = "SUCCESS"
	Unstable      = "UNSTABLE"
	Failure       = "FAILURE"
	NotBuilt      = "NOT_BUILT"
	Aborted       = "ABORTED"
	ResultUnknown = "UNKNOWN"
)

// State is a build as one look found it.
type State struct {
	Ref     Ref           // with the numbers known by now; to be used for the next look
	Phase   Phase         //
	Why     string        // while it waits, in the queue or for its first machine, and when it is gone: a sentence without its full stop, for people
	Stuck   bool          // it waits for something that will not come by itself
	Link    string        // for people; of the job while there is no build
	Name    string        // as Jenkins shows the build: "#418", or what the job calls its builds; empty while there is none
	Result  string        // once it ended
	Began   time.Time     // by Jenkins' clock
	Took    time.Duration // so far, or in all
	Usually time.Duration // by Jenkins' estimate; 0 unknown
	Percent int           // of the usual time, at most 99 while it runs; -1 unknown
	Stages  []Stage       // of a pipeline; nil when Jenkins does not say (freestyle, no plugin pipeline-rest-api)
	Asks    []Ask         // questions it waits for
	Trouble string        // Follow only: Jenkins could not be asked, and the rest is what was known before
}

// Over reports whether nothing will change any more.
func (s State) Over() bool { return s.Phase == Ended || s.Phase == Cancelled || s.Phase == Gone }

// State looks once at a build. A queue item that Jenkins has forgotten (it does so 5 minutes after the item left the
// queue, and when it restarts) is looked for by its run. The error is one of asking: of a build that failed it says
// nothing.
func (s *Server) State(ctx context.Context, ref Ref) (st State, err error) {
	defer s.guard(&err, "looking at jenkins build "+ref.Job)
	path, err := s.jobPath(ref.Job)
	if err != nil {
		return State{Ref: ref}, err
	}
	for range 2 {
		if ref.Build == 0 {
			st, err = s.queued(ctx, ref, path)
			if err != nil || st.Ref.Build == 0 {
				return st, err
			}
			ref = st.Ref
		}
		if st, err = s.built(ctx, ref, path); err != nil || st.Phase != Gone || ref.RunID == "" {
			return st, err
		}
		// The number belongs to another build by now, or to none: the job was made anew. The run may be there all the same.
		ref.Queue, ref.Build = 0, 0
	}
	return st, nil
}

// raw is a build as Jenkins has it.
type raw struct {
	Class string `json:"_class"`
	Shown string `json:"displayName"`
	gojenkins.BuildResponse
}

const buildTree = "number,displayName,queueId,building,result,timestamp,duration,estimatedDuration,actions[parameters[name,value]]"

// built looks at a build that has a number.
func (s *Server) built(ctx context.Context, ref Ref, path string) (State, error) {
	at := buildPath(path, ref.Build)
	st := State{Ref: ref, Phase: Running, Link: s.people + at + "/", Percent: -1}
	var b raw
	r, err := s.get(ctx, at+"/api/json", buildTree, &b)
	switch {
	case r.status == http.StatusNotFound:
		return s.deleted(ctx, st, path)
	case err != nil:
		return st, err
	}
	if id, ok := b.parameter(ref.param()); ok && ref.RunID != "" && id != ref.RunID {
		st.Phase, st.Why = Gone, "Jenkins gave the number "+strconv.FormatInt(ref.Build, 10)+" to another build"
		return st, nil
	}
	if st.Ref.Queue == 0 {
		st.Ref.Queue = max(0, b.QueueID)
	}
	st.Name = displayName(b.Shown, ref.Build)
	st.Began, st.Usually = time.UnixMilli(b.Timestamp), estimate(b.EstimatedDuration)
	st.Took = max(0, r.now(s.opt.Now()).Sub(st.Began))
	if st.Usually > 0 {
		st.Percent = min(99, int(100*st.Took/st.Usually))
	}
	if !b.Building {
		st.Phase, st.Result, st.Percent = Ended, b.Result, 100
		if st.Took = estimate(b.Duration); st.Result == "" {
			st.Result = ResultUnknown
		}
	}
	if b.Class == "" || isPipeline(b.Class) {
		s.pipeline(ctx, &st, path)
	}
	if err := ctx.Err(); err != nil {
		e := s.fault(NotDone, job.FaultOurs, "Nobody waits any more for what Jenkins answers.")
		e.Cause = err
		return st, e
	}
	return st, nil
}

// deleted is a build that is not there: deleted, or everything above it out of our sight.
func (s *Server) deleted(ctx context.Context, st State, path string) (State, error) {
	var there struct{}
	if r, err := s.get(ctx, path+"/api/json", "name", &there); err != nil {
		return st, s.noJob(r, st.Ref.Job, err)
	}
	st.Phase, st.Why, st.Link = Gone, "somebody deleted build "+strconv.FormatInt(st.Ref.Build, 10)+" in Jenkins", s.people+path+"/"
	return st, nil
}

// parameter is the value a build has for one of its job's parameters.
func (b raw) parameter(name string) (value string, ok bool) {
	for _, a := range b.Actions {
		for _, p := range a.Parameters {
			if p.Name == name {
				return text(p.Value), true
			}
		}
	}
	return "", false
}

// millis is a number of milliseconds, of which some plugins make more than there is time.
func millis(n int64) time.Duration {
	return time.Duration(min(max(0, n), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
}
