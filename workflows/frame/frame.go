// Package frame is what every job gets: a plan, lanes, steps, questions, the board, cancellation and the last message.
//
// A job is declared with Define and written against F. The frame turns it into a workflow whose life is always the
// same: post the board, make the plan, take the lanes, make the plan again, run the steps, stop whatever still runs,
// last board, last message, release the lanes, record the outcome. One coroutine keeps the board, one reads the
// signals, and the job's own function runs in the main one.
//
// A declaration has two types and three functions. A is what may be typed after the name: a struct of strings, whose tags
// say how they are read. P is the plan, made by Plan from A and a View of the world: everything the run needs, by value and
// as JSON, so that it can be shown, agreed to and compared when it is made again just before Run. Lanes says what no other
// run may touch meanwhile. Run gives F its steps: Script, Do, Work, Wait, Ask, Build, Tell, Pause, each with a name for
// people, and options that say how it may go wrong: Once, Atomic, Must, Cleanup, Skippable. An error that Do returns is
// returned as it is; by then people have been asked and told.
//
// Everything here and in a job is workflow code: it must be deterministic, and every change must replay the histories
// of runs that are parked somewhere in it. Work on the world happens in activities: those of package activities, and a
// job's own, which Job.Activities makes from a Setup. docs/adding-a-job.md builds one from nothing.
package frame

import (
	"reflect"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

// Job declares a command: A is what may be typed after its name, P is the plan made from it.
type Job[A, P any] struct {
	Name     string   // as people type it
	Help     string   // one sentence
	Examples []string // whole commands
	Short    string   // what may stand for the name behind "plan", where it is no command itself: "sync"
	Retired  string   // a sentence: the job answers with it and leaves help
	Single   bool     // a second command of the same person is answered with a link to the first
	CountsAs job.Text // the command that it also is, for the rules of pawl.yaml: "deploy {to}"
	Config   any      // the section of pawl.yaml this job owns: a struct with its defaults, decoded strictly; named by the job's first word

	Doing string         // the board's title while it works: "Refreshing your toy database"
	What  func(P) string // what it is done to, which follows the title and the name: "shop master blue"
	Safe  string         // what still holds when it stops before its last irreversible step: "Your current toy works as before."

	// Overtakes says that it goes before those who wait for its lanes, and that whoever holds one is asked to stop, clean up
	// and give way: for what puts an emergency right.
	Overtakes bool

	// Confirm is what whoever asks must agree to first, having read the plan: the deed, as it stands on the button, and the
	// question above it. Nothing is asked when the deed is empty, or when nobody typed the command.
	Confirm func(P) Confirmation

	Approval Approval       // whether a second person has to agree
	Instead  func(P) string // a lesser command that would do, as things are; said when they changed while people agreed

	Plan  func(View, A) (P, error) // observes the world, changes nothing; made again just before Run
	Lanes func(P) []Lane           // what must not be touched by two runs at once, taken in this order
	Says  func(P) string           // the plan in one or two sentences, a line each, for whoever approves
	Run   func(*F, P) error

	// Sync is the name of the sync in whose channel people are told how its runs go. A run that a schedule started says
	// everything there: it has no board and no messages of its own.
	Sync func(P) string
	// Shows is what a plan that is only looked at shows of the world beside its steps: the first rows of a table.
	Shows func(View, P) (activities.Sample, error)

	// Activities makes the job's own activities when Pawl starts: a pointer to a struct, each exported method of which is
	// an activity under its name: a context and at most one value go in, at most one value and an error come out. Of
	// several jobs that share them only one says so.
	Activities func(Setup) any
}

// Nothing is the argument type of a job that is typed without any.
type Nothing struct{}

// Lane is the queue for something only Capacity runs may touch at once. Its name has two segments: "toy/alice".
type Lane struct {
	Name     string `json:"name"`
	Capacity int    `json:"capacity,omitempty"` // 0 means 1
}

// Definition is a declared job, ready to be registered.
type Definition struct {
	Spec    job.Spec
	Section string // name of the section of pawl.yaml it owns; empty: none
	Config  any    // prototype of that section: its defaults

	activities func(Setup) any
	run        func(workflow.Context, job.Request) (Result, error)
}

// Result is how a run ended, as the engine keeps it.
type Result struct {
	State string        `json:"state"`
	Text  string        `json:"text"`
	Took  time.Duration `json:"took"`
}

// Workflow is the function to register under the job's name.
func (d Definition) Workflow() func(workflow.Context, job.Request) (Result, error) { return d.run }

// Activities makes the job's own activities; nil when it brings none.
func (d Definition) Activities(s Setup) any {
	if d.activities == nil {
		return nil
	}
	return d.activities(s)
}

// NewConfig is a pointer to a section as Config has it, to be decoded into: what pawl.yaml leaves out stays as it is there.
func (d Definition) NewConfig() any {
	into := reflect.New(reflect.TypeOf(d.Config))
	into.Elem().Set(reflect.ValueOf(d.Config))
	return into.Interface()
}
