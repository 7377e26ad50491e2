package frame

import (
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
)

// Together are steps that run at the same time, each on a line of its own. What did not work is put to a person when all
// of them have ended, one after the other.
func Together(steps ...Step) Step { return Step{together: steps} }

// group runs steps at the same time, and settles what did not work in their order.
func (f *F) group(at int, members []Step) error {
	works := make([]*effort, len(members))
	for i, s := range members {
		works[i] = f.enter(at+i, s)
	}
	if f.inbox.cancelled() {
		for _, w := range works {
			f.board.Steps[w.n].State = board.StepNotDone
		}
		return f.cancelled(at + 1)
	}
	outs := make([]outcome, len(works))
	if len(works) == 1 {
		outs[0] = f.try(f.ctx, works[0])
	} else {
		left := len(works)
		for i := range works {
			workflow.Go(f.ctx, func(ctx workflow.Context) {
				outs[i] = f.try(ctx, works[i])
				left--
			})
		}
		_ = workflow.Await(f.ctx, func() bool { return left == 0 })
	}
	for i, w := range works {
		if err := f.settleStep(w, outs[i]); err != nil {
			f.leave(works[i+1:], outs[i+1:])
			return err
		}
	}
	return nil
}

// leave gives up steps that did not work and that nobody is asked about any more.
func (f *F) leave(works []*effort, outs []outcome) {
	for i, w := range works {
		switch {
		case outs[i].done:
		case f.inbox.cancelled():
			f.board.Steps[w.n].State, f.board.Steps[w.n].Detail = board.StepCancelled, outs[i].detail
		default:
			f.board.Steps[w.n].State = board.StepFailed
		}
	}
}

// try makes one attempt at a step, and shows on the board how it goes.
func (f *F) try(ctx workflow.Context, w *effort) outcome {
	if w.once || w.atomic {
		f.began = true
	}
	line := &f.board.Steps[w.n]
	*line = board.Step{Name: w.name, State: board.StepRunning, Started: f.now(), Usual: line.Usual, Act: w.proc.Step, Parts: line.Parts}
	if w.asks != nil {
		return outcome{} // people are asked, in their turn
	}
	if w.note != nil {
		line.Note = w.note(f.now())
	}
	f.keeper.live = w.note == nil || len(f.current) > 0 // while time passes there is nothing to see
	f.touch()
	log := f.log("step", w.name, "ask", w.proc.Ask)
	log.Info("step begins")
	var out outcome
	if w.across != nil {
		out = f.tryHosts(ctx, w)
	} else {
		out = f.attempt(ctx, w.Step, &w.proc)
	}
	line = &f.board.Steps[w.n]
	line.Took = f.now().Sub(line.Started)
	log.Info("step ended", "done", out.done, "problem", out.problem, "took", line.Took.String())
	if out.done {
		line.State, line.Detail, line.Percent, line.Note = board.StepDone, w.told(board.Span(line.Took), out), 0, ""
	} else if !f.inbox.cancelled() {
		line.State, line.Note = board.StepFailed, ""
	}
	switch {
	case len(out.parts) > 0:
		line.Parts = out.parts
	case out.done && w.sameEverywhere(): // the step says it for all of them
		line.Parts = nil
	}
	f.touch()
	return out
}
