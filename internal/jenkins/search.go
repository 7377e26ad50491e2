package jenkins

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// actions are what hangs on a queue item or a build; only this is asked for.
type actions []struct {
	Causes []struct {
		User string `json:"userId"`
	} `json:"causes"`
	Parameters []struct {
		Name  string `json:"name"`
		Value any    `json:"value"`
	} `json:"parameters"`
}

const actionsTree = "actions[parameters[name,value],causes[userId]]"

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

// by reports whether a user is among those who asked for it. Jenkins does not look at capitals in their names.
func (a actions) by(user string) bool {
	for _, one := range a {
		for _, c := range one.Causes {
			if strings.EqualFold(c.User, user) {
				return true
			}
		}
	}
	return false
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
	if _, err := s.get(ctx, "/queue/api/json", "items[id,task[url],"+actionsTree+"]", &queue); err != nil {
		return nil, err
	}
	var hits []hit
	for _, item := range queue.Items {
		if id, _ := item.Actions.value(ref.param()); id == ref.RunID && leadsTo(item.Task.URL, path) {
			hits = append(hits, hit{queue: item.ID, ours: item.Actions.by(s.opt.User)})
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
		r, err := s.get(ctx, path+"/api/json", list+"[number,queueId,timestamp,"+actionsTree+"]{"+strconv.Itoa(from)+","+strconv.Itoa(from+buildsAtOnce)+"}", &answer)
		if err != nil {
			return nil, s.noJob(r, ref.Job, err)
		}
		page := slices.Concat(answer.Newest, answer.All)
		for _, b := range page {
			if id, _ := b.Actions.value(ref.param()); id == ref.RunID {
				hits = append(hits, hit{queue: max(0, b.QueueID), build: b.Number, ours: b.Actions.by(s.opt.User)})
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
