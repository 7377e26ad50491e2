package sweep

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
)

// lookAfter speaks for one run when it has ended without an outcome, hangs, or is gone.
func (s *Sweeper) lookAfter(ctx context.Context, engine Engine, r ledger.Run) error {
	d, err := engine.DescribeWorkflowExecution(ctx, r.ID, "")
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none) && ran(r):
		return s.speakFor(ctx, r, vanished())
	case errors.As(err, &none):
		return s.finishStart(ctx, r)
	case err != nil:
		return err
	}
	info := d.GetWorkflowExecutionInfo()
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		if _, hangs := info.GetSearchAttributes().GetIndexedFields()["TemporalReportedProblems"]; hangs {
			return s.sayStuck(ctx, r)
		}
		return nil
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		if time.Since(info.GetCloseTime().AsTime()) < s.Every {
			return nil // its outcome may be on the way
		}
	}
	// A run writes its outcome before it ends, so now it is there. What was read when the sweep began may be older.
	if now, found, err := s.Ledger.Run(ctx, r.ID); err != nil || found && !now.Open() {
		return err
	}
	if info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		if told, err := s.writeDown(ctx, engine, r); told || err != nil {
			return err
		}
	}
	unsure, err := s.Reaper.Reap(ctx, r.ID)
	if err != nil {
		return err
	}
	by, because, err := s.terminated(ctx, r)
	if err != nil {
		return err
	}
	return s.speakFor(ctx, r, ended(info.GetStatus(), unsure).by(by, because))
}

// writeDown gives a run that came to its end the outcome that the ledger lacks, and reports whether the engine knew it: a
// ledger that came out of a backup is older than a cluster. People were told by the run itself.
func (s *Sweeper) writeDown(ctx context.Context, engine Engine, r ledger.Run) (told bool, err error) {
	var was struct { // frame.Result
		State board.State   `json:"state"`
		Text  string        `json:"text"`
		Took  time.Duration `json:"took"`
	}
	if err := engine.GetWorkflow(ctx, r.ID, "").Get(ctx, &was); err != nil || was.State == "" {
		return false, err
	}
	_, err = s.Ledger.Record(ctx, ledger.Entry{
		Key: r.Key, Kind: ledger.KindOutcome, Run: r.ID, Execution: r.Execution, Job: r.Job, Actor: r.Actor, Place: r.Place, Text: was.Text,
		Data: ledger.Outcome{State: was.State, Text: was.Text, Took: was.Took},
	})
	return err == nil, err
}

// terminated says who ended the run by force, and why: whoever tried last. It is empty when nobody said so.
func (s *Sweeper) terminated(ctx context.Context, r ledger.Run) (by, because string, err error) {
	entries, err := s.Ledger.Entries(ctx, r.Key)
	for _, e := range entries {
		if ledger.Terminates(e.Kind) {
			by, because = e.Actor.Display(), e.Text
		}
	}
	return by, because, err
}

// ran reports whether the run itself has said something: only a run knows its execution, and only a run has a board. An
// engine that knows nothing of it is then another one, or has lost what it knew; that nothing was started is not true.
func ran(r ledger.Run) bool { return r.Execution != "" || !r.Board.Zero() }
