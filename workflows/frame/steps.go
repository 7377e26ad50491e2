package frame

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Do shows all steps at once as still to come, then runs them in order. A step that does not work is put to the person
// who asked; the error is not nil when the run ends there, and a job returns it as it is.
func (f *F) Do(steps ...Step) error {
	if f.listing != nil {
		for _, s := range steps {
			*f.listing = append(*f.listing, s.lines()...)
		}
		return errListed
	}
	if f.listed { // what was listed before it began
		f.board.Steps, f.listed = f.board.Steps[:f.fixed], false
	}
	at := len(f.board.Steps)
	for _, s := range steps {
		for _, line := range s.lines() {
			line.Usual, line.Detail = f.usual.Steps[line.Name], ""
			f.board.Steps = append(f.board.Steps, line)
		}
	}
	f.touch()
	for _, s := range steps {
		n := len(s.lines())
		if s.with != "" && slices.Contains(f.leftOut, strconv.Quote(s.with)) {
			f.board.Steps[at].State = board.StepNotDone
			f.touch()
			at += n
			continue
		}
		if err := f.group(at, s.members()); err != nil {
			for j := at + n; j < len(f.board.Steps); j++ {
				f.board.Steps[j].State = board.StepNotDone
			}
			f.touch()
			return err
		}
		at += n
	}
	return nil
}

// lines are a step on the board before it begins, with what a plan says of it.
func (s Step) lines() []board.Step {
	var lines []board.Step
	for _, m := range s.members() {
		lines = append(lines, board.Step{Name: m.name, State: board.StepToCome, Detail: m.about, Parts: m.across.toCome()})
	}
	return lines
}

// members are the steps with a line of their own that run at the same time: mostly one.
func (s Step) members() []Step {
	if len(s.together) > 0 {
		return s.together
	}
	return []Step{s}
}

// effort is a step at work, and where it stands on the board.
type effort struct {
	Step
	n     int // index of its line
	proc  job.Process
	hosts []*onHost // of a step that runs on several
}

// enter gives a step everything it needs before it begins.
func (f *F) enter(n int, s Step) *effort {
	if s.later != nil {
		name, then := s.name, s.then
		if s = s.later(); s.then == nil {
			s.then = then
		}
		s.name = name
	}
	f.ordinal++
	w := &effort{Step: s, n: n, proc: job.Process{Run: f.first, ID: f.req.ID, Label: s.name, Step: f.ordinal}}
	if s.across != nil {
		w.hosts = f.enterHosts(s)
	}
	if s.cleanup != nil {
		f.cleanup = append(f.cleanup, *s.cleanup)
	}
	return w
}

// settleStep goes on with a step after an attempt at it, until it is done, or until a person or a deadline ends it.
func (f *F) settleStep(w *effort, out outcome) error {
	for {
		line := &f.board.Steps[w.n]
		switch {
		case out.done:
			if w.then != nil {
				w.then()
			}
			return nil
		case f.inbox.cancelled():
			line.State, line.Detail = board.StepCancelled, out.detail
			f.touch()
			return f.cancelled(w.n + 1)
		case out.refused:
			line.State = board.StepNotDone
			return &refusal{text: out.problem}
		}
		if w.final && !f.unsure(w.Step, out) {
			line.State, line.Detail = board.StepFailed, out.short()
			f.touch()
			return &failure{state: board.Failed, step: w.n + 1, problem: out.problem, quote: out.quote, again: true, undone: out.fault.Undone}
		}
		if out.foreign {
			return &failure{state: board.Failed, step: w.n + 1, problem: out.problem, quote: out.quote, plainly: true}
		}
		line.State = board.StepAsking
		if out.asks != nil {
			q, answer, err := f.askForBuild(w, *out.asks)
			if err != nil {
				out = outcome{problem: board.Clean(cause(err)) + ".", fault: faultOf(err)}
				continue
			}
			// However it was answered, the build goes on or ends, and says how.
			now := f.try(f.ctx, w)
			if !now.done && now.asks == nil && q.elsewhere == "" && (answer == nil || answer.Choice == stopIt.Word) && !f.inbox.cancelled() {
				return f.stopped(w.n, q, answer, outcome{problem: now.problem, detail: now.detail})
			}
			out = now
			continue
		}
		var q *question
		var answer *job.Decision
		again := false
		switch {
		case w.asks != nil:
			q, answer = f.askPeople(w)
		case f.onlyAnnounced():
			q, answer, again = f.persist(w.Step, out)
		default:
			q, answer = f.ask(out, w.choices()...)
		}
		line = &f.board.Steps[w.n]
		switch {
		case again, answer != nil && answer.Choice == tryAgain.Word:
			w.proc.Ask, w.proc.Try = q.n, 0
			if f.inbox.cancelled() {
				line.State = board.StepNotDone
				return f.cancelled(w.n + 1)
			}
			out = f.try(f.ctx, w)
			continue
		case answer != nil && w.overrule != nil && answer.Choice == w.overrule.Word:
			line.State, line.Detail = board.StepDone, answer.Actor.Display()+" "+w.overrule.Past
			if w.overrule.Skips {
				line.State = board.StepNotDone
				f.leftOut = append(f.leftOut, strconv.Quote(w.name))
			}
			f.touch()
			return nil
		}
		f.hold(answer)
		return f.stopped(w.n, q, answer, out)
	}
}

// choices are the answers to a step that does not work.
func (s Step) choices() []Choice {
	if s.overrule != nil {
		return []Choice{tryAgain, *s.overrule, stopIt}
	}
	return []Choice{tryAgain, stopIt}
}

// stopped is the end after a question that was answered with stop, by a cancel, or by nobody.
func (f *F) stopped(n int, q *question, answer *job.Decision, out outcome) error {
	f.board.Steps[n].State, f.board.Steps[n].Detail = board.StepFailed, out.detail
	f.touch()
	fail := &failure{state: board.Failed, step: n + 1, problem: out.problem, quote: out.quote}
	switch {
	case answer != nil:
		fail.by = answer.Actor.Display()
	case f.inbox.cancelled():
		fail.state, fail.by = board.Cancelled, f.inbox.cancel.Actor.Display()
	case q.expired:
		fail.by = "" // nobody answered
	}
	return fail
}

// told is what a finished attempt says beside its step.
func (w *effort) told(took string, out outcome) string {
	if w.waits {
		return strings.TrimSuffix("after "+took+", "+out.detail, ", ")
	}
	return out.detail
}
