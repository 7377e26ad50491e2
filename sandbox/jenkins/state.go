package jenkins

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// kept is what outlives the process, as Jenkins keeps it on its disk: the queue, the builds and the numbers.
type kept struct {
	Last  int               `json:"last"`
	Queue []*item           `json:"queue,omitempty"`
	Jobs  map[string]record `json:"jobs"`
}

// record is what is kept of a job.
type record struct {
	Next   int      `json:"next"`
	Builds []*build `json:"builds,omitempty"`
}

// remember reads the file. For this Jenkins that is a restart.
func (s *Server) remember() error {
	if s.opts.Path == "" {
		return nil
	}
	text, err := os.ReadFile(s.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what jenkins remembers: %w", err)
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return fmt.Errorf("reading what jenkins remembers in %s: %w", s.opts.Path, err)
	}
	s.last = k.Last
	for _, it := range k.Queue {
		if s.job(it.Job) != nil {
			it.state = waiting
			s.queue = append(s.queue, it)
		}
	}
	for _, j := range s.jobs {
		r, known := k.Jobs[j.Name]
		if !known || r.Next <= 1 && len(r.Builds) == 0 {
			continue // never built: it has the past it was declared with
		}
		j.next, j.builds = r.Next, r.Builds
		for _, b := range j.builds {
			b.text, b.Log = []byte(b.Log), ""
			s.fit(j, b)
		}
	}
	s.goDown(true)
	s.ready()
	return nil
}

// fit is what becomes of a build whose job was declared anew meanwhile, with other stages or other questions.
func (s *Server) fit(j *job, b *build) {
	fits := len(b.Stages) <= len(j.Stages) && (len(b.Stages) > 0 || !b.Node && !b.asking())
	b.Stages = b.Stages[:min(len(b.Stages), len(j.Stages))]
	if fits && b.asking() {
		fits = b.question(j) != nil
	}
	if !fits && b.building() {
		b.Input = nil
		b.Result = Failure
		s.logf(b, "ERROR: the pipeline is not what it was when this build began")
		s.close(b)
	}
}

// save writes the file when something happened, so that a crash leaves the old one or the new one. That it cannot be
// written is said on standard error: a Jenkins with a full disk goes on as well.
func (s *Server) save() {
	if s.opts.Path == "" || !s.dirty {
		return
	}
	s.dirty = false
	k := kept{Last: s.last, Queue: s.queue, Jobs: map[string]record{}}
	for _, j := range s.jobs {
		for _, b := range j.builds {
			b.Log = string(b.text)
		}
		k.Jobs[j.Name] = record{Next: j.next, Builds: j.builds}
	}
	text, err := json.Marshal(k)
	if err == nil {
		err = os.WriteFile(s.opts.Path+".new", append(text, '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(s.opts.Path+".new", s.opts.Path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "writing what jenkins remembers:", err)
	}
}

// Close lets everything happen that is due, and keeps it.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
}

// stamp is a time as Jenkins writes it.
func stamp(t time.Time) int64 { return t.UnixMilli() }
