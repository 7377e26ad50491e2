package jenkins

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Ref is a build, or what will become one: in the queue it has a number there, later one among the builds of its job.
// It can be kept and is good for the life of the build. A build that somebody else started is {Job, Build}.
type Ref struct {
	Job      string    `json:"job"`
	RunParam string    `json:"run_param,omitempty"` // "" is RunParam
	RunID    string    `json:"run_id,omitempty"`
	Since    time.Time `json:"since,omitzero"`  // the run began no earlier
	Queue    int64     `json:"queue,omitempty"` // 0 unknown
	Build    int64     `json:"build,omitempty"` // 0 none yet
	Found    bool      `json:"found,omitempty"` // it was there already when it was to be started
}

func (r Ref) param() string { return cmp.Or(r.RunParam, RunParam) }

// found is a ref with the numbers of a hit.
func (r Ref) found(h hit) Ref {
	r.Queue, r.Build, r.Found = cmp.Or(h.queue, r.Queue), h.build, true
	return r
}

// hit is a queue item or a build with the id that is looked for. Somebody who builds one of ours again in Jenkins makes
// another with the same id: that one is theirs.
type hit struct {
	queue, build int64
	ours         bool
}

// Limits of a search.
const (
	buildsAtOnce = 100       // the newest so many are at hand in Jenkins, the others are read from its disk
	mostBuilds   = 2000      // how many are looked at
	clockSlack   = time.Hour // how wrong Jenkins' clock may be
)

// Find looks for the build of a run in the queue and among the builds of its job; ok is false when it is in neither. Of
// the builds the newest 100 are looked at, and as many before them (up to 2,000) as began after ref.Since. The numbers
// in ref are not needed. It is a read: what an instant later arrives at Jenkins is not found.
func (s *Server) Find(ctx context.Context, ref Ref) (found Ref, ok bool, err error) {
	defer s.guard(&err, "looking for the jenkins build of "+ref.RunID)
	path, err := s.jobPath(ref.Job)
	if err != nil {
		return ref, false, err
	}
	hits, err := s.hits(ctx, ref, path)
	if err != nil || len(hits) == 0 {
		return ref, false, err
	}
	return ref.found(hits[0]), true, nil
}

// Latest is the newest build of a job, whoever started it; ok is false when it has none.
func (s *Server) Latest(ctx context.Context, name string) (ref Ref, ok bool, err error) {
	defer s.guard(&err, "looking for the newest build of "+name)
	path, err := s.jobPath(name)
	if err != nil {
		return Ref{}, false, err
	}
	var j struct {
		LastBuild *struct {
			Number int64 `json:"number"`
		} `json:"lastBuild"`
	}
	r, err := s.get(ctx, path+"/api/json", "lastBuild[number]", &j)
	switch {
	case err != nil:
		return Ref{}, false, s.noJob(r, name, err)
	case j.LastBuild == nil:
		return Ref{}, false, nil
	}
	return Ref{Job: name, Build: j.LastBuild.Number}, true, nil
}

// hits are all of a run, the one that was queued first before the others. The queue is read first: what leaves it
// meanwhile is among the builds then.
func (s *Server) hits(ctx context.Context, ref Ref, path string) ([]hit, error) {
	if ref.RunID == "" {
		return nil, nil
	}
	waiting, err := s.waiting(ctx, ref, path)
	if err != nil {
		return nil, err
	}
	built, err := s.builds(ctx, ref, path)
	if err != nil {
		return nil, err
	}
	for _, h := range waiting {
		if !slices.ContainsFunc(built, func(b hit) bool { return b.queue == h.queue }) {
			built = append(built, h)
		}
	}
	slices.SortFunc(built, func(a, b hit) int { return cmp.Or(cmp.Compare(a.queue, b.queue), cmp.Compare(a.build, b.build)) })
	return built, nil
}

// surely looks again when there is nothing. An item that leaves the queue is nowhere for a moment, until an executor
// has made a build of it (hudson.model.Executor.run).
func (s *Server) surely(ctx context.Context, ref Ref, path string) ([]hit, error) {
	for try := 0; ; try++ {
		hits, err := s.hits(ctx, ref, path)
		if err != nil || len(hits) > 0 || ref.RunID == "" || try == 2 {
			return hits, err
		}
		if err := s.wait(ctx, min(s.opt.Settle/4, 250*time.Millisecond)); err != nil {
			return nil, err
		}
	}
}

// wait is a pause. The error is one of ours.
func (s *Server) wait(ctx context.Context, d time.Duration) error {
	if err := s.opt.Sleep(ctx, d); err != nil {
		e := s.fault(NotDone, job.FaultOurs, "Nobody waits any more for what Jenkins answers.")
		e.Cause = err
		return e
	}
	return nil
}
