package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/nexus-rpc/sdk-go/nexus"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"
)

// Guard replays every open run of o.Queue with the workflows that o.Register
// names, before any of them is touched. It returns a *GuardError when this
// program's code does not lead to where a run stands, for instance because an
// upgrade changed the order of its steps; such a run would hang, silently.
//
// Runs that have not completed a workflow task have done nothing yet and fit
// any code. A hundred open runs take a few tenths of a second.
func Guard(ctx context.Context, c client.Client, o Options) error {
	open, err := openRuns(ctx, c, o.Queue)
	if err != nil {
		return fmt.Errorf("checking the runs under way: %w", err)
	}
	// The machine may be busy while it starts; whether workflow code yields in
	// time is not what is asked here.
	replayer, err := sdkworker.NewWorkflowReplayerWithOptions(sdkworker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	if err != nil {
		return fmt.Errorf("checking the runs under way: %w", err)
	}
	o.Register(workflowsOnly{replayer})

	var mu sync.Mutex
	var broken []BrokenRun
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, info := range open {
		g.Go(func() error {
			why, err := replay(ctx, c, replayer, info)
			if err != nil {
				return fmt.Errorf("checking %s, which is under way: %w", info.GetExecution().GetWorkflowId(), err)
			}
			if why != nil {
				mu.Lock()
				defer mu.Unlock()
				broken = append(broken, BrokenRun{ID: info.GetExecution().GetWorkflowId(), Job: info.GetType().GetName(), Err: why})
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if len(broken) == 0 {
		return nil
	}
	slices.SortFunc(broken, func(a, b BrokenRun) int { return strings.Compare(a.ID, b.ID) })
	return &GuardError{Checked: len(open), Broken: broken}
}

// openRuns lists what the index says is running on a task queue.
func openRuns(ctx context.Context, c client.Client, queue string) ([]*workflowpb.WorkflowExecutionInfo, error) {
	var all []*workflowpb.WorkflowExecutionInfo
	request := &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1000,
		Query:    fmt.Sprintf("ExecutionStatus = 'Running' AND TaskQueue = '%s'", strings.ReplaceAll(queue, "'", "''")),
	}
	for {
		page, err := c.ListWorkflow(ctx, request)
		if err != nil {
			return nil, err
		}
		all = append(all, page.GetExecutions()...)
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return all, nil
		}
	}
}

// replay returns why the code does not fit the run (nil when it does), or an
// error when that could not be found out.
func replay(ctx context.Context, c client.Client, replayer sdkworker.WorkflowReplayer, info *workflowpb.WorkflowExecutionInfo) (why, err error) {
	run := info.GetExecution()
	history, err := fetch(ctx, c, run.GetWorkflowId(), run.GetRunId())
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil, nil // the index is a hint: the run has ended meanwhile
	}
	if err != nil {
		return nil, err
	}
	if !hasCompletedTask(history) {
		return nil, nil // the replayer would call it too short
	}
	return replayer.ReplayWorkflowHistoryWithOptions(silent{}, history, sdkworker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: run.GetWorkflowId(), RunID: run.GetRunId()},
	}), nil
}

func fetch(ctx context.Context, c client.Client, workflowID, runID string) (*historypb.History, error) {
	events := c.GetWorkflowHistory(ctx, workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var h historypb.History
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return nil, err
		}
		h.Events = append(h.Events, e)
	}
	return &h, nil
}

func hasCompletedTask(h *historypb.History) bool {
	return slices.ContainsFunc(h.GetEvents(), func(e *historypb.HistoryEvent) bool {
		return e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
	})
}

// workflowsOnly lets a replayer be given the registrations of a worker: it has
// no use for activities.
type workflowsOnly struct {
	sdkworker.WorkflowReplayer
}

func (workflowsOnly) RegisterActivity(any)                                         {}
func (workflowsOnly) RegisterActivityWithOptions(any, activity.RegisterOptions)    {}
func (workflowsOnly) RegisterDynamicActivity(any, activity.DynamicRegisterOptions) {}
func (workflowsOnly) RegisterNexusService(*nexus.Service)                          {}

// silent drops what the replayer logs: what it finds is in the GuardError.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
