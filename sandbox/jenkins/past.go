package jenkins

import "time"

// Past is a build of before the world began.
type Past struct {
	Params  map[string]string // those that are left out have their defaults
	By      string            // the user who started it
	Ago     time.Duration     // when it began
	Changes []Change          // what was new in it
}

// longAgo is the queue id of builds whose queue item nobody remembers (QUEUE_ID_UNKNOWN in Run.java).
const longAgo = -1

// lived makes the builds of before, each as if it had run then.
func (s *Server) lived(j *job) {
	now := s.clock
	for _, p := range j.History {
		s.clock = now.Add(-p.Ago)
		b := s.create(j, &item{ID: longAgo, Params: j.values(p.Params), Causes: []string{p.By}})
		b.Changes = p.Changes
		if j.Kind == Pipeline {
			s.place(j, b)
		}
		for b.building() {
			s.clock = s.clock.Add(s.scaled(j.Stages[len(b.Stages)-1].Takes))
			s.step(j, b)
		}
	}
	s.clock = now
}

// values are the parameters of the job, with their defaults where nothing is given.
func (j *job) values(given map[string]string) []Value {
	values := make([]Value, 0, len(j.Params))
	for _, p := range j.Params {
		value, ok := given[p.Name]
		if !ok {
			value = p.Default
		}
		values = append(values, Value{Name: p.Name, Value: value, Kind: p.Kind})
	}
	return values
}
