package crm

import (
	"fmt"
	"slices"
	"time"
)

// Kinds of faults: what can be wrong with the CRM.
const (
	Off        = "off"     // the connection is reset without an answer
	BadGateway = "502"     // 502 as plain text, as a proxy says it
	Slow       = "slow"    // an answer takes MS milliseconds; 5 s when zero
	TooMany    = "429"     // every request is one too many. Retry-After is MS rounded up to seconds; none when zero
	Revoked    = "revoked" // the token opens nothing any more
	Scope      = "scope"   // the token may not read deals
	Half       = "half"    // every second deal is missing, and nothing says so
	Broken     = "broken"  // a few deals cannot be what was meant: words for a number, NUL in a name
	Huge       = "huge"    // one deal has a name of 10 MB
	HTML       = "html"    // a page for people with status 200
	Endless    = "endless" // the next page is the same one again
	Circle     = "circle"  // after the last page comes the first
	Cut        = "cut"     // the connection ends in the middle of an answer
)

// Kinds are all kinds of faults.
func Kinds() []string {
	return []string{Off, BadGateway, Slow, TooMany, Revoked, Scope, Half, Broken, Huge, HTML, Endless, Circle, Cut}
}

// Fault is something that is wrong with the CRM.
type Fault struct {
	Kind  string `json:"kind"`
	Page  int    `json:"page,omitempty"`  // only pages from this one on, counted from 1 with the size they are asked for; 0: all. Not for Half
	MS    int    `json:"ms,omitempty"`    // how long; what it means depends on the kind
	Times int    `json:"times,omitempty"` // how often it hits before it goes away by itself; 0: until it is cleared
	Hits  int    `json:"hits"`            // how often it did
}

// delay is how long the fault takes.
func (f *Fault) delay(otherwise time.Duration) time.Duration {
	if f.MS <= 0 {
		return otherwise
	}
	return time.Duration(f.MS) * time.Millisecond
}

// faults are what is wrong now, at most one of a kind, oldest first.
type faults struct {
	active []Fault
	since  time.Time // of the last change
	dirty  bool      // one went away by itself
}

// hit counts and returns the fault that a request for a page runs into, or nil.
func (f *faults) hit(kind string, page int) *Fault {
	i := slices.IndexFunc(f.active, func(a Fault) bool { return a.Kind == kind && page >= a.Page })
	if i < 0 {
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

// Set makes something wrong with the CRM. A fault of the same kind is replaced. A kind that does not exist, or a number
// below zero, is an error.
func (s *Server) Set(f Fault) error {
	if !slices.Contains(Kinds(), f.Kind) {
		return fmt.Errorf("the CRM has no fault %q", f.Kind)
	}
	if f.Page < 0 || f.MS < 0 || f.Times < 0 {
		return fmt.Errorf("setting the fault %s: page, ms and times are not below zero", f.Kind)
	}
	if f.Kind == Half {
		f.Page = 0 // half a list is half from its beginning
	}
	f.Hits = 0
	s.mu.Lock()
	s.faults.active = slices.DeleteFunc(s.faults.active, func(a Fault) bool { return a.Kind == f.Kind })
	s.faults.active = append(s.faults.active, f)
	s.faults.since = time.Now()
	s.mu.Unlock()
	s.changed()
	return nil
}

// Clear ends the fault of a kind, or every fault for an empty kind, and returns how many there were.
func (s *Server) Clear(kind string) int {
	s.mu.Lock()
	before := len(s.faults.active)
	s.faults.active = slices.DeleteFunc(s.faults.active, func(a Fault) bool { return kind == "" || a.Kind == kind })
	gone := before - len(s.faults.active)
	if gone > 0 {
		s.faults.since = time.Now()
	}
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
