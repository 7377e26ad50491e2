// Package starter is the one door: every command, answer and cancel passes it, whether it was typed in Slack, in a
// terminal, called over HTTP or due by a schedule.
//
// A command is authorised, recorded in the ledger and started, in this order; start.go is its path, read from top to
// bottom. What makes it the same command is its key: however often it arrives, one run comes of it, and one verdict.
// Three outcomes are never confused: the run exists, nothing was started, or it is not known. A timeout is never a no.
//
// An answer to a run's question, or a cancel, takes the path in decide.go. It is in the run's history before the
// person is told that it counts.
package starter

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/turns"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// defaultWithin is how long anything may take when Timers does not say: Slack wants its acknowledgement within 3 s
// (https://docs.slack.dev/apis/events-api/#responding), and the way there and back takes some of it.
const defaultWithin = 2 * time.Second

// Options is what the door needs. Client may be nil as long as the engine is not up; Connect brings it later.
type Options struct {
	Client    client.Client
	Namespace string                  // the one Client works in
	Converter converter.DataConverter // what Client encodes with; nil: the SDK's default
	Ledger    *ledger.Ledger
	Policy    func() (policy access.Policy, hash string) // the rules as they stand, and their hash for the audit
	Specs     []job.Spec                                 // every job and look that exists
	Approval  func(command string) job.Approval          // whose agreement a command needs, by its canonical text; nil: nobody's
	Names     words.Names                                // what things are called; nil: nobody knows
	Asks      job.AskRules                               // who may answer runs' questions besides who asked
	Timers    job.Timers
	Schedules []job.Scheduled // the commands that are given by themselves, as pawl.yaml has them
	Runbooks  []job.Runbook   // the jobs that pawl.yaml describes
	Syncs     []job.Sync      // whose owners answer the questions of scheduled runs
	Log       zerolog.Logger
}

// Starter implements job.Door. It is safe for concurrent use and holds nothing that a restart would lose.
type Starter struct {
	convert converter.DataConverter
	ledger  *ledger.Ledger
	policy  func() (access.Policy, string)
	specs   map[string]job.Spec
	words   *words.Parser
	approve func(string) job.Approval
	asks    job.AskRules
	timers  job.Timers
	within  time.Duration
	log     zerolog.Logger

	schedules map[string]job.Scheduled // by name
	order     []string                 // their names, as in pawl.yaml
	syncs     []job.Sync
	runbooks  map[string]*job.Runbook // by name

	engine  atomic.Pointer[engine]
	suspect atomic.Bool // the engine did not answer the last time: ask whether it is there before sending it a start
	turns   turns.Turns
	paused  atomic.Pointer[string] // why nothing goes on for now; nil: it does
}

var _ job.Door = (*Starter)(nil)

// New makes the door. It talks to nobody yet.
func New(o Options) *Starter {
	s := &Starter{
		convert: o.Converter, ledger: o.Ledger, policy: o.Policy, specs: map[string]job.Spec{},
		words: words.New(o.Specs, words.With(o.Names)), asks: o.Asks, timers: o.Timers, within: o.Timers.StartWithin, log: o.Log,
		schedules: map[string]job.Scheduled{}, syncs: o.Syncs, runbooks: map[string]*job.Runbook{},
	}
	for _, b := range o.Runbooks {
		s.runbooks[b.Name] = &b
	}
	for _, sc := range o.Schedules {
		s.schedules[sc.Name], s.order = sc, append(s.order, sc.Name)
	}
	if s.approve = o.Approval; s.approve == nil {
		s.approve = func(string) job.Approval { return job.Approval{} }
	}
	if s.within <= 0 {
		s.within = defaultWithin
	}
	if s.convert == nil {
		s.convert = converter.GetDefaultDataConverter()
	}
	for _, spec := range o.Specs {
		s.specs[spec.Name] = spec
	}
	if o.Client != nil {
		s.Connect(o.Client, o.Namespace)
	}
	return s
}

// Connect gives the door the engine once it is up, or another one. namespace is the one the client works in.
func (s *Starter) Connect(c client.Client, namespace string) {
	s.engine.Store(&engine{Client: c, namespace: namespace})
	s.suspect.Store(false)
}

// Pause makes the door tell everybody why nothing is started or decided, until Resume. Nothing is recorded meanwhile: the
// same command later is a new one.
func (s *Starter) Pause(says string) { s.paused.Store(&says) }

// Resume ends a Pause.
func (s *Starter) Resume() { s.paused.Store(nil) }

// within runs f, which ends by itself when its context does. Should it hang all the same, late is the answer: whoever
// calls the door never waits longer than the deadline.
func within[T any](ctx context.Context, limit time.Duration, f func(context.Context) T, late T) T {
	// The work gets nine tenths, so that what it finds out about its own deadline still arrives.
	inner, cancel := context.WithTimeout(ctx, limit*9/10)
	done := make(chan T, 1)
	go func() {
		defer cancel()
		done <- f(inner)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case t := <-done:
		return t
	case <-timer.C:
		return late
	}
}
