package jenkins

import (
	"slices"
	"strings"
	"time"
)

// build is one build of a job. It goes on after a restart, if it is of a pipeline.
type build struct {
	Number  int       `json:"number"`
	Queue   int       `json:"queue"`
	Params  []Value   `json:"params,omitempty"`
	Causes  []string  `json:"causes"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Result  string    `json:"result,omitempty"` // so far; what it ends with once Ended is set
	Node    bool      `json:"node,omitempty"`   // it has an executor
	Wants   int       `json:"wants,omitempty"`  // the queue item of a pipeline that waits for one
	Stages  []*stage  `json:"stages,omitempty"` // those that began
	Input   *asked    `json:"input,omitempty"`  // what it asks now
	StopAt  time.Time `json:"stop_at,omitzero"` // when it will have stopped
	StopBy  string    `json:"stop_by,omitempty"`
	Display string    `json:"display,omitempty"` // what it is called; empty: by its number
	Vars    []Value   `json:"vars,omitempty"`    // what it worked out for itself
	Changes []Change  `json:"changes,omitempty"` // what is new in it
	Log     string    `json:"log"`

	text []byte // the log while it runs; Log is what was kept
}

// stage is one that began.
type stage struct {
	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended,omitzero"`
	Result  string        `json:"result,omitempty"`
	Lines   int           `json:"lines,omitempty"`  // of its log that were written
	Works   time.Time     `json:"works"`            // when its own time began: after its question was answered
	Paused  time.Duration `json:"paused,omitempty"` // how long it waited for people
}

// asked is a question that waits for somebody.
type asked struct {
	ID    string    `json:"id"`
	Since time.Time `json:"since"`
}

func (b *build) building() bool { return b.Ended.IsZero() }

func (b *build) asking() bool { return b.Input != nil }

// stage is the one that began last.
func (b *build) stage() *stage { return b.Stages[len(b.Stages)-1] }

// running is the newest build of the job that has not ended, or nil.
func (j *job) running() *build {
	for _, b := range slices.Backward(j.builds) {
		if b.building() {
			return b
		}
	}
	return nil
}

// usual is how long a build takes, from the last three that went well; -1 when there is none.
func (j *job) usual() time.Duration {
	var sum time.Duration
	n := 0
	for _, b := range slices.Backward(j.builds) {
		if n < 3 && !b.building() && (b.Result == Success || b.Result == Unstable) {
			sum += b.Ended.Sub(b.Started)
			n++
		}
	}
	if n == 0 {
		return -1
	}
	return sum / time.Duration(n)
}

// begin makes a queue item a build. A pipeline begins without an executor and waits for one inside; a freestyle job waited
// in the queue.
func (s *Server) begin(j *job, it *item) *build {
	b := s.create(j, it)
	if j.Kind == Pipeline {
		s.last++
		b.Wants = s.last
	}
	return b
}

// create makes a build up to where it has an executor or wants one.
func (s *Server) create(j *job, it *item) *build {
	b := &build{Number: j.next, Queue: it.ID, Params: it.Params, Causes: it.Causes, Started: s.clock, Result: Success}
	j.next++
	j.workOut(b)
	j.builds = append(j.builds, b)
	j.drop(s.opts.Keep)
	for _, who := range it.Causes {
		s.logf(b, "Started by user %s", note(s.fullName(who)))
	}
	if j.Kind == Freestyle {
		s.logf(b, "Running as SYSTEM")
		s.logf(b, "Building in workspace /var/jenkins_home/workspace/%s", j.Name)
		b.Node = true
		s.enter(j, b)
		return b
	}
	s.logf(b, "[Pipeline] Start of Pipeline")
	s.logf(b, "[Pipeline] node")
	return b
}

// drop forgets the oldest builds that ended, as Jenkins' log rotation does.
func (j *job) drop(keep int) {
	for len(j.builds) > keep && !j.builds[0].building() {
		j.builds = j.builds[1:]
	}
}

// placeNodes gives executors to pipelines that wait for one, and reports whether one got it.
func (s *Server) placeNodes() (moved bool) {
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if !b.building() || b.Wants == 0 {
				continue
			}
			if why := s.noExecutor(j); why != "" {
				if !strings.Contains(string(b.text), why) {
					s.logf(b, "Still waiting to schedule task")
					s.logf(b, "%s", why)
				}
				continue
			}
			moved = true
			s.place(j, b)
		}
	}
	return moved
}

// place gives an executor to a pipeline.
func (s *Server) place(j *job, b *build) {
	b.Wants, b.Node = 0, true
	s.logf(b, "Running on %s in /var/jenkins_home/workspace/%s", note("Jenkins"), j.Name)
	s.logf(b, "[Pipeline] {")
	s.enter(j, b)
}

// worse is the worse of two results.
func worse(a, b string) string {
	order := []string{Success, Unstable, Failure, Aborted}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
