package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/internal/backup"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/job"
)

// goEvery is how often a paused Pawl looks whether it may go on.
const goEvery = 250 * time.Millisecond

// readPause finds out whether the data directory came out of a backup and nobody has said yet that it may go on.
func (p *Pawl) readPause(ctx context.Context) error {
	mark, err := backup.Paused(p.opt.Data)
	if err != nil || !mark.Holds() {
		return err
	}
	p.pause.Store(&mark)
	if p.door == nil {
		return nil
	}
	open, err := p.ledger.OpenRuns(ctx)
	if err != nil {
		return err
	}
	p.door.Pause(sayPaused(mark, len(open)))
	return nil
}

// sayPaused is what people in Slack read.
func sayPaused(mark backup.Pause, open int) string {
	runs := "Nothing was under way then."
	switch {
	case open == 1:
		runs = "1 run was open then."
	case open > 1:
		runs = fmt.Sprintf("%d runs were open then.", open)
	}
	return fmt.Sprintf("Pawl was restored from a backup of %s and is paused. %s It goes on when somebody who looks after Pawl has typed %s in its terminal.",
		board.Day(mark.Made), runs, "`pawl restore --go`")
}

// sayPausedShort stands above a list of what is under way.
func sayPausedShort(mark backup.Pause) string {
	return "Nothing of this goes on: Pawl was restored from a backup of " + board.Day(mark.Made) + " and is paused."
}

// pausedError is what /readyz says.
type pausedError struct{ mark backup.Pause }

func (e *pausedError) Error() string {
	return fmt.Sprintf("paused: restored from the backup of %s; `pawl restore --go` lets it go on", e.mark.Made.Format(time.RFC3339))
}

// hold keeps an engine that nothing of ours may use yet, and says what is open in it.
func (p *Pawl) hold(ctx context.Context, e *engine.Engine) {
	p.held.Store(e)
	mark := p.pause.Load()
	log := p.log.With().Time("backup", mark.Made).Logger()
	if p.ledger != nil {
		open, err := openIn(ctx, e, p.ledger)
		if err != nil {
			log.Warn().Err(err).Msg("looking for what was open in the backup; the list may lack some")
		}
		if err := backup.List(p.opt.Data, idsOf(open)); err != nil {
			log.Warn().Err(err).Msg("noting what was open in the backup, for --drop")
		}
		for _, r := range open {
			log.Warn().Str("run", r.id).Str("who", r.who).Str("command", r.command).Str("next", r.next).Msg("open in the backup")
		}
		log.Warn().Int("runs", len(open)).Msg("this Pawl was restored from a backup and is paused: nothing goes on and no schedule comes until you have typed `pawl restore --go --data " + p.opt.Data + "`")
	}
	p.beside(p.untilGo)
}

// untilGo goes on as soon as somebody has said so.
func (p *Pawl) untilGo(ctx context.Context) {
	t := time.NewTicker(goEvery)
	defer t.Stop()
	for {
		mark, err := backup.Paused(p.opt.Data)
		if err == nil && !mark.Holds() {
			break
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
	if err := p.use(ctx, p.held.Swap(nil)); err != nil {
		if ctx.Err() == nil {
			p.fail(err)
		}
		return
	}
	p.pause.Store(nil)
	if p.door != nil {
		p.door.Resume()
	}
	if p.worker != nil {
		p.worker.idle()
	}
	p.log.Info().Msg("the pause is over")
}

// goes prepares what came out of a backup to go on, before any worker may touch it. Runs that were not to go on are ended;
// the sweeper then does for them what it does for everything that was ended from outside: their scripts are stopped, and
// people are told. Of the others is written down that what they do next may have been done since.
func (p *Pawl) goes(ctx context.Context, e *engine.Engine) error {
	if p.worker == nil {
		return nil
	}
	mark, err := backup.Paused(p.opt.Data)
	if err == nil && mark.Go {
		err = p.goesOn(ctx, e, mark)
	}
	if err != nil {
		return err
	}
	doubts, err := backup.Doubted(p.opt.Data)
	p.doubts.Store(&doubts)
	return err
}

// doubted reports whether a run came out of a backup. Where that cannot be found out it may have.
func (h *house) doubted(run string) bool {
	if doubts := h.doubts.Load(); doubts != nil {
		return (*doubts)[run]
	}
	doubts, err := backup.Doubted(h.opt.Data) // this process carries on no runs
	return err != nil || doubts[run]
}

func (p *Pawl) goesOn(ctx context.Context, e *engine.Engine, mark backup.Pause) error {
	// Not from the engine's index alone: it may lack what began in the moment of the backup, and what is ended here.
	known, err := p.ledger.OpenRuns(ctx)
	if err != nil {
		return err
	}
	for _, r := range known {
		mark.Open = append(mark.Open, r.ID)
	}
	open, err := listOpen(ctx, e.Client())
	if err != nil {
		return fmt.Errorf("looking for what was open in the backup: %w", err)
	}
	for _, x := range open {
		mark.Open = append(mark.Open, x.GetExecution().GetWorkflowId())
	}
	mark.Open = append(mark.Open, mark.Drop...)
	slices.Sort(mark.Open)
	mark.Open = slices.Compact(mark.Open)
	for _, id := range mark.Drop {
		if err := p.dropRun(ctx, e, id, mark); err != nil {
			return err
		}
	}
	if _, err := p.ledger.Record(ctx, ledger.Entry{
		Key: job.Key("restore/" + mark.Restored.Format(time.RFC3339)), Kind: ledger.KindRestored, Actor: operator(mark),
		Text: "restored from the backup of " + mark.Made.Format(time.RFC3339), Data: mark,
	}); err != nil {
		return err
	}
	return backup.Over(p.opt.Data, mark)
}

// operator is who let it go on.
func operator(mark backup.Pause) job.Actor {
	return job.Actor{Kind: job.CLIUser, ID: "os:" + mark.By, Name: mark.By, Login: mark.By}
}

// dropRun ends a run that is not to go on. Whoever looks after runs that cannot speak stops its scripts and tells people
// who did that and why; one that the ledger does not have as open nobody looks after, and so its scripts are stopped here.
func (p *Pawl) dropRun(ctx context.Context, e *engine.Engine, id string, mark backup.Pause) error {
	r, known, err := p.ledger.Run(ctx, id)
	if err == nil && known && r.Open() {
		err = p.noteTermination(ctx, r, terminal.Termination{Run: id, By: operator(mark), Because: "Pawl was restored from a backup, and this was not to go on"})
	}
	if err != nil {
		return err
	}
	err = e.Client().TerminateWorkflow(ctx, id, "", "dropped after a restore from the backup of "+mark.Made.Format(time.RFC3339)+", by "+mark.By)
	if err != nil && !errors.As(err, new(*serviceerror.NotFound)) { // it has ended, or there is none
		return fmt.Errorf("ending %s, which was not to go on: %w", id, err)
	}
	if known && r.Open() {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, reapTakes)
	defer cancel()
	acts := p.reaper(e)
	acts.Doubted = func(string) bool { return true }
	unsure, err := acts.Reap(within, id)
	for _, u := range unsure {
		p.log.Warn().Str("run", id).Str("script", u.Script).Str("host", u.Host).Msg("it is not known whether this has stopped: look there")
	}
	if err != nil {
		p.log.Warn().Err(err).Str("run", id).Msg("it is not known whether its scripts have stopped: look on the hosts")
	}
	return nil
}
