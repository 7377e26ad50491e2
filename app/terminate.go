package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/terminal"
)

// How long the scripts of a run may take to be stopped before it is said that this is not confirmed, and how long the end
// of a run is waited for.
const (
	reapTakes = 45 * time.Second
	reapTries = 10 * time.Second // where it is ended anyway
	tellTakes = 10 * time.Second
)

// terminate ends a run that cannot be cancelled. Its scripts are stopped first, because nobody stops them once it is gone,
// and once more afterwards: it may have begun one in between. What it held is given back, and people are told, by whoever
// looks after runs that cannot speak.
func (b *bridgeRole) terminate(ctx context.Context, t terminal.Termination, tell func(string)) error {
	r, known, err := b.ledger.Run(ctx, t.Run)
	switch {
	case err != nil:
		return terminal.Says("The ledger does not answer, so nothing was done: %v", err)
	case !known:
		return terminal.Says("I know of no run `%s`. `pawl runs` shows what is going on.", t.Run)
	case !r.Open():
		return terminal.Says("`%s` has ended already: %s. There is nothing to terminate.", r.ID, strings.TrimSuffix(r.Outcome.Text, "."))
	}
	if b.pause.Load() != nil {
		return terminal.Says("Pawl was restored from a backup and is paused, so nothing of this run goes on. To end it instead of letting it go on: pawl restore --go --drop %s", r.ID)
	}
	e := b.house.engine.Load()
	if e == nil {
		return terminal.Says("The engine does not answer yet, so nothing was done. Try again when Pawl is ready.")
	}
	d, err := e.Client().DescribeWorkflowExecution(ctx, r.ID, "")
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		return terminal.Says("The engine knows nothing of `%s`. Pawl notices within %s and says so; there is nothing to terminate.", r.ID, b.cfg.Timers.Sweep)
	case err != nil:
		return terminal.Says("The engine does not answer, so nothing was done: %v", err)
	}
	if err := b.noteTermination(ctx, r, t); err != nil {
		return terminal.Says("I cannot write down who does this, so nothing was done: %v", err)
	}
	running := d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	if !running {
		tell("It was ended before; only what it left is stopped.")
	}
	if err := b.reap(ctx, e, r.ID, t.Anyway, tell); err != nil {
		return err
	}
	if running {
		reason := "terminated by " + t.By.Display() + ": " + t.Because
		err := e.Client().TerminateWorkflow(ctx, r.ID, "", reason) // an id serves once
		if err != nil && !errors.As(err, &none) {                  // it ended by itself meanwhile
			return terminal.Says("The engine did not end it: %v. Try again.", err)
		}
		tell("The run is terminated.")
		if err := b.reap(ctx, e, r.ID, true, nil); err != nil {
			return err
		}
	}
	b.untilTold(ctx, r, tell)
	return nil
}

// noteTermination writes down who ends a run by force, and why, before it is done.
func (h *house) noteTermination(ctx context.Context, r ledger.Run, t terminal.Termination) error {
	_, err := h.ledger.Record(ctx, ledger.Entry{
		Key: r.Key, Kind: ledger.KindTerminated(time.Now()), Run: r.ID, Execution: r.Execution, Job: r.Job, Actor: t.By, Place: r.Place, Text: t.Because,
	})
	return err
}

// reap stops what the run started on its hosts, and says how far that is certain.
func (b *bridgeRole) reap(ctx context.Context, e *engine.Engine, id string, anyway bool, tell func(string)) error {
	if tell == nil {
		tell = func(string) {}
	}
	tell("Stopping what it started on the hosts.")
	within := reapTakes
	if anyway {
		within = reapTries
	}
	life := ctx
	ctx, cancel := context.WithTimeout(life, within)
	defer cancel()
	var last error
	acts := b.reaper(e)
	for tries := 0; ; tries++ {
		unsure, err := acts.Reap(ctx, id)
		if err == nil && len(unsure) == 0 {
			tell("Confirmed: nothing of it runs on any host.")
			return nil
		}
		if err == nil {
			for _, u := range unsure {
				tell(board.Clean(fmt.Sprintf("Not known: whether %s on %s has stopped; Pawl cannot ask that host. Look there yourself.", u.Script, u.Host)))
			}
			return nil
		}
		if last == nil || ctx.Err() == nil { // that the time is over says nothing about the host
			last = err
		}
		b.log.Warn().Err(err).Str("run", id).Msg("stopping the scripts of a run that is to be terminated")
		if tries == 0 {
			tell(board.Clean("Not confirmed yet: " + plainly(err) + ". Trying again."))
		}
		select {
		case <-time.After(time.Second):
			continue
		case <-ctx.Done():
		}
		if life.Err() != nil {
			return terminal.Says("Pawl stops just now, so this goes no further. Doing it once more when it is back is harmless.")
		}
		if anyway {
			tell("Not confirmed: it may still run. What the run held is given on only when it is known that it has stopped.")
			return nil
		}
		return terminal.Says("It is not known whether its scripts have stopped, so the run was left as it is: %v. Mend that and try again, or add --anyway.", plainly(last))
	}
}

// reaper stops what a run started.
func (h *house) reaper(e *engine.Engine) *activities.Activities {
	return &activities.Activities{Client: e.Client(), Remote: remote{h.remote}, Hosts: h.cfg.Hosts, Doubted: h.doubted}
}

// plainly is an error without the words of programmers.
func plainly(err error) string {
	return strings.ReplaceAll(err.Error(), context.DeadlineExceeded.Error(), "no answer in time")
}

// untilTold waits a moment for whoever looks after runs that cannot speak.
func (b *bridgeRole) untilTold(ctx context.Context, r ledger.Run, tell func(string)) {
	patience, cancel := context.WithTimeout(ctx, b.cfg.Timers.Sweep+tellTakes)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		now, _, err := b.ledger.Run(patience, r.ID)
		if err == nil && !now.Open() {
			tell("Its end is written down, and whoever asked for it is told.")
			return
		}
		select {
		case <-patience.Done():
			tell("Its end is not written down yet: that is done by Pawl's worker as soon as it is there.")
			return
		case <-tick.C:
		}
	}
}
