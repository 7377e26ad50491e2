package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// partEnv says which part of a pawl process the served one is: "engine",
// "worker", or with nothing both.
const partEnv = "PAWL_ENGINE_TEST_PART"

func part(name string) func(dir string) error {
	switch name {
	case "engine":
		return serveEngine
	case "worker":
		return serveWorker
	}
	return serve
}

// serveEngine is the life of an engine without a worker.
func serveEngine(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	e, err := engine.Start(ctx, engine.Options{Dir: dir, Logger: logger()})
	if err != nil {
		return err
	}
	n, err := e.Revive(ctx)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(report{Event: "ready", Revived: n, Unclean: e.Unclean()}); err != nil {
		return err
	}
	<-ctx.Done()
	return e.Stop(context.Background())
}

// serveWorker is the life of a worker beside an engine, which may come later.
func serveWorker(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	e, err := joinSoon(ctx, dir)
	if err != nil {
		return err
	}
	if err := e.Adopt(); err != nil {
		return err
	}
	w := worker.New(e.Client(), queue("pawl", register))
	if err := w.Start(); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(report{Event: "ready"}); err != nil {
		return err
	}
	<-ctx.Done()
	return errors.Join(w.Drain(context.Background()), e.Stop(context.Background()))
}

// joinSoon joins the engine of dir as soon as it is there.
func joinSoon(ctx context.Context, dir string) (*engine.Engine, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		e, err := engine.Join(ctx, engine.Options{Dir: dir, Logger: logger()})
		var away *engine.AwayError
		if err == nil || !errors.As(err, &away) {
			return e, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// bystander joined an engine and only looks.
func bystander(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	e, err := joinSoon(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop(context.Background())) })
	return e
}

// doneBy is the process that has the only activity of a run.
func doneBy(t *testing.T, c client.Client, id string) string {
	t.Helper()
	d, err := c.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	require.Len(t, d.GetPendingActivities(), 1)
	return d.GetPendingActivities()[0].GetLastWorkerIdentity()
}
