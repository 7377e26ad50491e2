package engine_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// A dead process and a stopped worker look the same to a workflow.
func TestGoneMeansGone(t *testing.T) {
	t.Parallel()
	require.Equal(t, engine.WorkerGone, worker.Gone)
}

// The server pushes a cancel; waiting for a heartbeat would take seconds.
func TestCancelIsPushed(t *testing.T) {
	t.Parallel()
	e := shared(t)
	o := queue("push", register)
	o.HeartbeatThrottle = 8 * time.Second // the first heartbeat is sent, the next is far away
	work(t, e, o)
	path := filepath.Join(t.TempDir(), "go")
	r := run(t, e.Client(), "push", "push", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	answer := watch()
	require.NoError(t, e.Client().CancelWorkflow(t.Context(), "push", ""))
	err := r.Get(t.Context(), nil)
	wall, own := answer.read()
	var cancelled *temporal.CanceledError
	require.ErrorAs(t, err, &cancelled)
	t.Logf("cancelled and confirmed in %v, %v of it ours", wall, own)
	require.Less(t, own, time.Second)
}

// The server's own workers do schedules; they have to get past our TLS.
func TestAScheduleFires(t *testing.T) {
	t.Parallel()
	e := shared(t)
	work(t, e, queue("scheduled", register))
	path := filepath.Join(t.TempDir(), "go")
	h, err := e.Client().ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID:            "every-second",
		Spec:          client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Second}}},
		CatchupWindow: time.Minute,
		Action: &client.ScheduleWorkflowAction{
			ID: "scheduled", TaskQueue: "scheduled", Workflow: Watching, Args: []any{path},
		},
	})
	require.NoError(t, err)
	eventually(t, "the scheduled run is at work", func() bool { return attempts(path) == 1 })
	d, err := h.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, d.Info.NumActions, "the next ones are skipped while the first runs")
	require.NoError(t, h.Delete(t.Context()))
}

// A worker whose namespace goes away says so to the program.
func TestFatalErrorsSurface(t *testing.T) {
	t.Parallel()
	e := shared(t)
	_, err := e.Client().WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: "doomed", WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	eventually(t, "the namespace is known", func() bool {
		_, err := e.Client().WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "doomed"})
		return err == nil
	})
	c, err := client.NewClientFromExisting(e.Client(), client.Options{Namespace: "doomed", Logger: engine.NewLogger(zerolog.Nop())})
	require.NoError(t, err)
	said := make(chan error, 2)
	o := queue("fatal", register)
	o.OnFatal = func(err error) { said <- err }
	w := worker.New(c, o)
	require.NoError(t, w.Start())
	began := time.Now()
	_, err = e.Client().OperatorService().DeleteNamespace(t.Context(), &operatorservice.DeleteNamespaceRequest{Namespace: "doomed"})
	require.NoError(t, err)
	select {
	case err := <-said:
		var missing *serviceerror.NamespaceNotFound
		require.ErrorAs(t, err, &missing)
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was said")
	}
	t.Log(time.Since(began))
	require.NoError(t, w.Drain(t.Context()))
	require.Error(t, worker.New(c, queue("fatal", register)).Start(), "no such namespace")
}
