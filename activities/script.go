package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/job"
)

// ScriptInput is one execution of a remote script.
type ScriptInput struct {
	Run     RunRef      `json:"run"`
	Script  job.Script  `json:"script"`
	Process job.Process `json:"process"`
	Timers  job.Timers  `json:"timers"`
}

// RunScript starts the script unless an earlier attempt did, attaches to it and watches until it has ended. It is the
// watcher that may die and be tried again; the script itself lives on its host and is started once. An unreachable host
// is waited for, and said on the board.
func (a *Activities) RunScript(ctx context.Context, in ScriptInput) (job.Progress, error) {
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	failpoint.Here("before the script", in.Run.ID)
	for {
		p, err := a.attach(ctx, in, w)
		switch {
		case err == nil:
			failpoint.Here("after the script", in.Run.ID)
			return p, nil
		case w.stopping(): // first: the context of a worker that stops is cancelled as well
			return w.last(), errStopping
		case ctx.Err() != nil:
			// Told to stop watching: the script runs on until StopScript. It is an error, because the context is
			// cancelled also when heartbeats did not get through; then the engine does not take it for an answer and
			// has the script attached to again.
			return w.last(), ctx.Err()
		case a.Remote.Permanent(err):
			return w.last(), temporal.NewNonRetryableApplicationError(board.Clean(err.Error()), ScriptRefusedType, err)
		}
		w.away(in.Script.Host.Name)
		w.pause(ctx)
	}
}

// lateAnswer is how long a host may take to answer until the board says that it does not. Start itself keeps trying for
// longer than people look at a board on which nothing happens.
const lateAnswer = 5 * time.Second

func (a *Activities) attach(ctx context.Context, in ScriptInput, w *watch) (job.Progress, error) {
	attached, cancel := w.until(ctx)
	defer cancel()
	late := time.AfterFunc(lateAnswer, func() { w.away(in.Script.Host.Name) })
	p, err := a.Remote.Start(attached, in.Script, in.Process)
	late.Stop()
	if err != nil {
		return p, err
	}
	w.found()
	if p.State != job.Running && p.State != job.Exited && p.State != job.Lost {
		return p, nil
	}
	// Also when it has ended meanwhile: what it said last has not been read yet.
	failpoint.Here("while the script runs", in.Run.ID)
	return a.Remote.Watch(attached, in.Script, in.Process, w.last(), w.see)
}

// StopScript ends the script on its host and returns only when that is confirmed. It may be called for a script that
// never started: then it makes sure that it never will.
func (a *Activities) StopScript(ctx context.Context, in ScriptInput) (job.Progress, error) {
	w := newWatch(ctx, in.Timers.Heartbeat)
	defer w.stop()
	for {
		attached, cancel := w.until(ctx)
		p, err := a.Remote.Stop(attached, in.Script, in.Process)
		cancel()
		switch {
		case err == nil:
			failpoint.Here("after the stop", in.Run.ID)
			return p, nil
		case w.stopping():
			return w.last(), errStopping
		case a.Remote.Permanent(err):
			return w.last(), temporal.NewNonRetryableApplicationError(board.Clean(err.Error()), ScriptRefusedType, err)
		case ctx.Err() != nil:
			return w.last(), ctx.Err()
		}
		w.pause(ctx)
	}
}
