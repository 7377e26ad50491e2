package frame

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// Do shows all steps at once as still to come, then runs them in order. A step that does not work is put to the person
// who asked; the error is not nil when the run ends there, and a job returns it as it is.
func (f *F) Do(steps ...Step) error {
	if f.names != nil {
		for _, s := range steps {
			*f.names = append(*f.names, s.name)
		}
		return errListed
	}
	if f.listed { // what was listed before it began
		f.board.Steps, f.listed = f.board.Steps[:f.fixed], false
	}
	at := len(f.board.Steps)
	for _, s := range steps {
		f.board.Steps = append(f.board.Steps, board.Step{Name: s.name, State: board.StepToCome, Usual: f.usual.Steps[s.name]})
	}
	f.touch()
	for i, s := range steps {
		if err := f.step(at+i, s); err != nil {
			for j := at + i + 1; j < len(f.board.Steps); j++ {
				f.board.Steps[j].State = board.StepNotDone
			}
			f.touch()
			return err
		}
	}
	return nil
}

// step runs one step until it is done, or until a person or a deadline ends it.
func (f *F) step(n int, s Step) error {
	line := &f.board.Steps[n]
	proc := job.Process{Run: f.first, ID: f.req.ID, Label: s.name}
	f.ordinal++
	proc.Step = f.ordinal
	if s.cleanup != nil {
		f.cleanup = append(f.cleanup, *s.cleanup)
	}
	for {
		if f.inbox.cancelled() {
			line.State = board.StepNotDone
			return f.cancelled(n + 1)
		}
		if s.once || s.atomic {
			f.began = true
		}
		*line = board.Step{Name: s.name, State: board.StepRunning, Started: f.now(), Usual: line.Usual}
		f.keeper.live = true
		f.touch()
		log := f.log("step", s.name, "ask", proc.Ask)
		log.Info("step begins")
		out := f.attempt(s, &proc)
		line = &f.board.Steps[n]
		line.Took = f.now().Sub(line.Started)
		log.Info("step ended", "done", out.done, "problem", out.problem, "took", line.Took.String())
		switch {
		case out.done:
			line.State, line.Detail, line.Percent, line.Note = board.StepDone, out.detail, 0, ""
			if s.waits {
				line.Detail = strings.TrimSuffix("after "+board.Span(line.Took)+", "+out.detail, ", ")
			}
			f.touch()
			return nil
		case f.inbox.cancelled():
			line.State, line.Detail = board.StepCancelled, ""
			return f.cancelled(n + 1)
		}
		if out.refused {
			line.State = board.StepNotDone
			return &refusal{text: out.problem}
		}
		line.State = board.StepAsking
		var q *question
		var answer *job.Decision
		again := false
		if f.onlyAnnounced() {
			q, answer, again = f.persist(s, out)
		} else {
			q, answer = f.ask(out, s.choices()...)
		}
		switch {
		case again:
			proc.Ask, proc.Try = q.n, 0
			continue
		case answer != nil && s.overrule != nil && answer.Choice == s.overrule.Word:
			line := &f.board.Steps[n]
			line.State, line.Detail = board.StepDone, answer.Actor.Display()+" "+s.overrule.Past
			f.touch()
			return nil
		case answer == nil || answer.Choice != tryAgain.Word:
			f.hold(answer)
			return f.stopped(n, q, answer, out)
		}
		proc.Ask, proc.Try = q.n, 0
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
	f.board.Steps[n].State = board.StepFailed
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

// outcome is how one attempt at a step ended.
type outcome struct {
	done    bool
	detail  string
	problem string // a sentence for people
	refused bool   // nothing was done, and trying again is pointless
	quote   []string
	log     *activities.LogOf // where the rest of what it said is, when the quote is not all of it
	fault   job.Fault         // whose it is, where the step tells
}

func (f *F) attempt(s Step, proc *job.Process) outcome {
	ctx, cut := workflow.WithCancel(f.ctx)
	f.current = &running{atomic: s.atomic, cut: cut}
	defer func() { f.current = nil }()
	if s.script == nil {
		text, err := s.act(ctx, f.req.Timers, stepID(*proc))
		if err != nil {
			fault := faultOf(err)
			f.trouble, f.told = ledger.Trouble{Fault: fault, Step: s.name}, false
			return outcome{problem: unknownOr(s.once, err), quote: quoted(fault), fault: fault}
		}
		return outcome{done: true, detail: text}
	}
	return f.runScript(ctx, *s.script, proc)
}

// longLog is how many lines a message may leave out: a longer log is shared as a file.
const longLog = 20

// neverTries is how often a script that provably never started is started again without asking.
const neverTries = 3

func (f *F) runScript(ctx workflow.Context, script job.Script, proc *job.Process) outcome {
	for {
		in := activities.ScriptInput{Run: f.ref(), Script: script, Process: *proc, Timers: f.req.Timers}
		var p job.Progress
		err := workflow.ExecuteActivity(watching(ctx, f.req.Timers, stepID(*proc)), acts.RunScript, in).Get(f.ctx, &p)
		if f.inbox.cancelled() && !finished(p) {
			p, err = f.stopScript(in)
		}
		switch {
		case err != nil:
			return outcome{problem: board.Clean(cause(err))}
		case p.State == job.Never && proc.Try < neverTries && !f.inbox.cancelled():
			proc.Try++
			continue
		}
		for _, name := range workflow.DeterministicKeys(p.Result) {
			f.results[name] = p.Result[name]
		}
		out := judge(script, p)
		if !out.done && p.Lines > longLog {
			out.log = &activities.LogOf{Script: script, Process: *proc, Lines: p.Lines}
		}
		return out
	}
}

func finished(p job.Progress) bool { return p.State == job.Exited || p.State == job.Lost }

// stopScript ends the script on its host, and is confirmed before it returns: a cancel that reached only our side would
// leave the script running.
func (f *F) stopScript(in activities.ScriptInput) (job.Progress, error) {
	var p job.Progress
	err := workflow.ExecuteActivity(stopping(f.ctx, f.req.Timers), acts.StopScript, in).Get(f.ctx, &p)
	return p, err
}

// judge turns what is known of a script into the outcome of its step.
func judge(s job.Script, p job.Progress) outcome {
	switch p.State {
	case job.Exited:
		if p.Exit == 0 {
			return outcome{done: true, detail: p.Done}
		}
		problem := p.Problem
		if problem == "" {
			problem = fmt.Sprintf("The script %s on %s ended with code %d.", s.Name, s.Host.Name, p.Exit)
		}
		return outcome{problem: problem, quote: p.Tail, refused: p.Refused}
	case job.Lost:
		return outcome{problem: fmt.Sprintf("I do not know how %s on %s ended: it was running and is gone without an exit code.", s.Name, s.Host.Name), quote: p.Tail}
	case job.Busy:
		return outcome{problem: fmt.Sprintf("%s is still working on the same thing on %s, so I did not start.", p.Holder, s.Host.Name)}
	case job.Stopped:
		return outcome{problem: fmt.Sprintf("%s on %s was stopped.", s.Name, s.Host.Name)}
	default:
		return outcome{problem: fmt.Sprintf("%s could not be started on %s.", s.Name, s.Host.Name)}
	}
}

func unknownOr(once bool, err error) string {
	if once {
		return "I do not know whether it took effect: " + board.Clean(cause(err)) + "."
	}
	return board.Clean(cause(err)) + "."
}

// faultOf is the fault behind an error; the zero Fault when it does not say whose it is.
func faultOf(err error) (fault job.Fault) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.FaultType || app.Details(&fault) != nil {
		return job.Fault{}
	}
	return fault
}

// quoted is what a fault shows to whoever mends it.
func quoted(fault job.Fault) []string {
	if fault.Shown == "" {
		return nil
	}
	return strings.Split(fault.Shown, "\n")
}

// stepID names the activity of a step, so that the board's keeper finds the live tail that belongs to it.
func stepID(p job.Process) string {
	return fmt.Sprintf("%s%d/%d/%d", activities.StepPrefix, p.Step, p.Ask, p.Try)
}
