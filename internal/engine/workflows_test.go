package engine_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func register(r sdkworker.Registry) {
	r.RegisterWorkflow(Watching)
	r.RegisterWorkflow(WatchingDeaf)
	r.RegisterWorkflow(Parked)
	r.RegisterActivity(Watch)
	r.RegisterActivity(WatchDeaf)
	r.RegisterActivity(Touch)
}

// heartbeatTimeout is three times the production value of an embedded engine:
// what waits for it is not mistaken for what does not, however busy the
// machine is.
const heartbeatTimeout = 30 * time.Second

// Watching runs one long activity that watches path, and then a short one.
func Watching(ctx workflow.Context, path string) (string, error) {
	return watching(ctx, Watch, path)
}

// WatchingDeaf is the same with an activity that does not hear of a cancel.
func WatchingDeaf(ctx workflow.Context, path string) (string, error) {
	return watching(ctx, WatchDeaf, path)
}

func watching(ctx workflow.Context, watch any, path string) (string, error) {
	long := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Hour,
		HeartbeatTimeout:    heartbeatTimeout,
		WaitForCancellation: true,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond},
	})
	if err := workflow.ExecuteActivity(long, watch, path).Get(ctx, nil); err != nil {
		return "", err
	}
	short := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var said string
	err := workflow.ExecuteActivity(short, Touch, path).Get(ctx, &said)
	return said, err
}

// Watch notes its attempt in path.log and ends when path exists.
func Watch(ctx context.Context, path string) error {
	log, err := os.OpenFile(path+".log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(log, "attempt %d\n", activity.GetInfo(ctx).Attempt); err != nil {
		return err
	}
	if err := log.Close(); err != nil {
		return err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			activity.RecordHeartbeat(ctx, "watching")
			if exists(path) {
				return nil
			}
		}
	}
}

// WatchDeaf is Watch that nothing but path ends.
func WatchDeaf(ctx context.Context, path string) error {
	return Watch(context.WithoutCancel(ctx), path)
}

// Touch is a short activity.
func Touch(_ context.Context, path string) (string, error) {
	return "done with " + path, nil
}

// Parked does two things and waits for a person.
func Parked(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for _, thing := range []string{"a", "b"} {
		if err := workflow.ExecuteActivity(ctx, Touch, thing).Get(ctx, nil); err != nil {
			return err
		}
	}
	workflow.GetSignalChannel(ctx, "decision").Receive(ctx, nil)
	return workflow.ExecuteActivity(ctx, Touch, "c").Get(ctx, nil)
}

// run starts a workflow as Pawl starts runs.
func run(t *testing.T, c client.Client, id, queue string, workflow any, args ...any) client.WorkflowRun {
	t.Helper()
	r, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: queue, WorkflowTaskTimeout: 2 * time.Second, EnableEagerStart: true,
	}, workflow, args...)
	require.NoError(t, err)
	return r
}

// attempts is how often Watch was started on path.
func attempts(path string) int {
	b, err := os.ReadFile(path + ".log")
	if err != nil {
		return 0
	}
	return strings.Count(string(b), "attempt")
}

// parked reports whether a run of Parked has come to its wait.
func parked(t *testing.T, c client.Client, id string) bool {
	d, err := c.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	// started, 3 tasks of 3 events, 2 activities of 3 events
	return d.GetWorkflowExecutionInfo().GetHistoryLength() >= 16 && d.GetPendingWorkflowTask() == nil
}
