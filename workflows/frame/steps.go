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
	if s.together != nil {
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

	out   outcome // of the last attempt, of a step that others run beside
	ended bool    // that attempt is over

	asked    *question     // what its build asked, until it is known what came of it
	answered *job.Decision // how that was answered here; nil: elsewhere, or not at all
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

// settleStep says what comes of an attempt at a step: it is done, it is tried again, or, with an error, the run ends there.
// What did not work is put to a person.
func (f *F) settleStep(w *effort, out outcome) (again bool, err error) {
	line := &f.board.Steps[w.n]
	asked, answered := w.asked, w.answered
	w.asked, w.answered = nil, nil
	switch {
	case out.done:
		if w.then != nil {
			w.then()
		}
		return false, nil
	case asked != nil && asked.elsewhere == "" && (answered == nil || answered.Choice == stopIt.Word) && out.asks == nil && !f.inbox.cancelled():
		return false, f.stopped(w.n, asked, answered, outcome{problem: out.problem, detail: out.detail}) // the build that people ended
	case f.inbox.cancelled():
		line.State, line.Detail = board.StepCancelled, out.detail
		f.touch()
		return false, f.cancelled(w.n + 1)
	case out.refused:
		line.State = board.StepNotDone
		return false, &refusal{text: out.problem}
	case w.final && !f.unsure(w.Step, out):
		line.State, line.Detail = board.StepFailed, out.short()
		f.touch()
		return false, &failure{state: board.Failed, step: w.n + 1, problem: out.problem, quote: out.quote, again: true, undone: out.fault.Undone}
	case out.foreign:
		return false, &failure{state: board.Failed, step: w.n + 1, problem: out.problem, quote: out.quote, plainly: true}
	}
	line.State = board.StepAsking
	if out.asks != nil {
		if w.asked, w.answered, err = f.askForBuild(w, *out.asks); err == nil {
			return true, nil // however it was answered, the build goes on or ends, and says how
		}
		w.asked, w.answered = nil, nil
		return f.settleStep(w, outcome{problem: board.Clean(cause(err)) + ".", fault: faultOf(err)})
	}
	return f.decide(w, out)
}

// decide puts a step that did not work to a person, or to whoever an announcement reaches.
func (f *F) decide(w *effort, out outcome) (again bool, err error) {
	var q *question
	var answer *job.Decision
	switch {
	case w.asks != nil:
		q, answer = f.askPeople(w)
	case f.onlyAnnounced():
		q, answer, again = f.persist(w.Step, out)
	default:
		q, answer = f.ask(out, w.choices()...)
	}
	line := &f.board.Steps[w.n]
	switch {
	case again, answer != nil && answer.Choice == tryAgain.Word:
		w.proc.Ask, w.proc.Try = q.n, 0
		if f.inbox.cancelled() {
			line.State = board.StepNotDone
			return false, f.cancelled(w.n + 1)
		}
		return true, nil
	case answer != nil && w.overrule != nil && answer.Choice == w.overrule.Word:
		line.State, line.Detail = board.StepDone, answer.Actor.Display()+" "+w.overrule.Past
		if w.overrule.Skips {
			line.State = board.StepNotDone
			f.leftOut = append(f.leftOut, strconv.Quote(w.name))
		}
		f.touch()
		return false, nil
	}
	f.hold(answer)
	return false, f.stopped(w.n, q, answer, out)
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
	fail := &failure{state: board.Failed, step: n + 1, problem: out.problem, quote: out.quote, decided: true}
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
