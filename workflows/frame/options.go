package frame

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
)

// acts names the activities; it is never called through.
var acts *activities.Activities

// Each kind of work has one set of options. Activities that must come to an end whatever happens are retried for days:
// what they do is idempotent by key.

func looking(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: 30 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, MaximumAttempts: 3, NonRetryableErrorTypes: []string{activities.RefusedType}},
	})
}

// peeking is for looks that ask others for data.
func peeking(ctx workflow.Context, t job.Timers) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, ScheduleToCloseTimeout: time.Minute, HeartbeatTimeout: t.Heartbeat,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, NonRetryableErrorTypes: []string{activities.FaultType, activities.RefusedType}},
	})
}

// speakingBeat is the silence after which somebody else says it: what the engine handed out in the moment in which it was
// killed may have reached nobody, and the engine believes that it did.
const speakingBeat = 10 * time.Second

// speaking is for everything that posts or edits. One attempt may wait for its share of Slack's budget.
func speaking(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		HeartbeatTimeout: speakingBeat, StartToCloseTimeout: 5 * time.Minute, ScheduleToCloseTimeout: 72 * time.Hour,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, MaximumInterval: time.Minute, NonRetryableErrorTypes: []string{activities.NoPlaceType}},
	})
}

// announcing is for announcements whose time passes: what the chat does not take within a while is told later by somebody else.
func announcing(ctx workflow.Context, within time.Duration) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: within, ScheduleToCloseTimeout: within,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, MaximumInterval: 5 * time.Second, NonRetryableErrorTypes: []string{activities.NoPlaceType, activities.RefusedType}},
	})
}

// recording is for the ledger: retried for days, because an outcome that was not written down did not happen for those who look it up.
func recording(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second, ScheduleToCloseTimeout: 7 * 24 * time.Hour,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, MaximumInterval: time.Minute},
	})
}

// watching is for the activity that attaches to a remote script. A cancel is confirmed by it.
func watching(ctx workflow.Context, t job.Timers, id string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID: id, StartToCloseTimeout: 7 * 24 * time.Hour, HeartbeatTimeout: t.Heartbeat, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 300 * time.Millisecond, MaximumInterval: 10 * time.Second, NonRetryableErrorTypes: []string{activities.ScriptRefusedType}},
	})
}

// working is for the activity that does the work of a step itself.
func working(ctx workflow.Context, t job.Timers, id string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID: id, StartToCloseTimeout: 7 * 24 * time.Hour, HeartbeatTimeout: t.Heartbeat, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 300 * time.Millisecond, MaximumInterval: 10 * time.Second, NonRetryableErrorTypes: []string{activities.FaultType, activities.RefusedType}},
	})
}

// stopping is for the activity that ends a remote script: retried until it is confirmed.
func stopping(ctx workflow.Context, t job.Timers) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 7 * 24 * time.Hour, HeartbeatTimeout: t.Heartbeat,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 300 * time.Millisecond, MaximumInterval: 10 * time.Second},
	})
}

func watchingBoard(ctx workflow.Context, t job.Timers) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: job.QueueBoards, StartToCloseTimeout: 7 * 24 * time.Hour, HeartbeatTimeout: t.Heartbeat, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 300 * time.Millisecond, MaximumInterval: 10 * time.Second},
	})
}

// observing asks again after a while, two seconds where nothing is said, until the activity is content. Its id lets the board's keeper find what it saw last.
func observing(ctx workflow.Context, id string, within, every time.Duration) workflow.Context {
	if every <= 0 {
		every = 2 * time.Second
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID: id, StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: within, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: every, BackoffCoefficient: 1, NonRetryableErrorTypes: []string{activities.RefusedType}},
	})
}

// acting says how an activity is done that changes the world at once.
type acting struct {
	once   bool          // never tried a second time without asking
	again  *int          // how often it is tried again by itself; nil: four times
	within time.Duration // how long one attempt may take; 0: a minute
}

func (a acting) options(ctx workflow.Context) workflow.Context {
	o := workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: 0, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 5, NonRetryableErrorTypes: []string{activities.RefusedType}},
	}
	if a.within > 0 {
		o.StartToCloseTimeout = a.within
	}
	switch {
	case a.once:
		o.RetryPolicy.MaximumAttempts = 1
	case a.again != nil:
		o.RetryPolicy.MaximumAttempts = int32(min(*a.again, 1000) + 1)
	}
	return workflow.WithActivityOptions(ctx, o)
}
