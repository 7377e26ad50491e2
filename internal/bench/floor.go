package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/engine"
)

// floor is the least there can be on the same engine at the same time: a workflow that is started and runs one empty
// activity, with a client and a worker of our own and as the door starts runs.
type floor struct {
	client client.Client
	worker worker.Worker

	mu      sync.Mutex
	waiting map[string]chan time.Time // by the workflow's id
	n       int
}

const floorQueue = "bench-floor"

func newFloor(ctx context.Context, data string) (*floor, error) {
	c, err := engine.Dial(ctx, data)
	if err != nil {
		return nil, err
	}
	f := &floor{client: c, waiting: map[string]chan time.Time{}}
	f.worker = worker.New(c, floorQueue, worker.Options{})
	f.worker.RegisterWorkflowWithOptions(bare, workflow.RegisterOptions{Name: "bare"})
	f.worker.RegisterActivity(f.Touch)
	if err := f.worker.Start(); err != nil {
		c.Close()
		return nil, fmt.Errorf("starting the worker of the floor: %w", err)
	}
	return f, nil
}

func bare(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, "Touch", workflow.GetInfo(ctx).WorkflowExecution.ID).Get(ctx, nil)
}

// Touch tells when it began.
func (f *floor) Touch(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting[id] <- time.Now()
	return nil
}

// once returns how long it takes from the start of a workflow to its first activity.
func (f *floor) once(ctx context.Context) (time.Duration, error) {
	touched := make(chan time.Time, 2) // an activity may come twice
	f.mu.Lock()
	f.n++
	id := fmt.Sprintf("bare-%d", f.n)
	f.waiting[id] = touched
	f.mu.Unlock()
	began := time.Now()
	_, err := f.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: floorQueue, EnableEagerStart: true,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, "bare")
	if err != nil {
		return 0, fmt.Errorf("starting %s: %w", id, err)
	}
	select {
	case at := <-touched:
		return at.Sub(began), nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func (f *floor) close() {
	f.worker.Stop()
	f.client.Close()
}
