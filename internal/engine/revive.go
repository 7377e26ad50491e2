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

	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/worker"
)

// Revive ends, with an error of type worker.Gone, every activity that a process
// which has ended had under way, so that each is tried again at once instead of
// after its heartbeat timeout. It returns how many there were.
//
// Only the process with the lock of the data directory knows who is alive: a
// worker inside it died with the process before, and one in a process of its
// own holds the lock of its life. So it works only on an engine of this process
// and does nothing elsewhere. It may be called at any time; what lives is left
// alone. The decision and its limits are in docs/adr/0004.
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
		orphaned, err := e.orphaned(a)
		if err != nil {
			return n, fmt.Errorf("reviving activity %s of %s: %w", a.GetActivityType().GetName(), run.workflowID, err)
		}
		if !orphaned {
			continue
		}
		err = e.client.CompleteActivityByID(ctx, e.namespace, run.workflowID, run.runID, a.GetActivityId(), nil, gone)
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

// orphaned reports whether an activity was started by a process that has ended.
// A worker begins its life before it asks for anything to do, so that one seen
// in a run which was described before has either a life or an end. An activity
// whose cancel was requested is not tried again, but it too would stay silent
// until its heartbeat timeout.
func (e *Engine) orphaned(a *workflowpb.PendingActivityInfo) (bool, error) {
	switch a.GetState() {
	case enumspb.PENDING_ACTIVITY_STATE_STARTED,
		enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED,
		enumspb.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED:
	default:
		return false, nil
	}
	by := a.GetLastWorkerIdentity()
	if by == e.identity {
		return false, nil
	}
	alive, err := lives.Alive(e.livesDir(), by)
	return !alive, err
}
