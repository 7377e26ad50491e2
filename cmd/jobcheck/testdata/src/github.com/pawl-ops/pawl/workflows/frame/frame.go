// want package:"non-deterministic"

// Package frame stands in for Pawl's: the names the cases need.
package frame

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

type (
	// Job has the fields of a job that hold functions.
	Job[A, P any] struct {
		Name       string
		Plan       func(View, A) (P, error)
		Lanes      func(P) []string
		Says       func(P) string
		Run        func(*F, P) error
		Activities func(Setup) any
	}
	// View is what a plan sees the world with.
	View struct{ Who string }
	// F is what a run works with.
	F struct{ ctx workflow.Context }
	// Setup is what a job's own activities are made with.
	Setup struct{ Hosts []string }
	// Definition is a declared job.
	Definition struct{ name string }
)

// Define declares a job.
func Define[A, P any](j Job[A, P]) Definition { return Definition{j.Name} }

// See calls an observing activity.
func See[A, R any](v View, activity any, a A) (r R, err error) { return r, nil }

// Now is the run's own clock.
func (f *F) Now() time.Time { return workflow.Now(f.ctx) }

func ours(ctx workflow.Context) time.Time { // want "frame.ours is non-deterministic.*time.Now"
	return time.Now()
}

func notARun() time.Time { return time.Now() } // not taking a workflow.Context: workflowcheck's own rule lets it be
