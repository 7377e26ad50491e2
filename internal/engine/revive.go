package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"github.com/pawl-ops/pawl/worker"
)

// Revive ends, with an error of type worker.Gone, every activity that an
// earlier process had under way, so that each is tried again at once instead
// of after its heartbeat timeout. It returns how many there were.
//
// Whoever has the lock of the data directory knows that all earlier workers
// are dead, so it works only on an embedded engine (elsewhere it does nothing)
// and is to be called before the workers poll.
func (e *Engine) Revive(ctx context.Context) (int, error) {
	if e.server == nil {
		return 0, nil
	}
	// Not from a list query: after a crash the index may lack runs.
	runs, err := e.server.busyRuns(ctx)
	if err != nil {
		return 0, fmt.Errorf("reviving activities: %w", err)
	}
	var revived atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, run := range runs {
		if strings.HasPrefix(run.workflowID, "temporal-sys-") {
			continue // the server's own workers came up with it and are at work
		}
		g.Go(func() error {
			n, err := e.reviveRun(ctx, run)
			revived.Add(int64(n))
			return err
		})
	}
	err = g.Wait()
	return int(revived.Load()), err
}

// resumeAfter is the pause before an activity whose process died is tried again. Without it each death would double the
// pause before the next attempt, although the activity has done nothing wrong.
const resumeAfter = 100 * time.Millisecond

func (e *Engine) reviveRun(ctx context.Context, run execution) (int, error) {
	var closed *serviceerror.NotFound
	d, err := e.client.DescribeWorkflowExecution(ctx, run.workflowID, run.runID)
	if errors.As(err, &closed) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reviving %s: %w", run.workflowID, err)
	}
	gone := temporal.NewApplicationErrorWithOptions("the process that ran this has ended", worker.Gone, temporal.ApplicationErrorOptions{
		NextRetryDelay: resumeAfter, Category: temporal.ApplicationErrorCategoryBenign,
	})
	n := 0
	for _, a := range d.GetPendingActivities() {
		if !e.orphaned(a) {
			continue
		}
		err := e.client.CompleteActivityByID(ctx, e.namespace, run.workflowID, run.runID, a.GetActivityId(), nil, gone)
		if errors.As(err, &closed) {
			continue // its timeout came first
		}
		if err != nil {
			return n, fmt.Errorf("reviving activity %s of %s: %w", a.GetActivityType().GetName(), run.workflowID, err)
		}
		n++
	}
	return n, nil
}

// orphaned reports whether an activity was started by another process than
// this one. One whose cancel was requested is not tried again, but it too
// would stay silent until its heartbeat timeout.
func (e *Engine) orphaned(a *workflowpb.PendingActivityInfo) bool {
	switch a.GetState() {
	case enumspb.PENDING_ACTIVITY_STATE_STARTED,
		enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED,
		enumspb.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED:
		return a.GetLastWorkerIdentity() != e.identity
	}
	return false
}
