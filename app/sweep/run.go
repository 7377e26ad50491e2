package sweep

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

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
	unsure, err := s.Reaper.Reap(ctx, r.ID)
	if err != nil {
		return err
	}
	return s.speakFor(ctx, r, ended(info.GetStatus(), unsure))
}

// ran reports whether the run itself has said something: only a run knows its execution, and only a run has a board. An
// engine that knows nothing of it is then another one, or has lost what it knew; that nothing was started is not true.
func ran(r ledger.Run) bool { return r.Execution != "" || !r.Board.Zero() }
