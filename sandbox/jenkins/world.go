package jenkins

import (
	"fmt"
	"slices"
	"time"
)

// Seen is a build, as a test or the page sees it.
type Seen struct {
	Job      string
	Number   int
	Name     string // as people see it: "#7", or what the job gave it
	Params   map[string]string
	Causes   []string // ids of users
	Past     bool     // it was there when the world began
	Building bool
	Result   string // empty while it runs
	Stages   []SeenStage
	Asks     string // the message of the input step it waits at; empty when it does not
	Started  time.Time
	Ended    time.Time
	Log      string // without notes
}

// SeenStage is a stage that began, or that is to come.
type SeenStage struct {
	Name   string
	Status string // of the stage view; empty: to come
	Took   time.Duration
}

// Builds are the builds of a job, oldest first. An unknown job has none.
func (s *Server) Builds(name string) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	j := s.job(name)
	if j == nil {
		return nil
	}
	all := make([]Seen, 0, len(j.builds))
	for _, b := range j.builds {
		all = append(all, s.seen(j, b))
	}
	return all
}

func (s *Server) seen(j *job, b *build) Seen {
	v := Seen{
		Job: j.Name, Number: b.Number, Name: b.displayName(), Params: map[string]string{}, Causes: slices.Clone(b.Causes), Building: b.building(),
		Past: b.Queue == longAgo, Started: b.Started, Ended: b.Ended, Log: string(plain(b.text)),
	}
	if !v.Building {
		v.Result = b.Result
	}
	for _, p := range b.Params {
		v.Params[p.Name] = p.Value
	}
	if in := b.question(j); in != nil {
		v.Asks = b.expand(in.Message)
	}
	for i, def := range j.Stages {
		st := SeenStage{Name: def.Name}
		if i < len(b.Stages) {
			st.Status, st.Took = s.stageWF(j, b, i, false).Status, s.took(b.Stages[i])
		}
		v.Stages = append(v.Stages, st)
	}
	return v
}

// Count is how many builds of all jobs there were with this value of a parameter, and how many queue items still wait with
// it. Builds that were deleted do not count.
func (s *Server) Count(param, value string) (builds, queued int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	has := func(values []Value) bool {
		return slices.ContainsFunc(values, func(v Value) bool { return v.Name == param && v.Value == value })
	}
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if has(b.Params) {
				builds++
			}
		}
	}
	for _, it := range s.queue {
		if has(it.Params) {
			queued++
		}
	}
	return builds, queued
}

// Triggers is how many requests for a build arrived, whatever came of them.
func (s *Server) Triggers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts
}

// Start asks for a build without a client, as the user with this id does in a browser. Parameters that are not given have
// their defaults. The error says that there is no such job or that it is disabled.
func (s *Server) Start(name, user string, params map[string]string) (queueID int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	j := s.job(name)
	switch {
	case j == nil:
		return 0, fmt.Errorf("starting a build of %s: there is no such job", name)
	case j.Disabled:
		return 0, fmt.Errorf("starting a build of %s: it is disabled", name)
	}
	it, _ := s.schedule(j, j.values(params), user, s.opts.Quiet)
	s.save()
	return it.ID, nil
}

// Busy is how many builds run, how many items wait in the queue, and whether Jenkins is not ready.
func (s *Server) Busy() (running, waiting int, starting bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if b.building() {
				running++
			}
		}
	}
	return running, len(s.queue), s.starting()
}
