package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/lives"
)

// sweepForEver looks after the runs that cannot speak for themselves: terminated, timed out, or ended without an outcome.
func (w *workerRole) sweepForEver(ctx context.Context) {
	t := time.NewTicker(w.cfg.Timers.Sweep)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := w.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn().Err(err).Msg("sweeping")
		}
	}
}

func (w *workerRole) sweepOnce(ctx context.Context) error {
	e := w.engine.Load()
	if e == nil {
		return nil
	}
	if mine, err := w.mySweep(); err != nil || !mine {
		return err
	}
	open, err := w.ledger.OpenRuns(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range open {
		if err := w.lookAfter(ctx, e.Client(), r); err != nil {
			errs = append(errs, fmt.Errorf("looking after %s: %w", r.ID, err))
		}
	}
	return errors.Join(errs...)
}

// mySweep reports whether it is this process that sweeps: of several workers on a data directory one does, because two
// that find the same run at the same moment would say everything twice.
func (w *workerRole) mySweep() (bool, error) {
	if w.turn != nil {
		return true, nil
	}
	turn, err := lives.Take(w.lives(), "sweeper.lock")
	w.turn = turn
	return turn != nil, err
}

// lookAfter speaks for one run when it has ended without an outcome, or hangs.
func (w *workerRole) lookAfter(ctx context.Context, c client.Client, r ledger.Run) error {
	d, err := c.DescribeWorkflowExecution(ctx, r.ID, "")
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		return w.finishStart(ctx, r)
	case err != nil:
		return err
	}
	info := d.GetWorkflowExecutionInfo()
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		if _, hangs := info.GetSearchAttributes().GetIndexedFields()["TemporalReportedProblems"]; hangs {
			return w.sayStuck(ctx, r)
		}
		return nil
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		if time.Since(info.GetCloseTime().AsTime()) < w.cfg.Timers.Sweep {
			return nil // its outcome may be on the way
		}
	}
	if err := w.acts.Reap(ctx, r.ID); err != nil {
		return err
	}
	return w.speakFor(ctx, r, board.Failed, ended(info.GetStatus()))
}

func ended(s enums.WorkflowExecutionStatus) string {
	switch s {
	case enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "It was ended from outside. Its scripts are stopped; what it had finished is done."
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "It took longer than it may. Its scripts are stopped; what it had finished is done."
	default:
		return "It ended without saying how. Its scripts are stopped."
	}
}

// speakFor gives a run that cannot speak its last board, tells the person, and records the outcome. Everything is keyed,
// so that two sweepers say it once.
func (w *workerRole) speakFor(ctx context.Context, r ledger.Run, state board.State, why string) error {
	b := board.Board{ID: r.ID, Title: "`" + board.Clean(r.Text) + "` did not come to its end", State: state, Lead: []string{why}, Started: r.Started, Ended: time.Now()}
	poster := w.poster
	if !r.Board.Zero() {
		err := poster.Edit(ctx, r.Board, board.Final, func() board.Message { return b.Message(time.Now()) })
		if err != nil && !errors.Is(err, board.ErrGone) {
			return err
		}
	}
	text := board.Mention(r.Actor) + " `" + board.Clean(r.Text) + "` did not come to its end. " + why + " Type it again if you still want it."
	_, err := poster.Post(ctx, board.Post{
		Place: r.Place, Key: string(r.Key) + "/swept", Since: r.Started, Again: true, Priority: board.Final,
		Message: board.Message{Sentence: board.PlainText(text), Lines: []string{text}},
	})
	if err != nil && !errors.Is(err, board.ErrNoPlace) {
		return err
	}
	_, err = w.ledger.Record(ctx, ledger.Entry{
		Key: r.Key, Kind: ledger.KindOutcome, Run: r.ID, Execution: r.Execution, Job: r.Job, Actor: r.Actor, Place: r.Place, Text: why,
		Data: ledger.Outcome{State: state, Text: why, Took: time.Since(r.Started)},
	})
	return err
}

// sayStuck tells the person once that a run hangs because the program cannot carry it on.
func (w *workerRole) sayStuck(ctx context.Context, r ledger.Run) error {
	fresh, err := w.ledger.Record(ctx, ledger.Entry{Key: r.Key, Kind: "stuck", Run: r.ID, Job: r.Job, Actor: r.Actor, Place: r.Place})
	if err != nil || !fresh {
		return err
	}
	text := board.Mention(r.Actor) + " `" + board.Clean(r.Text) + "` hangs: this version of Pawl cannot carry it on. Nothing is lost; it goes on when Pawl is mended."
	_, err = w.poster.Post(ctx, board.Post{
		Place: r.Place, Key: string(r.Key) + "/stuck", Since: r.Started, Again: true, Priority: board.Ask,
		Message: board.Message{Sentence: board.PlainText(text), Lines: []string{text}},
	})
	return err
}
