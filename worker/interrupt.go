package worker

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// Gone is the type of the application error with which an activity ends when
// its worker stops, and with which a restarted engine ends those of a process
// that was killed. To a workflow both mean what a heartbeat timeout means:
// nobody knows how far the activity came.
const Gone = "WorkerGone"

// resumeAfter is the pause before the next worker may take an interrupted
// activity. The old one has stopped polling by then.
const resumeAfter = 100 * time.Millisecond

// stopping is the cause of the context of an interrupted activity.
type stopping struct{}

func (stopping) Error() string { return "the worker is stopping" }

// interrupter ends long activities when the worker stops. An activity with a
// heartbeat timeout is one that may last and that can be resumed: it watches
// something that goes on without it. One without is short, and better finished
// than repeated.
type interrupter struct {
	interceptor.WorkerInterceptorBase
}

func (*interrupter) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &interruptible{}
	i.Next = next
	return i
}

type interruptible struct {
	interceptor.ActivityInboundInterceptorBase
}

func (i *interruptible) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if activity.GetInfo(ctx).HeartbeatTimeout == 0 {
		return i.Next.ExecuteActivity(ctx, in)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := activity.GetWorkerStopChannel(ctx)
	go func() {
		select {
		case <-stop:
			cancel(stopping{})
		case <-ctx.Done():
		}
	}()
	out, err := i.Next.ExecuteActivity(ctx, in)
	return out, resumable(ctx, err)
}

// resumable turns the error of an interrupted activity into one that is tried
// again. As it is, a cancelled context would end the activity for good,
// because Temporal takes it for the answer to a request to cancel. What an
// activity says of itself, in an application error, stays as it is.
func resumable(ctx context.Context, err error) error {
	var said *temporal.ApplicationError
	if err == nil || errors.Is(err, activity.ErrResultPending) || errors.As(err, &said) {
		return err
	}
	if !errors.Is(context.Cause(ctx), stopping{}) {
		return err
	}
	return temporal.NewApplicationErrorWithOptions("the worker that ran this has stopped", Gone, temporal.ApplicationErrorOptions{
		NextRetryDelay: resumeAfter,
		Category:       temporal.ApplicationErrorCategoryBenign,
		Cause:          err,
	})
}
