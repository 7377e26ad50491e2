package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/job"
)

// LaneInput is what a run tells a lane that may not exist yet.
type LaneInput struct {
	Word   job.LaneWord `json:"word"`
	Timers job.Timers   `json:"timers"`
}

// AskLane asks for a lane and creates it when it is not there. Asking twice is asking once.
func (a *Activities) AskLane(ctx context.Context, in LaneInput) error {
	failpoint.Here("before the lane is asked", in.Word.Run)
	_, err := a.Client.SignalWithStartWorkflow(ctx, job.LanePrefix+in.Word.Lane, job.SignalLane, in.Word, client.StartWorkflowOptions{
		TaskQueue: job.QueueRuns, WorkflowTaskTimeout: in.Timers.WorkflowTask,
	}, job.LaneWorkflow, job.LaneState{Name: in.Word.Lane, Capacity: in.Word.Capacity, Timers: in.Timers})
	if err != nil {
		return fmt.Errorf("asking lane %s: %w", in.Word.Lane, err)
	}
	return nil
}

// HoldersOf finds the open runs that say they hold a lane. The list is a hint; each is looked at before it counts.
func (a *Activities) HoldersOf(ctx context.Context, lane string) ([]job.LaneRun, error) {
	query := fmt.Sprintf("%s = '%s' AND ExecutionStatus = 'Running'", job.AttributeHeld, lane)
	list, err := a.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 100})
	if err != nil {
		return nil, fmt.Errorf("listing the runs that hold %s: %w", lane, err)
	}
	var held []job.LaneRun
	for _, e := range list.GetExecutions() {
		id := e.GetExecution().GetWorkflowId()
		d, err := a.Client.DescribeWorkflowExecution(ctx, id, "")
		if err != nil || d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			continue
		}
		held = append(held, job.LaneRun{Run: id, First: d.GetWorkflowExecutionInfo().GetFirstRunId(), Who: id})
	}
	return held, nil
}

// AwaitEnd returns when a run has ended and nothing of it is left on any host. A run that was terminated or timed out
// could not stop its scripts; then they are stopped here, and confirmed, before the lane passes on.
func (a *Activities) AwaitEnd(ctx context.Context, in job.LaneRun) error {
	for {
		activity.RecordHeartbeat(ctx)
		d, err := a.Client.DescribeWorkflowExecution(ctx, in.Run, "")
		var none *serviceerror.NotFound
		switch {
		case errors.As(err, &none):
			return nil
		case err != nil:
			return fmt.Errorf("looking at run %s: %w", in.Run, err)
		}
		info := d.GetWorkflowExecutionInfo()
		if info.GetFirstRunId() != in.First {
			return nil // its id belongs to a later run
		}
		switch info.GetStatus() {
		case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, enums.WORKFLOW_EXECUTION_STATUS_FAILED, enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
			return nil
		default:
			// Where it cannot be confirmed the lane passes on all the same: it would wait for a person for ever, and a
			// host starts nothing for a target while something of another run lives there. The sweeper tells people.
			_, err := a.Reap(ctx, in.Run)
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-activity.GetWorkerStopChannel(ctx):
			return errStopping
		case <-time.After(time.Second):
		}
	}
}

// Unsure is a script of which nobody knows whether it has stopped.
type Unsure struct {
	Script string `json:"script"` // its name: "restore"; or a phrase, where it is not known
	Host   string `json:"host"`   // as people call it
}

// forgotten is what a run that came out of a backup may have started since then.
const forgotten = "what it may have started since the backup"

// Reap stops every script a run has started, and confirms it. What was started is read from the run's history, because
// the run itself can no longer be asked. The history of one that came out of a backup is an old one: every host is asked
// then. What cannot be confirmed and never will be (a host whose key changed, or that does not let us in any more) is
// returned, each once; an error means that Reap is to be called again.
func (a *Activities) Reap(ctx context.Context, run string) ([]Unsure, error) {
	started, err := a.scriptsOf(ctx, run)
	if err != nil {
		return nil, err
	}
	var unsure []Unsure
	for _, in := range started {
		_, err := a.Remote.Stop(ctx, in.Script, in.Process)
		one := Unsure{Script: in.Script.Name, Host: in.Script.Host.Name}
		switch {
		case err == nil:
		case !a.Remote.Permanent(err):
			return nil, fmt.Errorf("stopping %s of run %s on %s: %w", one.Script, run, one.Host, err)
		case !slices.Contains(unsure, one):
			unsure = append(unsure, one)
		}
	}
	if a.Doubted == nil || !a.Doubted(run) {
		return unsure, nil
	}
	more, err := a.reapForgotten(ctx, run)
	return append(unsure, more...), err
}

// reapForgotten stops what a run started that its history does not know. It asks each host once, all at the same time:
// which of them the run was on is not known, so one that is away is told and not waited for.
func (a *Activities) reapForgotten(ctx context.Context, run string) ([]Unsure, error) {
	d, err := a.Client.DescribeWorkflowExecution(ctx, run, "")
	if err != nil {
		return nil, fmt.Errorf("looking at run %s: %w", run, err)
	}
	first := d.GetWorkflowExecutionInfo().GetFirstRunId()
	names := slices.Sorted(maps.Keys(a.Hosts))
	failed := make([]error, len(names))
	var asked sync.WaitGroup
	for i, name := range names {
		asked.Go(func() { _, failed[i] = a.Remote.StopRun(ctx, a.Hosts[name], first) })
	}
	asked.Wait()
	var unsure []Unsure
	for i, name := range names {
		if failed[i] != nil {
			unsure = append(unsure, Unsure{Script: forgotten, Host: name})
		}
	}
	return unsure, ctx.Err()
}

func (a *Activities) scriptsOf(ctx context.Context, run string) ([]ScriptInput, error) {
	var started []ScriptInput
	history := a.Client.GetWorkflowHistory(ctx, run, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the history of run %s: %w", run, err)
		}
		s := e.GetActivityTaskScheduledEventAttributes()
		if s == nil || s.GetActivityType().GetName() != "RunScript" {
			continue
		}
		var in ScriptInput
		if err := converter.GetDefaultDataConverter().FromPayloads(s.GetInput(), &in); err != nil {
			return nil, fmt.Errorf("reading what run %s started: %w", run, err)
		}
		started = append(started, in)
	}
	return started, nil
}
