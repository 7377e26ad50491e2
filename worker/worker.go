// Package worker is where runs live: it polls Temporal's task queues and
// executes workflows and activities.
//
// A process starts in this order: the engine is there, [Guard] has replayed the
// runs under way with this program's code, [New] and [Worker.Start] begin to
// poll. It ends with [Worker.Drain], after which everything is resumable, as it
// is after a kill.
package worker

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"
)

// Options say what a worker executes. Guard takes the same ones, so that what
// was checked is what runs.
type Options struct {
	// Queue is the task queue of all workflows and of their activities.
	Queue string
	// BoardQueue is the task queue of the activities that keep boards. One is
	// open for as long as its run is; on the main queue a thousand runs that
	// wait for a person would leave no room for a single step.
	BoardQueue string

	// Register names the workflows and activities of Queue, RegisterBoards the
	// activities of BoardQueue.
	Register       func(sdkworker.Registry)
	RegisterBoards func(sdkworker.Registry)

	// OnFatal hears of an error after which a worker stops by itself, such as
	// a namespace that is gone. The SDK gives up only when such errors have
	// lasted for two minutes. It is called at most once for each queue and
	// must not block.
	OnFatal func(error)

	// StopTimeout is how long Drain lets activities without a heartbeat
	// timeout finish: 5 s.
	StopTimeout time.Duration
	// StickyTimeout is how long a workflow task waits for the worker that has
	// the run in memory before any other may take it: 2 s.
	StickyTimeout time.Duration
	// HeartbeatThrottle is the longest time for which heartbeats are held
	// back, and with them what people see of a running step: 2 s.
	HeartbeatThrottle time.Duration
	// DeadlockTimeout is how long workflow code may compute without yielding
	// before its task fails: 5 s, because a small machine under load stalls
	// for longer than Temporal's default of 1 s.
	DeadlockTimeout time.Duration
}

// Each open board holds a slot and needs next to nothing.
const boardSlots = 5000

// Worker polls both queues. Make one with New.
type Worker struct {
	runs, boards sdkworker.Worker
}

// New prepares a worker on a client that must outlive it. It panics when
// Register names something twice, as the SDK does.
func New(c client.Client, o Options) *Worker {
	o = o.withDefaults()
	w := &Worker{
		runs: sdkworker.New(c, o.Queue, o.sdk(func(so *sdkworker.Options) {
			so.MaxConcurrentWorkflowTaskPollers = 8
			so.MaxConcurrentActivityTaskPollers = 8
		})),
		boards: sdkworker.New(c, o.BoardQueue, o.sdk(func(so *sdkworker.Options) {
			so.DisableWorkflowWorker = true
			so.MaxConcurrentActivityTaskPollers = 4
			so.MaxConcurrentActivityExecutionSize = boardSlots
		})),
	}
	o.Register(w.runs)
	if o.RegisterBoards != nil {
		o.RegisterBoards(w.boards)
	}
	return w
}

// Start begins to poll. It returns an error when Temporal does not answer or
// does not have the namespace; nothing is running then.
func (w *Worker) Start() error {
	if err := w.boards.Start(); err != nil {
		return fmt.Errorf("starting the worker of the boards: %w", err)
	}
	if err := w.runs.Start(); err != nil {
		w.boards.Stop()
		return fmt.Errorf("starting the worker of the runs: %w", err)
	}
	return nil
}

// Drain stops polling and waits until nothing is being executed here.
// Activities with a heartbeat timeout are interrupted at once and will be tried
// again by the next worker; the others have StopTimeout to finish. It returns
// ctx's error when ctx ends first; then the process may exit as well, only that
// Temporal learns later what it was doing.
func (w *Worker) Drain(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { w.runs.Stop(); return nil })
	g.Go(func() error { w.boards.Stop(); return nil })
	done := make(chan error, 1)
	go func() { done <- g.Wait() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("draining the worker: %w", ctx.Err())
	}
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&o.StopTimeout, 5*time.Second)
	set(&o.StickyTimeout, 2*time.Second)
	set(&o.HeartbeatThrottle, 2*time.Second)
	set(&o.DeadlockTimeout, 5*time.Second)
	return o
}

func (o Options) sdk(change func(*sdkworker.Options)) sdkworker.Options {
	so := sdkworker.Options{
		WorkerStopTimeout:            o.StopTimeout,
		StickyScheduleToStartTimeout: o.StickyTimeout,
		MaxHeartbeatThrottleInterval: o.HeartbeatThrottle,
		DeadlockDetectionTimeout:     o.DeadlockTimeout,
		OnFatalError:                 o.OnFatal,
		Interceptors:                 []interceptor.WorkerInterceptor{&interrupter{}},
	}
	change(&so)
	return so
}
