// Package sweep looks after what cannot look after itself: runs that were terminated, timed out or hang and so cannot
// speak, commands that were accepted and never started, the marks of processes that died, and old logs on the hosts.
//
//	sweep.go       who sweeps, and when          run.go    what became of one run
//	unfinished.go  a command without a run       say.go    the last word of a run that cannot speak
//	dead.go        marks of the dead             logs.go   logs on the hosts
//
// Everything is done in an order in which a process may die anywhere: what people are told is keyed and comes before the
// ledger says that they were told, so that it is said, and said once.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/job"
)

// Engine is what is asked how a run is: the Temporal client.
type Engine interface {
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	// GetWorkflow gives the result of a run that has come to its end.
	GetWorkflow(ctx context.Context, workflowID, runID string) client.WorkflowRun
}

// Ledger is where open runs are found, and where it is written what became of them.
type Ledger interface {
	OpenRuns(ctx context.Context) ([]ledger.Run, error)
	Run(ctx context.Context, id string) (ledger.Run, bool, error)
	HasKind(ctx context.Context, key job.Key, kind string) (bool, error)
	Entries(ctx context.Context, key job.Key) ([]ledger.Entry, error)
	Record(ctx context.Context, e ledger.Entry) (bool, error)
}

// Poster says things in the chat: see activities.Poster.
type Poster interface {
	Post(ctx context.Context, p board.Post) (job.Posted, error)
	Edit(ctx context.Context, at job.Posted, priority board.Priority, render func() board.Message) error
}

// Reaper stops what a run left running: see activities.Activities.
type Reaper interface {
	Reap(ctx context.Context, run string) ([]activities.Unsure, error)
}

// Door starts a command: see package starter.
type Door interface {
	Start(ctx context.Context, c job.Command) job.Started
}

// Sweeper looks after what cannot look after itself. Of several processes on one data directory one does, because two
// that find the same run at the same moment would say everything twice.
type Sweeper struct {
	Engine func() Engine // nil while there is none
	Ledger Ledger
	Poster Poster
	Reaper Reaper
	Door   Door
	Hosts  map[string]job.Host // whose old logs are removed
	Pruner Pruner
	Lives  string        // the folder where the processes of the data directory say that they are alive
	Every  time.Duration // between two sweeps
	Log    zerolog.Logger

	mu   sync.Mutex
	turn *lives.Turn
}

// Run sweeps until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	t := time.NewTicker(s.Every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := s.Once(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn().Err(err).Msg("sweeping")
		}
	}
}

// Once sweeps once, unless another process does or there is no engine to ask. The error joins what could not be looked
// after; the rest was.
func (s *Sweeper) Once(ctx context.Context) error {
	engine := s.Engine()
	if engine == nil {
		return nil
	}
	if mine, err := s.mine(); err != nil || !mine {
		return err
	}
	errs := []error{s.bury()}
	open, err := s.Ledger.OpenRuns(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, r := range open {
		if err := s.lookAfter(ctx, engine, r); err != nil {
			errs = append(errs, fmt.Errorf("looking after %s: %w", r.ID, err))
		}
	}
	return errors.Join(errs...)
}

// mine reports whether it is this process that sweeps.
func (s *Sweeper) mine() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn != nil {
		return true, nil
	}
	turn, err := lives.Take(s.Lives, "sweeper.lock")
	s.turn = turn
	return turn != nil, err
}

// Close gives the turn to sweep to the next process. Call it when Run has returned.
func (s *Sweeper) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn.Give()
	s.turn = nil
}
