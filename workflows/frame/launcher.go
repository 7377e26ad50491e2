package frame

import (
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

// startedFor is the search attribute by which the engine's scheduler says for which time it started a workflow.
const startedFor = "TemporalScheduledStartTime"

// LaunchWorkflow is what a schedule starts when its time comes. It asks the door whether something is to be run and under
// which id, starts that as its child, and waits until it has ended: so what a schedule does while its last run goes on is
// decided by the run, and not by the moment it was started in. When it is cancelled it has the run cancelled, and waits
// for that too. It ends as the run does.
func LaunchWorkflow(ctx workflow.Context, in job.LaunchInput) (job.Launched, error) {
	l := &launcher{in: in, outer: ctx}
	l.ctx, _ = workflow.NewDisconnectedContext(ctx)
	if in.Lost != nil {
		return job.Launched{}, l.tell(*in.Lost)
	}
	at, err := slotTime(ctx)
	if err != nil {
		return job.Launched{}, err
	}
	l.slot = job.Slot{Schedule: in.Schedule, At: at, Began: workflow.GetInfo(ctx).WorkflowStartTime}
	return l.launch()
}

// launcher is a LaunchWorkflow under way.
type launcher struct {
	in    job.LaunchInput
	outer workflow.Context // the workflow's own context
	ctx   workflow.Context // disconnected from it: a cancel is passed on by a word, and the run's end awaited
	slot  job.Slot
}

// slotTime is the time by the schedule for which this was started.
func slotTime(ctx workflow.Context) (at time.Time, err error) {
	payload := workflow.GetInfo(ctx).SearchAttributes.GetIndexedFields()[startedFor] //nolint:staticcheck // the typed form leaves out what the server sets without a type
	if payload == nil {
		return time.Time{}, temporal.NewNonRetryableApplicationError("no schedule started this: "+startedFor+" is missing", "NoSchedule", nil)
	}
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &at); err != nil {
		return time.Time{}, fmt.Errorf("reading %s: %w", startedFor, err)
	}
	return at.UTC(), nil
}

// triesForID is how many ids are tried: see job.IDLength.
const triesForID = job.MaxIDLength - job.IDLength + 2

// launch starts the run, under the next id when somebody else has taken its id meanwhile.
func (l *launcher) launch() (out job.Launched, err error) {
	for range triesForID {
		answer, err := l.ask()
		if err != nil {
			return out, err
		}
		l.tellAll(answer.Lost)
		out = job.Launched{Run: answer.Request.ID, Dropped: answer.Dropped}
		switch {
		case answer.Dropped != "", answer.There:
			return out, nil
		case l.outer.Err() != nil: // nothing has begun yet
			l.notStarted(answer)
			return out, l.outer.Err()
		}
		run := l.start(answer)
		if err := run.GetChildWorkflowExecution().Get(l.ctx, nil); temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			continue
		} else if err != nil {
			l.notStarted(answer)
			return out, fmt.Errorf("starting %s: %w", answer.Request.ID, err)
		}
		res, err := l.wait(answer, run)
		out.State = res.State
		return out, err
	}
	return out, errors.New("every id of this time belongs to another run")
}

// ask asks the door. It is asked again for as long as a run may be late.
func (l *launcher) ask() (answer job.Launch, err error) {
	ctx := workflow.WithActivityOptions(l.ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second, ScheduleToCloseTimeout: max(l.in.Within, time.Minute) + time.Minute,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, MaximumInterval: 10 * time.Second},
	})
	err = workflow.ExecuteActivity(ctx, acts.DueSlot, l.slot).Get(ctx, &answer)
	return answer, err
}

// start starts the run as the door does it for people: the same memo and search attributes, and an id that serves once.
// Nothing that happens to the launcher ends it.
func (l *launcher) start(answer job.Launch) workflow.ChildWorkflowFuture {
	c := answer.Request.Command
	memo := make(map[string]any, len(answer.Memo))
	for _, name := range []string{job.MemoKey, job.MemoCommand} {
		memo[name] = answer.Memo[name]
	}
	ctx := workflow.WithChildOptions(l.ctx, workflow.ChildWorkflowOptions{
		WorkflowID: answer.Request.ID, WorkflowTaskTimeout: answer.Request.Timers.WorkflowTask, Memo: memo, StaticSummary: answer.Summary,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON, WaitForCancellation: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(job.AttributeJob).ValueSet(c.Name),
			temporal.NewSearchAttributeKeyKeyword(job.AttributeRequester).ValueSet(c.Actor.Name),
		),
	})
	return workflow.ExecuteChildWorkflow(ctx, answer.Request.Workflow(), answer.Request)
}

// notStarted writes down that a run which was allowed never came to be.
func (l *launcher) notStarted(answer job.Launch) {
	if err := workflow.ExecuteActivity(recording(l.ctx), acts.NotLaunched, refOf(answer.Request)).Get(l.ctx, nil); err != nil {
		workflow.GetLogger(l.ctx).Error("writing down that a run was not started", "run", answer.Request.ID, "error", err)
	}
}

func refOf(r job.Request) activities.RunRef {
	return activities.RunRef{ID: r.ID, Job: r.Command.Name, Key: r.Command.Key, Actor: r.Command.Actor}
}

// wait waits for the run's end. A cancel becomes a word to the run, and people are told when it should have ended.
func (l *launcher) wait(answer job.Launch, run workflow.ChildWorkflowFuture) (res Result, err error) {
	var late workflow.Future
	meanwhile, stop := workflow.WithCancel(l.ctx)
	defer stop()
	if !answer.Late.IsZero() {
		late = workflow.NewTimer(meanwhile, max(answer.Late.Sub(workflow.Now(l.ctx)), time.Second))
	}
	for cancelled, ended := false, false; !ended; {
		s := workflow.NewSelector(l.ctx)
		s.AddFuture(run, func(f workflow.Future) { err, ended = f.Get(l.ctx, &res), true })
		if late != nil {
			s.AddFuture(late, func(workflow.Future) { late = nil; l.tellLate(meanwhile, answer) })
		}
		if !cancelled {
			s.AddReceive(l.outer.Done(), func(workflow.ReceiveChannel, bool) { cancelled = true; l.cancel(answer, run) })
		}
		s.Select(l.ctx)
	}
	return res, err
}

// cancel tells the run to stop, and in whose name.
func (l *launcher) cancel(answer job.Launch, run workflow.ChildWorkflowFuture) {
	by := job.Actor{Kind: job.System, ID: "engine", Name: "the engine"}
	if l.in.Replaces {
		by.Name = "the next run of " + l.in.Schedule
	}
	word := job.Decision{
		Run: answer.Request.ID, Choice: job.CancelChoice, Actor: by, Source: "schedule",
		Key: job.Key("cancel/" + workflow.GetInfo(l.ctx).WorkflowExecution.RunID),
	}
	workflow.Go(l.ctx, func(ctx workflow.Context) {
		if err := run.SignalChildWorkflow(ctx, job.SignalDecide, word).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Info("the run heard of no cancel: it has ended", "run", answer.Request.ID, "error", err)
		}
	})
}

// tellLate tells people beside the run, as long as it goes on.
func (l *launcher) tellLate(ctx workflow.Context, answer job.Launch) {
	in := activities.LateInput{Run: refOf(answer.Request), Due: answer.Request.Due, By: answer.Late}
	workflow.Go(ctx, func(ctx workflow.Context) {
		if err := workflow.ExecuteActivity(speaking(ctx), acts.TellLate, in).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("telling that a run is late", "run", in.Run.ID, "error", err)
		}
	})
}

// tellAll has people told of lost times, by launchers that do nothing else: this one must not last longer than its run
// because the chat is away.
func (l *launcher) tellAll(lost []job.LostTimes) {
	for _, times := range lost {
		in := l.in
		in.Lost = &times
		ctx := workflow.WithChildOptions(l.ctx, workflow.ChildWorkflowOptions{
			WorkflowID: job.LostID(l.in.Schedule, times), StaticSummary: "schedule " + l.in.Schedule + ": times at which nothing ran",
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		})
		err := workflow.ExecuteChildWorkflow(ctx, job.LaunchWorkflow, in).GetChildWorkflowExecution().Get(ctx, nil)
		if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			workflow.GetLogger(ctx).Error("having people told of lost times", "schedule", l.in.Schedule, "error", err)
		}
	}
}

// tell tells people of lost times.
func (l *launcher) tell(times job.LostTimes) error {
	in := activities.LostInput{Schedule: l.in.Schedule, Lost: times}
	return workflow.ExecuteActivity(speaking(l.ctx), acts.TellLost, in).Get(l.ctx, nil)
}
