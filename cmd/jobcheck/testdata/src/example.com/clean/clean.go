// want package:"non-deterministic"

// Package clean has what jobs may do, close to what they may not.
package clean

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/clock"
	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/workflows/frame"
)

var acts *activities.Activities

// Job passes its activities around as values.
var Job = frame.Define(frame.Job[string, string]{
	Plan:       plan,
	Run:        run,
	Activities: own,
})

// Other has its activities made elsewhere.
var Other = frame.Define(frame.Job[string, string]{Run: run, Activities: clock.Made})

// own makes them once, when Pawl starts: it is never replayed.
func own(frame.Setup) any { return time.Now() }

var _ = []any{acts.Inspect, (*activities.Activities).Inspect}

var observe func(context.Context, string) (string, error) = acts.Inspect

func plan(v frame.View, a string) (string, error) {
	return frame.See[string, string](v, acts.Inspect, a)
}

func run(f *frame.F, p string) error {
	started := f.Now()
	each := func(s string) string { return fmt.Sprintf("%s at %s", s, started.Add(time.Minute)) }
	names := []string{each(p), p}
	slices.Sort(names)
	_ = clock.Box[string]{}.Zero()
	return nil
}

//workflowcheck:ignore its answer is thrown away
func excused() { _ = time.Now() }
