package frame

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// outcome is how one attempt at a step ended.
type outcome struct {
	done    bool
	detail  string
	problem string // a sentence for people
	refused bool   // nothing was done, and trying again is pointless
	quote   []string
	log     *activities.LogOf // where the rest of what it said is, when the quote is not all of it
	fault   job.Fault         // whose it is, where the step tells
	parts   []job.Part        // of what has several
	ended   bool              // it came to an end by itself, and said so: no half of it is still under way
	foreign bool              // it is not ours: nobody is asked whether to try it again
	asks    *activities.BuildAsk
}

// running is one attempt at a step, under way.
type running struct {
	atomic bool
	cut    func() // cancels its activity
}

// attempt does a step once. Several steps may be at it at the same time, each in a coroutine of its own whose context it is.
func (f *F) attempt(ctx workflow.Context, s Step, proc *job.Process) outcome {
	ctx, cut := workflow.WithCancel(ctx)
	now := &running{atomic: s.atomic, cut: cut}
	f.current = append(f.current, now)
	defer f.ended(now)
	if s.script != nil {
		return f.runScript(ctx, *s.script, proc)
	}
	if s.build != nil {
		return f.runBuild(ctx, s, proc)
	}
	var text string
	var err error
	if s.tell != nil {
		text, err = f.tellPeople(ctx, *s.tell, *proc)
	} else {
		text, err = s.act(ctx, f.req.Timers, stepID(*proc))
	}
	switch {
	case err == nil:
		return outcome{done: true, detail: text}
	case s.stop != nil && f.halted():
		out, _ := workflow.NewDisconnectedContext(ctx)
		if text, err = s.stop(out, f.req.Timers, stepID(*proc)+"/stop"); err != nil {
			text = board.Clean(cause(err))
		}
		return outcome{detail: text}
	}
	fault := faultOf(err)
	f.trouble, f.told = ledger.Trouble{Fault: fault, Step: s.name}, false
	return outcome{problem: unknownOr(s.once && !fault.Undone, err), quote: quoted(fault), fault: fault}
}

// ended forgets an attempt. Beside a question there is nothing to see any more after the last one.
func (f *F) ended(r *running) {
	f.current = slices.DeleteFunc(f.current, func(other *running) bool { return other == r })
	if len(f.current) == 0 && f.inbox.ask != nil {
		f.keeper.live = false
	}
}

// longLog is how many lines a message may leave out: a longer log is shared as a file.
const longLog = 20

// neverTries is how often a script that provably never started is started again without asking.
const neverTries = 3

func (f *F) runScript(ctx workflow.Context, script job.Script, proc *job.Process) outcome {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	for {
		in := activities.ScriptInput{Run: f.ref(), Script: script, Process: *proc, Timers: f.req.Timers}
		var p job.Progress
		err := workflow.ExecuteActivity(watching(ctx, f.req.Timers, stepID(*proc)), acts.RunScript, in).Get(calm, &p)
		if f.halted() && !finished(p) {
			p, err = f.stopScript(calm, in)
		}
		switch {
		case err != nil:
			return outcome{problem: board.Clean(cause(err))}
		case p.State == job.Never && proc.Try < neverTries && !f.halted():
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
func (f *F) stopScript(ctx workflow.Context, in activities.ScriptInput) (job.Progress, error) {
	var p job.Progress
	err := workflow.ExecuteActivity(stopping(ctx, f.req.Timers), acts.StopScript, in).Get(ctx, &p)
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
		return outcome{problem: problem, quote: p.Tail, refused: p.Refused, ended: true}
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

// tellPeople says the sentence of a step where the run speaks, or where the step says.
func (f *F) tellPeople(ctx workflow.Context, in activities.SayInput, proc job.Process) (where string, err error) {
	if err := workflow.Await(ctx, func() bool { return f.keeper.placed }); err != nil { // it is read after the board, in the same place
		return "", err
	}
	in.Key, in.Place = stepID(proc), f.place
	err = workflow.ExecuteActivity(speaking(ctx), acts.Say, in).Get(ctx, &where)
	return where, err
}
