// want package:"non-deterministic"

// Package planted has a clock in every place of a job where one can hide.
package planted

import (
	"math/rand"
	"os"
	"time"

	"example.com/clock"
	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/workflows/frame"
	"go.temporal.io/sdk/workflow"
)

var acts *activities.Activities

// InPlan and the others are jobs with one fault each.
var (
	InPlan  = frame.Define(frame.Job[string, string]{Plan: plan, Run: fine})
	InRun   = frame.Define(frame.Job[string, string]{Run: run})
	InLanes = frame.Define(frame.Job[string, string]{Lanes: lanes, Run: fine})
	InSays  = frame.Define(frame.Job[string, string]{Says: says, Run: fine})
	Literal = frame.Define(frame.Job[string, string]{
		Run: func(f *frame.F, p string) error { // want "a function literal in a declaration is not seen"
			time.Sleep(time.Second)
			return nil
		},
	})
	now   = time.Now                // want "time.Now is not deterministic and must not be kept as a value"
	later = func() int { return 1 } // want "a function literal in a declaration is not seen"
)

// All declares one more inside a function.
func All() []frame.Definition {
	return []frame.Definition{frame.Define(frame.Job[string, string]{
		Says: func(p string) string { return p }, // want "a function literal in a declaration is not seen"
	})}
}

func plan(v frame.View, a string) (string, error) { // want "plan is not deterministic: it calls time.Now .planted.go:43."
	_ = time.Now()
	return frame.See[string, string](v, acts.Inspect, a)
}

func run(f *frame.F, p string) error { // reported where it ends up: in helper
	helper()
	return nil
}

func helper() { // want "helper is not deterministic: it calls time.Sleep"
	time.Sleep(time.Second)
}

func lanes(p string) []string { // want "lanes is not deterministic: it calls clock.Stamp .planted.go:57., which calls time.Now .clock.go:11."
	return []string{clock.Stamp()}
}

func distant(p string) string { // want "distant is not deterministic: it calls clock.Twice .planted.go:61. -> clock.Once -> clock.Stamp, which calls time.Now .clock.go:11."
	return clock.Twice()
}

func says(p string) string { // want "says is not deterministic: it ranges over a map"
	for k := range map[string]bool{p: true} {
		return k
	}
	return ""
}

func fine(f *frame.F, p string) error { return nil }

type person struct{ name string }

func (p person) birthday() time.Time { // want "birthday is not deterministic: it calls time.Now"
	return time.Now()
}

// Ctx hides the context's name from a check that goes by it.
type Ctx = workflow.Context

func alias(ctx Ctx) { // want "alias is not deterministic: it starts a goroutine"
	go helper()
}

type embedding struct{ workflow.Context }

func embedded(ctx embedding, n int) int { // want "embedded is not deterministic: it calls rand.Intn"
	return rand.Intn(n)
}

func generic[T any](t T) T { // want "generic is not deterministic: it calls os.Getenv"
	_ = os.Getenv("HOME")
	return t
}

func ofGeneric(f *frame.F) int64 {
	return clock.Box[int]{}.Age() // want "Box.T.*Age is not deterministic: it calls"
}

func inVariable(f *frame.F) time.Time {
	clock := time.Now // want "time.Now is not deterministic and must not be kept as a value"
	return clock()
}

func nested(f *frame.F) { // want "nested is not deterministic: it receives from a channel"
	wait := func(c chan int) int { return <-c }
	wait(nil)
}
