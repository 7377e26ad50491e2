package jenkins

import (
	"fmt"
	"slices"
	"time"
)

// States of a queue item, in the order an item passes through them.
const (
	waiting   = "waiting"   // in the quiet period
	blocked   = "blocked"   // by another build of its job, or because Jenkins is about to shut down
	buildable = "buildable" // wants an executor
	left      = "left"      // is a build now, or was cancelled
)

// item is one that waits to be built. Items go on after a restart; those that left are forgotten.
type item struct {
	ID        int       `json:"id"`
	Job       string    `json:"job"`
	Params    []Value   `json:"params,omitempty"`
	Causes    []string  `json:"causes"` // ids of users
	Since     time.Time `json:"since"`
	Due       time.Time `json:"due"` // end of the quiet period
	Buildable time.Time `json:"buildable,omitzero"`

	state     string
	why       string
	at        time.Time // when it left
	cancelled bool
	number    int // of its build
}

// Value is a parameter of a build.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Kind  string `json:"kind"`
}

// schedule puts a job into the queue, or folds it into an item with the same parameters, as Queue.scheduleInternal does:
// what is built already does not count, and a shorter quiet period makes the one that waits come earlier.
func (s *Server) schedule(j *job, values []Value, user string, quiet time.Duration) (it *item, folded bool) {
	due := s.clock.Add(quiet)
	for _, it := range s.queue {
		if it.Job != j.Name || !slices.Equal(it.Params, values) {
			continue
		}
		if !slices.Contains(it.Causes, user) {
			it.Causes = append(it.Causes, user)
		}
		if it.state == waiting && due.Before(it.Due) {
			it.Due = due
		}
		s.settle()
		s.dirty = true
		return it, true
	}
	s.last++
	it = &item{ID: s.last, Job: j.Name, Params: values, Causes: []string{user}, Since: s.clock, Due: due, state: waiting}
	s.queue = append(s.queue, it)
	s.dirty = true
	s.settle()
	return it, false
}

// settle moves everybody on who need not wait any longer. It is called at every moment at which something happens.
func (s *Server) settle() {
	for !s.starting() {
		moved := s.placeNodes()
		for _, it := range slices.Clone(s.queue) {
			moved = s.consider(it) || moved
		}
		if !moved {
			return
		}
	}
}

// consider says what an item waits for now, or makes it a build and reports that.
func (s *Server) consider(it *item) bool {
	j := s.job(it.Job)
	if j == nil {
		s.leave(it) // the job is gone
		it.cancelled = true
		return true
	}
	if it.state == waiting && it.Due.After(s.clock) {
		return false
	}
	it.state = blocked
	if it.Buildable.IsZero() {
		it.Buildable = s.clock
	}
	if s.faults.is(Quiet) {
		it.why = "Jenkins is about to shut down"
		return false
	}
	if b := j.running(); b != nil && !j.Concurrent {
		it.why = fmt.Sprintf("Build #%d is already in progress (ETA: %s)", b.Number, s.eta(j, b))
		return false
	}
	if j.Kind == Freestyle {
		if why := s.noExecutor(j); why != "" {
			it.state, it.why = buildable, why
			return false
		}
	}
	s.leave(it)
	it.number = s.begin(j, it).Number
	return true
}

// leave takes an item out of the queue. It is known for a while still.
func (s *Server) leave(it *item) {
	s.queue = slices.DeleteFunc(s.queue, func(other *item) bool { return other == it })
	it.state, it.why, it.at = left, "", s.clock
	s.left = append(s.left, it)
	s.dirty = true
}

// forget drops the items that left long ago: Queue.java keeps them for five minutes.
func (s *Server) forget() {
	s.left = slices.DeleteFunc(s.left, func(it *item) bool {
		return s.faults.is(Forgets) || !it.at.Add(s.opts.Forget).After(s.clock)
	})
}

// item is the queue item of an id, or nil.
func (s *Server) item(id int) *item {
	for _, list := range [][]*item{s.queue, s.left} {
		if i := slices.IndexFunc(list, func(it *item) bool { return it.ID == id }); i >= 0 {
			return list[i]
		}
	}
	return nil
}

// because is why an item waits, in Jenkins' words (hudson/model/Messages.properties); empty when it does not.
func (s *Server) because(it *item) string {
	if it.state == waiting {
		return "In the quiet period. Expires in " + span(it.Due.Sub(s.clock))
	}
	if b := s.running(it.Job); it.state == blocked && b != nil && !s.faults.is(Quiet) {
		return fmt.Sprintf("Build #%d is already in progress (ETA: %s)", b.Number, s.eta(s.job(it.Job), b))
	}
	return it.why
}

// noExecutor is why a build gets no executor now; empty when it does.
func (s *Server) noExecutor(j *job) string {
	if j.Label != "" {
		return "There are no nodes with the label ‘" + j.Label + "’"
	}
	busy := 0
	for _, other := range s.jobs {
		for _, b := range other.builds {
			if b.building() && b.Node {
				busy++
			}
		}
	}
	if s.faults.is(NoExecutor) || busy >= s.opts.Executors {
		return "Waiting for next available executor"
	}
	return ""
}

func (s *Server) running(name string) *build {
	if j := s.job(name); j != nil {
		return j.running()
	}
	return nil
}

// eta is how long a build will still take, as far as one knows.
func (s *Server) eta(j *job, b *build) string {
	usual := j.usual()
	if usual < 0 {
		return "N/A"
	}
	rest := usual - s.clock.Sub(b.Started)
	if rest < 0 {
		return "N/A"
	}
	return span(rest)
}

// span is a duration as hudson.Util.getTimeSpanString says it.
func span(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Second:
		return fmt.Sprintf("%v sec", float64(d.Milliseconds()/10)/100)
	case d < 10*time.Second:
		return fmt.Sprintf("%v sec", float64(d.Milliseconds()/100)/10)
	case d < time.Minute:
		return fmt.Sprintf("%d sec", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d sec", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d hr %d min", int(d.Hours()), int(d.Minutes())%60)
}
