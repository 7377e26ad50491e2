package frame

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
)

// Together are steps that run at the same time, each on a line of its own. When one does not work, it is put to a person
// while the others go on; the next one is put when that is answered. Who stops one stops all of them. Several together
// inside of it are taken for its own; of none there is nothing to do.
func Together(steps ...Step) Step {
	all := []Step{} // not nil: it is several, even when there are none
	for _, s := range steps {
		all = append(all, s.members()...)
	}
	return Step{together: all}
}

// group runs the members of a step until each is done, or one of them ends the run.
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
	if len(works) == 1 {
		return f.single(works[0])
	}
	return f.beside(works)
}

// single runs a step that nothing runs beside.
func (f *F) single(w *effort) error {
	for {
		again, err := f.settleStep(w, f.try(f.ctx, w))
		if !again {
			return err
		}
	}
}

// beside runs several steps at the same time, and settles each as it ends, the first of them first.
func (f *F) beside(works []*effort) error {
	begin := func(w *effort) {
		w.ended = false
		workflow.Go(f.ctx, func(ctx workflow.Context) { w.out, w.ended = f.try(ctx, w), true })
	}
	for _, w := range works {
		begin(w)
	}
	for open := works; len(open) > 0; {
		next := -1
		_ = workflow.Await(f.ctx, func() bool {
			next = slices.IndexFunc(open, func(w *effort) bool { return w.ended })
			return next >= 0
		})
		w := open[next]
		switch again, err := f.settleStep(w, w.out); {
		case err != nil:
			f.leave(slices.DeleteFunc(open, func(o *effort) bool { return o == w }), err)
			return err
		case again:
			begin(w)
		default:
			open = slices.Delete(open, next, next+1)
		}
	}
	return nil
}

// leave gives up the steps beside the one that ended the run, and waits until nothing of them runs any more. Where a person
// decided it they are stopped; else they come to their end, and nobody is asked about them.
func (f *F) leave(works []*effort, because error) {
	var fail *failure
	stopped := errors.As(because, &fail) && fail.decided && slices.ContainsFunc(works, func(w *effort) bool { return !w.ended })
	if stopped {
		f.givenUp = true
		f.cutAll()
	}
	f.keeper.live = len(f.current) > 0
	f.touch()
	_ = workflow.Await(f.ctx, func() bool { return !slices.ContainsFunc(works, func(w *effort) bool { return !w.ended }) })
	for _, w := range works {
		ended := w.out.asks != nil && f.endBuild(w)
		line := &f.board.Steps[w.n]
		switch {
		case w.out.done:
			if w.then != nil {
				w.then()
			}
		case w.asks != nil: // nobody was asked
			line.State = board.StepNotDone
		case ended, line.State == board.StepRunning: // it was cut
			line.State, line.Detail = board.StepCancelled, w.out.detail
		default: // by itself, before the end came or after it
			line.State, line.Detail = board.StepFailed, w.out.short()
		}
	}
	f.givenUp = false
	f.touch()
}

// endBuild ends a build that waits for an answer nobody will be asked for any more. It reports whether it did: a build of
// somebody else goes on.
func (f *F) endBuild(w *effort) bool {
	in := f.buildInput(w.Step, w.proc)
	if in.Build > 0 {
		return false
	}
	var seen activities.BuildSeen
	w.out.asks = nil
	if err := workflow.ExecuteActivity(stopping(f.ctx, f.req.Timers), acts.StopBuild, in).Get(f.ctx, &seen); err != nil {
		w.out = outcome{problem: board.Clean(cause(err)) + "."}
		return false
	}
	if w.out = (outcome{done: seen.Good, detail: seen.Text}); seen.Good { // it was answered elsewhere, and came to its end
		f.board.Steps[w.n].State, f.board.Steps[w.n].Detail = board.StepDone, seen.Text
	}
	return true
}

// halted reports whether what runs is to stop: the run was cancelled, or somebody ended a step beside it.
func (f *F) halted() bool { return f.givenUp || f.inbox.cancelled() }

// cutAll ends the attempts under way, but for those that must not be interrupted.
func (f *F) cutAll() {
	for _, r := range f.current {
		if !r.atomic {
			r.cut()
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
	if w.asks != nil { // people are asked, in their turn
		line.State = board.StepToCome
		return outcome{}
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
	switch {
	case out.done:
		line.State, line.Detail, line.Percent, line.Note = board.StepDone, w.told(board.Span(line.Took), out), 0, ""
	case out.asks != nil: // maybe not until people have answered about another step
		line.State, line.Note = board.StepAsking, ""
	case !f.halted():
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
