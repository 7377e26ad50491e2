package activities_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

// The key of a step is that of all its attempts, and another step has another.
func TestAKeyStaysForEveryAttempt(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	var keys []string
	env.RegisterActivityWithOptions(func(ctx context.Context, _ string) (string, error) {
		keys = append(keys, activities.Key(ctx))
		if len(keys) == 1 {
			return "", errors.New("an answer got lost")
		}
		return "", nil
	}, activity.RegisterOptions{Name: "act"})
	env.RegisterWorkflow(twoSteps)
	env.ExecuteWorkflow(twoSteps)
	require.NoError(t, env.GetWorkflowError())
	require.Len(t, keys, 3)
	require.Equal(t, keys[0], keys[1], "two attempts at one step")
	require.NotEqual(t, keys[1], keys[2], "another step")
	require.Regexp(t, `^[A-Za-z0-9/-]{3,100}$`, keys[0])
}

func twoSteps(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range 2 {
		if err := workflow.ExecuteActivity(ctx, "act", "").Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// An activity that takes long is heard of at once and then again and again, until it ends; its words are for people.
func TestAliveSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	var heard atomic.Int32
	twice := make(chan struct{})
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p job.Progress
		if details.Get(&p) == nil && p.Percent == 40 && p.Note == "table orders (everybody look: @channel)" && heard.Add(1) == 2 {
			close(twice)
		}
	})
	working := func(ctx context.Context, _ string) error {
		defer activities.Alive(ctx, func() job.Progress { return job.Progress{Percent: 40, Note: "table orders (everybody look: @channel)"} })()
		select {
		case <-twice:
			return nil
		case <-time.After(time.Minute):
			return errors.New("nobody heard it twice")
		}
	}
	env.RegisterActivityWithOptions(working, activity.RegisterOptions{Name: "work"})
	env.RegisterWorkflow(oneLongStep)
	env.ExecuteWorkflow(oneLongStep)
	require.NoError(t, env.GetWorkflowError())
}

func oneLongStep(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 100 * time.Millisecond})
	return workflow.ExecuteActivity(ctx, "work", "").Get(ctx, nil)
}

// What an activity says of its fault reaches the frame whole: the sentence, whether anything was changed, and no more tries.
func TestAFaultIsPutToAPerson(t *testing.T) {
	t.Parallel()
	err := activities.Faulty(job.Fault{Class: job.FaultAccess, Undone: true, Says: "The status page does not let us in."})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, activities.FaultType, app.Type())
	require.True(t, app.NonRetryable())
	require.Equal(t, "The status page does not let us in", app.Message())
	var f job.Fault
	require.NoError(t, app.Details(&f))
	require.True(t, f.Undone)
	require.Equal(t, job.FaultAccess, f.Class)
}
