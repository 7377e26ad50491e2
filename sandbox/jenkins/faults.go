package jenkins

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Kinds of faults: what can be wrong with Jenkins.
const (
	Down       = "down"       // the connection is reset without an answer; builds go on
	Starting   = "starting"   // 503 and a page that says to wait, on every path
	Lost       = "lost"       // what is asked for happens, and the connection is reset before the answer
	Slow       = "slow"       // what is asked for happens at once, and the answer takes MS milliseconds; 5 s when zero
	Revoked    = "401"        // nobody is let in
	Forbidden  = "403"        // nobody may do anything
	Broken     = "500"        // a page that says Oops, and nothing happens
	Quiet      = "quiet"      // Jenkins is about to shut down: what is asked for is queued and stays there
	NoExecutor = "noexecutor" // nothing gets an executor
	Forgets    = "forgets"    // queue items are forgotten the moment they leave
	NoStages   = "nostages"   // the plugin with the stages is not installed
	Given      = "given"      // whoever answers a question is told that somebody else just did, and it is so
)

// Kinds are all kinds of faults.
func Kinds() []string {
	return []string{Down, Starting, Lost, Slow, Revoked, Forbidden, Broken, Quiet, NoExecutor, Forgets, NoStages, Given}
}

// Fault is something that is wrong with Jenkins.
type Fault struct {
	Kind   string `json:"kind"`
	Method string `json:"method,omitempty"` // only requests with this method; empty: all. Not for Quiet, NoExecutor, Forgets
	Path   string `json:"path,omitempty"`   // only requests whose path has this in it; likewise
	MS     int    `json:"ms,omitempty"`     // how long, for Slow
	Skip   int    `json:"skip,omitempty"`   // how many requests pass before it hits
	Times  int    `json:"times,omitempty"`  // how often it hits before it goes away by itself; 0: until it is cleared
	Hits   int    `json:"hits"`             // how often it did
}

// faults are what is wrong now, at most one of a kind, oldest first.
type faults struct {
	active []Fault
	since  time.Time // of the last change
	dirty  bool      // one went away by itself
}

// struck is what faults do to a request.
type struck struct {
	down, lost, starting bool
	noStages             bool
	wait                 time.Duration
	status               int
	given                string // who answered in the same moment
}

// is reports whether something is so, whatever is asked for.
func (f *faults) is(kind string) bool {
	return slices.ContainsFunc(f.active, func(a Fault) bool { return a.Kind == kind })
}

// forAll reports whether something is wrong for every request, for as long as it is set.
func (f *faults) forAll(kind string) bool {
	return slices.ContainsFunc(f.active, func(a Fault) bool {
		return a.Kind == kind && a.Method == "" && a.Path == "" && a.Times == 0 && a.Skip == 0
	})
}

func (f *faults) set(fault Fault) {
	f.clear(fault.Kind)
	fault.Hits = 0
	f.active = append(f.active, fault)
	f.since = time.Now()
}

func (f *faults) clear(kind string) int {
	before := len(f.active)
	f.active = slices.DeleteFunc(f.active, func(a Fault) bool { return kind == "" || a.Kind == kind })
	if gone := before - len(f.active); gone > 0 {
		f.since = time.Now()
		return gone
	}
	return 0
}

// hit counts and returns the fault of a kind that a request runs into, or nil.
func (f *faults) hit(kind string, r *http.Request) *Fault {
	i := slices.IndexFunc(f.active, func(a Fault) bool {
		return a.Kind == kind && (a.Method == "" || a.Method == r.Method) && strings.Contains(r.URL.EscapedPath(), a.Path)
	})
	if i < 0 {
		return nil
	}
	if f.active[i].Skip > 0 {
		f.active[i].Skip--
		return nil
	}
	f.active[i].Hits++
	got := f.active[i]
	if got.Times > 0 && got.Hits >= got.Times {
		f.active = slices.Delete(f.active, i, i+1)
		f.dirty, f.since = true, time.Now()
	}
	return &got
}

// strike is what is wrong for a request. A page in a browser notices what is wrong for everybody, and uses nothing up: that
// it is open must not change what becomes of Pawl.
func (s *Server) strike(r *http.Request, browser bool) (k struck) {
	if browser {
		return struck{down: s.faults.forAll(Down), starting: s.faults.forAll(Starting)}
	}
	hit := func(kind string) bool { return s.faults.hit(kind, r) != nil }
	if k.down = hit(Down); k.down {
		return k
	}
	if k.starting = hit(Starting); k.starting {
		return k
	}
	k.lost = hit(Lost)
	if f := s.faults.hit(Slow, r); f != nil {
		k.wait = 5 * time.Second
		if f.MS > 0 {
			k.wait = time.Duration(f.MS) * time.Millisecond
		}
	}
	switch {
	case hit(Revoked):
		k.status = http.StatusUnauthorized
	case hit(Forbidden):
		k.status = http.StatusForbidden
	case hit(Broken):
		k.status = http.StatusInternalServerError
	}
	if strings.Contains(r.URL.Path, "wfapi") {
		k.noStages = hit(NoStages)
	}
	if r.Method == http.MethodPost && strings.Contains(strings.ToLower(r.URL.Path), "/input") && hit(Given) {
		k.given = "somebody"
	}
	return k
}

// Set makes something wrong with Jenkins. A fault of the same kind is replaced. A kind that does not exist, or a number
// below zero, is an error.
func (s *Server) Set(f Fault) error {
	if !slices.Contains(Kinds(), f.Kind) {
		return fmt.Errorf("jenkins has no fault %q", f.Kind)
	}
	if f.MS < 0 || f.Times < 0 || f.Skip < 0 {
		return fmt.Errorf("setting the fault %s: ms, skip and times are not below zero", f.Kind)
	}
	s.mu.Lock()
	s.advance(s.opts.Now())
	if f.Kind == Quiet && !s.faults.is(Quiet) {
		s.tellPipelines("Pausing (Preparing for shutdown)")
	}
	s.faults.set(f)
	s.settle()
	s.save()
	s.mu.Unlock()
	s.changed()
	return nil
}

// tellPipelines writes a line into the log of every pipeline that runs.
func (s *Server) tellPipelines(line string) {
	for _, j := range s.jobs {
		for _, b := range j.builds {
			if j.Kind == Pipeline && b.building() {
				s.logf(b, "%s", line)
			}
		}
	}
}

// Clear ends the fault of a kind, or every fault for an empty kind, and returns how many there were.
func (s *Server) Clear(kind string) int {
	s.mu.Lock()
	s.advance(s.opts.Now())
	was := s.faults.is(Quiet)
	gone := s.faults.clear(kind)
	if was && !s.faults.is(Quiet) {
		s.tellPipelines("Resuming (Shutdown was canceled)")
	}
	s.advance(s.opts.Now())
	s.mu.Unlock()
	if gone > 0 {
		s.changed()
	}
	return gone
}

// Faults are what is wrong now, oldest first, and since when it is so; a zero time when nothing ever was.
func (s *Server) Faults() ([]Fault, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults.active), s.faults.since
}
