package frame

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Build is a step that builds a Jenkins job and follows the build to its end: its stages stand under the step, what it asks
// is asked here, its result is the step's. A person's Retry starts another build; nothing else does. Cancelling the run ends
// the build.
func Build(name string, in activities.BuildInput, options ...Option) Step {
	s := Step{name: name, build: &in}
	for _, o := range options {
		o(&s)
	}
	return s
}

// runBuild follows the build of a step until it is over or asks something.
func (f *F) runBuild(ctx workflow.Context, s Step, proc *job.Process) outcome {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	in := f.buildInput(s, *proc)
	seen, late, err := f.followBuild(ctx, in, stepID(*proc))
	if late && !seen.Over && !f.halted() {
		err = workflow.ExecuteActivity(stopping(calm, f.req.Timers), acts.StopBuild, in).Get(calm, &seen)
		if err == nil && !seen.Good {
			problem := fmt.Sprintf("The build of %s took longer than %s, so I stopped it: %s.", board.Clean(in.Job), board.Span(in.Within), seen.Text)
			return outcome{problem: problem, quote: seen.Quote, parts: seen.Parts}
		}
	}
	if f.halted() && !seen.Over && in.Build == 0 {
		err = workflow.ExecuteActivity(stopping(calm, f.req.Timers), acts.StopBuild, in).Get(calm, &seen)
	}
	if seen.Version != "" {
		f.results[activities.ResultVersion] = seen.Version
	}
	switch {
	case err != nil:
		fault := faultOf(err)
		return outcome{problem: board.Clean(cause(err)) + ".", quote: quoted(fault), fault: fault}
	case seen.Input != nil:
		return outcome{asks: seen.Input, parts: seen.Parts}
	case f.halted():
		return outcome{done: seen.Good, detail: seen.Text, parts: seen.Parts}
	}
	return outcome{done: seen.Good, detail: seen.Text, problem: seen.Problem, quote: seen.Quote, parts: seen.Parts, foreign: in.Build > 0}
}

// followBuild follows a build, and gives up when it takes too long. The time in which it asks something does not count: it
// begins anew with the answer, for a build must not be ended in the moment in which people told it to go on.
func (f *F) followBuild(ctx workflow.Context, in activities.BuildInput, id string) (seen activities.BuildSeen, late bool, err error) {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	following, cut := workflow.WithCancel(ctx)
	work := workflow.ExecuteActivity(working(following, f.req.Timers, id), acts.FollowBuild, in)
	if in.Within > 0 {
		clock, stop := workflow.WithCancel(calm)
		over := workflow.NewTimer(clock, in.Within)
		workflow.NewSelector(calm).AddFuture(work, func(workflow.Future) {}).AddFuture(over, func(workflow.Future) { late = true }).Select(calm)
		stop()
		if late {
			cut()
		}
	}
	err = work.Get(calm, &seen)
	return seen, late, err
}

// buildInput names the build of this attempt. Only a person's Retry makes it another one.
func (f *F) buildInput(s Step, proc job.Process) activities.BuildInput {
	in := *s.build
	in.Run, in.Timers, in.Since = f.ref(), f.req.Timers, f.board.Started
	if in.Build == 0 { // somebody else's has no key of ours
		in.Key = fmt.Sprintf("%s.%d.%d", f.req.ID, proc.Step, proc.Ask)
	}
	return in
}

// askForBuild asks people what a build asks, and tells it. It may be answered in Jenkins meanwhile: then the question here
// is over. The answer is nil unless a person gave one here.
func (f *F) askForBuild(w *effort, about activities.BuildAsk) (q *question, answer *job.Decision, err error) {
	in := activities.AnswerBuildInput{Build: f.buildInput(w.Step, w.proc), Ask: about.ID}
	proceed := Choice{Word: "proceed", Label: board.UpperFirst(about.Proceed), Past: "said to go on", Primary: true}
	if proceed.Label == "" {
		proceed.Label = "Proceed"
	}
	problem := fmt.Sprintf("The build of %s asks: %s", board.Clean(w.build.Job), about.Message)
	if len(about.Values) > 0 {
		problem += " It goes on with " + strings.Join(about.Values, ", ") + "."
	}
	q = &question{choices: []Choice{proceed, {Word: "stop", Label: "Abort the build", Past: "stopped it"}}, within: f.req.Timers.AskWithin, problem: problem}
	q.message = func() board.Message { return f.questionMessage(q, problem, nil) }
	watching, leave := workflow.WithCancel(f.ctx)
	workflow.Go(watching, func(ctx workflow.Context) {
		var how string
		err := workflow.ExecuteActivity(working(ctx, f.req.Timers, stepID(w.proc)+"/input"), acts.AnsweredElsewhere, in).Get(ctx, &how)
		if err == nil {
			f.close(q, func() { q.elsewhere = how })
		}
	})
	f.pose(q)
	leave()
	f.board.State = board.Running
	f.touch()
	if q.elsewhere == "" { // a question nobody answered in time ends the build as well
		in.Proceed = q.answer != nil && q.answer.Choice == proceed.Word
		err = workflow.ExecuteActivity(recording(f.ctx), acts.AnswerBuild, in).Get(f.ctx, nil)
	}
	return q, q.answer, err
}
