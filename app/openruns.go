package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// openRun is a run that a backup knows as open, for the person who decides whether it goes on.
type openRun struct{ id, who, command, next string }

func idsOf(open []openRun) (ids []string) {
	for _, r := range open {
		ids = append(ids, r.id)
	}
	return ids
}

// openIn lists what is open in an engine or in the ledger, and what each would do next.
func openIn(ctx context.Context, e *engine.Engine, l *ledger.Ledger) ([]openRun, error) {
	known, err := l.OpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	var all []openRun
	seen := map[string]bool{}
	var errs []error
	for _, r := range known {
		next, err := nextOfRun(ctx, e.Client(), r.ID, r)
		errs = append(errs, err)
		seen[r.ID] = true
		all = append(all, openRun{id: r.ID, who: r.Actor.Display(), command: r.Text, next: next})
	}
	// Where the ledger is another backup's, or in a database, the engine may know more.
	list, err := listOpen(ctx, e.Client())
	errs = append(errs, err)
	for _, x := range list {
		id, kind := x.GetExecution().GetWorkflowId(), x.GetType().GetName()
		if seen[id] || kind == job.LaneWorkflow || kind == job.LaunchWorkflow {
			continue
		}
		next, err := nextOfRun(ctx, e.Client(), id, ledger.Run{})
		errs = append(errs, err)
		all = append(all, openRun{id: id, command: kind, next: next + "; the ledger has it as ended, or does not know it"})
	}
	return all, errors.Join(errs...)
}

// listOpen is what is open in the engine: runs, queues, and what schedules have begun.
func listOpen(ctx context.Context, c client.Client) (all []*workflowpb.WorkflowExecutionInfo, err error) {
	r := &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000, Query: fmt.Sprintf("ExecutionStatus = 'Running' AND TaskQueue = '%s'", job.QueueRuns)}
	for {
		page, err := c.ListWorkflow(ctx, r)
		if err != nil {
			return all, err
		}
		all = append(all, page.GetExecutions()...)
		if r.NextPageToken = page.GetNextPageToken(); len(r.NextPageToken) == 0 {
			return all, nil
		}
	}
}

// nextOfRun says what a run would do next.
func nextOfRun(ctx context.Context, c client.Client, id string, r ledger.Run) (string, error) {
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	switch {
	case errors.As(err, new(*serviceerror.NotFound)):
		return "nothing: the engine does not know it", nil
	case err != nil:
		return "", err
	case d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return "nothing: it has ended", nil
	}
	var doing []string
	for _, a := range d.GetPendingActivities() {
		if name := a.GetActivityType().GetName(); !strings.HasSuffix(name, "Board") { // what it shows is beside what it does
			what, err := activityOf(ctx, c, id, a.GetActivityId(), name)
			if err != nil {
				return "", err
			}
			doing = append(doing, what)
		}
	}
	switch {
	case len(doing) > 0:
		return strings.Join(doing, ", "), nil
	case len(r.Waits) > 0 && r.Waits[0].For == ledger.ForPerson:
		return "wait for a decision", nil
	case len(r.Waits) > 0:
		return "wait for its turn", nil
	}
	return "decide its next step", nil
}

// activityOf says in words what a pending activity does. A script is told with its host.
func activityOf(ctx context.Context, c client.Client, run, activity, name string) (string, error) {
	if name != "RunScript" && name != "StopScript" {
		return inWords(name), nil
	}
	events := c.GetWorkflowHistory(ctx, run, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var scheduled *historypb.ActivityTaskScheduledEventAttributes
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return "", fmt.Errorf("reading what %s does: %w", run, err)
		}
		if a := event.GetActivityTaskScheduledEventAttributes(); a.GetActivityId() == activity {
			scheduled = a
		}
	}
	var in activities.ScriptInput
	if err := converter.GetDefaultDataConverter().FromPayloads(scheduled.GetInput(), &in); err != nil || in.Script.Name == "" {
		return inWords(name), nil //nolint:nilerr // the name alone says it, too
	}
	verb := "run"
	if name == "StopScript" {
		verb = "stop"
	}
	return fmt.Sprintf("%s the script %s on %s", verb, in.Script.Name, in.Script.Host.Name), nil
}

// inWords makes "MoveUsers" "move users".
func inWords(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
