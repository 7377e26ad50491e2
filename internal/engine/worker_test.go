package engine_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// The server pushes a cancel; waiting for a heartbeat would take seconds.
func TestCancelIsPushed(t *testing.T) {
	t.Parallel()
	e := shared(t)
	o := queue("push", register)
	o.HeartbeatThrottle = 20 * time.Second // the first heartbeat is sent, the next is far away
	work(t, e, o)
	path := filepath.Join(t.TempDir(), "go")
	r := run(t, e.Client(), "push", "push", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	began := time.Now()
	require.NoError(t, e.Client().CancelWorkflow(t.Context(), "push", ""))
	err := r.Get(t.Context(), nil)
	took := time.Since(began)
	var cancelled *temporal.CanceledError
	require.ErrorAs(t, err, &cancelled)
	t.Logf("cancelled and confirmed in %v", took)
	require.Less(t, took, o.HeartbeatThrottle/2)
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

// A worker that cannot work says so when it is started.
func TestStartingInAnUnknownNamespace(t *testing.T) {
	t.Parallel()
	c, err := client.NewClientFromExisting(shared(t).Client(), client.Options{Namespace: "nowhere", Logger: engine.NewLogger(zerolog.Nop())})
	require.NoError(t, err)
	var missing *serviceerror.NamespaceNotFound
	err = worker.New(c, queue("nowhere", register)).Start()
	require.ErrorAs(t, err, &missing)
	require.ErrorContains(t, err, "starting the worker of the")
}
