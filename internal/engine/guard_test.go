package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// changed registers Parked as an upgrade may have left it.
func changed(parked func(workflow.Context) error) func(sdkworker.Registry) {
	return func(r sdkworker.Registry) {
		r.RegisterWorkflow(Watching)
		r.RegisterWorkflow(WatchingDeaf)
		if parked != nil {
			r.RegisterWorkflowWithOptions(parked, workflow.RegisterOptions{Name: "Parked"})
		}
		r.RegisterActivity(Watch)
		r.RegisterActivity(Touch)
	}
}

func sleepsFirst(ctx workflow.Context) error {
	if err := workflow.Sleep(ctx, time.Second); err != nil {
		return err
	}
	return Parked(ctx)
}

func doesNotWait(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, Touch, "a").Get(ctx, nil)
}

// waitsAndThenSleeps differs from Parked only after the wait, where no run is.
func waitsAndThenSleeps(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for _, thing := range []string{"a", "b"} {
		if err := workflow.ExecuteActivity(ctx, Touch, thing).Get(ctx, nil); err != nil {
			return err
		}
	}
	workflow.GetSignalChannel(ctx, "decision").Receive(ctx, nil)
	return workflow.Sleep(ctx, time.Hour)
}

func TestGuard(t *testing.T) {
	t.Parallel()
	e := start(t, t.TempDir())
	o := queue("pawl", register)
	w := work(t, e, o)
	const n = 6
	for i := range n {
		run(t, e.Client(), fmt.Sprint("parked-", i), "pawl", Parked)
	}
	for i := range n {
		eventually(t, "the run waits", func() bool { return parked(t, e.Client(), fmt.Sprint("parked-", i)) })
	}
	require.NoError(t, w.Drain(t.Context()))
	// No worker is up: these have done nothing yet, and one run was decided.
	for i := range 3 {
		run(t, e.Client(), fmt.Sprint("accepted-", i), "pawl", "Parked")
	}
	require.NoError(t, e.Client().SignalWorkflow(t.Context(), "accepted-0", "", "decision", nil))
	require.NoError(t, e.Client().SignalWorkflow(t.Context(), "parked-0", "", "decision", nil))
	// Somebody else's workflow in the same namespace is none of our business.
	run(t, e.Client(), "foreign", "elsewhere", "Unheard")
	listed(t, e, n+3+1)

	require.NoError(t, worker.Guard(t.Context(), e.Client(), o), "the same code")
	o.Register = changed(waitsAndThenSleeps)
	require.NoError(t, worker.Guard(t.Context(), e.Client(), o), "a change where no run is")

	for name, parked := range map[string]func(workflow.Context) error{"a new first step": sleepsFirst, "a wait that is gone": doesNotWait, "a job that is gone": nil} {
		o.Register = changed(parked)
		err := worker.Guard(t.Context(), e.Client(), o)
		var guard *worker.GuardError
		require.ErrorAs(t, err, &guard, name)
		require.Equal(t, n+3, guard.Checked)
		require.Len(t, guard.Broken, n, name)
		for i, b := range guard.Broken {
			require.Equal(t, fmt.Sprint("parked-", i), b.ID)
			require.Equal(t, "Parked", b.Job)
		}
		require.ErrorContains(t, err, fmt.Sprintf("cannot carry on %d of the %d runs under way", n, n+3))
		require.ErrorContains(t, err, "start the version that ran before")
		t.Logf("%s: %v", name, err)
	}

	// After the refusal the version that ran before goes on as if nothing was.
	work(t, e, queue("pawl", register))
	require.NoError(t, e.Client().GetWorkflow(t.Context(), "parked-0", "").Get(t.Context(), nil))
	require.NoError(t, e.Client().GetWorkflow(t.Context(), "accepted-0", "").Get(t.Context(), nil))
}

// listed waits until the index shows n open runs.
func listed(t *testing.T, e *engine.Engine, n int) {
	eventually(t, "the runs are listed", func() bool {
		l, err := e.Client().ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'"})
		require.NoError(t, err)
		return len(l.GetExecutions()) == n
	})
}
