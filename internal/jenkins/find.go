package jenkins

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
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

// hit is a queue item or a build with the id that is looked for.
type hit struct{ queue, build int64 }

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

// actions are what hangs on a queue item or a build; only parameters are asked for.
type actions []struct {
	Parameters []struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	} `json:"parameters"`
}

// value is that of a parameter; ok is false when there is no such parameter.
func (a actions) value(name string) (value string, ok bool) {
	for _, one := range a {
		for _, p := range one.Parameters {
			if p.Name == name {
				return text(p.Value), true
			}
		}
	}
	return "", false
}

func (s *Server) waiting(ctx context.Context, ref Ref, path string) ([]hit, error) {
	var queue struct {
		Items []struct {
			ID   int64 `json:"id"`
			Task struct {
				URL string `json:"url"`
			} `json:"task"`
			Actions actions `json:"actions"`
		} `json:"items"`
	}
	if _, err := s.get(ctx, "/queue/api/json", "items[id,task[url],actions[parameters[name,value]]]", &queue); err != nil {
		return nil, err
	}
	var hits []hit
	for _, item := range queue.Items {
		if id, _ := item.Actions.value(ref.param()); id == ref.RunID && leadsTo(item.Task.URL, path) {
			hits = append(hits, hit{queue: item.ID})
		}
	}
	return hits, nil
}

// build is one in the list of a job.
type build struct {
	Number    int64   `json:"number"`
	QueueID   int64   `json:"queueId"`
	Timestamp int64   `json:"timestamp"` // milliseconds, by Jenkins' clock
	Actions   actions `json:"actions"`
}

func (s *Server) builds(ctx context.Context, ref Ref, path string) ([]hit, error) {
	var hits []hit
	for from := 0; from < mostBuilds; from += buildsAtOnce {
		var answer struct {
			Newest []build `json:"builds"`
			All    []build `json:"allBuilds"`
		}
		list := "builds"
		if from > 0 {
			list = "allBuilds"
		}
		r, err := s.get(ctx, path+"/api/json", list+"[number,queueId,timestamp,actions[parameters[name,value]]]{"+strconv.Itoa(from)+","+strconv.Itoa(from+buildsAtOnce)+"}", &answer)
		if err != nil {
			return nil, s.noJob(r, ref.Job, err)
		}
		page := slices.Concat(answer.Newest, answer.All)
		for _, b := range page {
			if id, _ := b.Actions.value(ref.param()); id == ref.RunID {
				hits = append(hits, hit{queue: max(0, b.QueueID), build: b.Number})
			}
		}
		// A build is dated when it leaves the queue, which is later than the run's beginning.
		if len(hits) > 0 || len(page) < buildsAtOnce || ref.Since.IsZero() || time.UnixMilli(page[len(page)-1].Timestamp).Before(ref.Since.Add(-clockSlack)) {
			break
		}
	}
	return hits, nil
}

// noJob says which job it is that is not there.
func (s *Server) noJob(r reply, name string, err error) error {
	if r.status != http.StatusNotFound {
		return err
	}
	e := s.fault(Refused, job.FaultOurs, "Jenkins has no job %s, or %s may not see it.", name, s.who())
	e.Shown = s.shown(r.asked, r.status, nil)
	return e
}
