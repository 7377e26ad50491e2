package ledger

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Run is what the entries of one allowed command add up to.
type Run struct {
	ID        string    // what people type
	Key       job.Key   //
	Execution string    // the engine's id of the run's first execution; empty until the run has said so
	Job       string    // the Spec's name
	Text      string    // the command, as it was recorded
	Actor     job.Actor // who asked
	Place     job.Place // where
	Rule      string    // the line of pawl.yaml that allowed it
	Terms     Terms     //
	Started   time.Time // when it was allowed
	Board     job.Posted
	Waits     []Waiting // what it waits for at this moment, the earliest wait first; empty while it works
	Since     time.Time // when the first of Waits began, or when it last went on
	Ended     time.Time // zero while it is open
	Outcome   Outcome   // valid once it has ended
}

// Open reports whether the run has no outcome yet.
func (r Run) Open() bool { return r.Ended.IsZero() }

// fold adds up entries, given oldest first, in the order in which their keys were allowed. Keys that were never
// allowed add up to nothing.
func fold(entries []Entry) []Run {
	var order []job.Key
	byKey := map[job.Key]*folding{}
	for _, e := range entries {
		f := byKey[e.Key]
		if f == nil {
			f = &folding{}
			byKey[e.Key] = f
		}
		if e.Kind == KindAllowed {
			order = append(order, e.Key)
		}
		f.add(e)
	}
	runs := make([]Run, 0, len(order))
	for _, key := range order {
		runs = append(runs, byKey[key].result())
	}
	return runs
}

func newestFirst(runs []Run) []Run {
	slices.Reverse(runs)
	return runs
}

type folding struct {
	run   Run
	waits []wait
	since time.Time
	asked map[int]job.Posted // where the questions stand, by their number
}

type wait struct {
	n    int
	at   time.Time
	what Waiting
}

// add takes one entry more. An entry whose data cannot be read counts without them: the ledger shows what it can.
func (f *folding) add(e Entry) {
	r := &f.run
	if e.Run != "" {
		r.ID = e.Run
	}
	if e.Execution != "" {
		r.Execution = e.Execution
	}
	kind, rest, _ := strings.Cut(e.Kind, "/")
	n, _ := strconv.Atoi(rest)
	switch kind {
	case KindAllowed:
		r.Key, r.Job, r.Text, r.Actor, r.Place, r.Rule, r.Started = e.Key, e.Job, e.Text, e.Actor, e.Place, e.Rule, e.At
		f.since = e.At
		_ = e.Decode(&r.Terms)
	case KindBoard:
		_ = e.Decode(&r.Board)
	case "waiting":
		w := wait{n: n, at: e.At}
		_ = e.Decode(&w.what)
		f.waits = append(f.waits, w)
	case "question":
		var at job.Posted
		_ = e.Decode(&at)
		if f.asked == nil {
			f.asked = map[int]job.Posted{}
		}
		f.asked[n] = at
	case "working":
		f.working(n, e.At)
	case KindOutcome:
		r.Ended = e.At
		_ = e.Decode(&r.Outcome)
	}
}

func (f *folding) working(n int, at time.Time) {
	f.since = at
	for i, w := range f.waits {
		if w.n == n {
			f.waits = slices.Delete(f.waits, i, i+1)
			return
		}
	}
	f.waits = nil
}

func (f *folding) result() Run {
	r := f.run
	r.Since = f.since
	if !r.Open() {
		return r
	}
	for i, w := range f.waits {
		if i == 0 {
			r.Since = w.at
		}
		if w.what.For == ForPerson {
			w.what.At = f.asked[w.what.Ask]
		}
		r.Waits = append(r.Waits, w.what)
	}
	return r
}
