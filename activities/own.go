package activities

import (
	"context"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Key is what makes a step the same step, inside an activity: it stays when the activity is tried again by itself, after
// a kill too, and is another one when a person says retry. Send it along to a system that knows what it has already done
// (an Idempotency-Key, the name of a file), and a second attempt finds the first. It is at most 100 bytes of ASCII
// letters, digits, "-" and "/": "toy-k4m7q2/12".
func Key(ctx context.Context) string {
	info := activity.GetInfo(ctx)
	return info.WorkflowExecution.ID + "/" + info.ActivityID
}

// Alive says for an activity of frame.Work or frame.Peek that it lives, four times in the time after which it would be
// given up (10 s, timers: heartbeat), with what tell gives: how far it is, which people read under the step. It is called
// from another goroutine. Done must be called when the activity ends.
//
// When the run is cancelled or the worker ends, ctx is cancelled with the next of these words; return its error then.
func Alive(ctx context.Context, tell func() job.Progress) (done func()) {
	told := func() any {
		p := tell()
		p.Note = board.Clean(p.Note)
		return p
	}
	activity.RecordHeartbeat(ctx, told())
	return beating(ctx, told)
}

// Faulty ends an activity with something a person has to know, and is not tried again by itself: what Says has is put to
// the person who asked, in a sentence. Undone says that nothing was changed for certain, so that even what must happen
// only once may be tried again.
func Faulty(f job.Fault) error {
	return temporal.NewNonRetryableApplicationError(board.Clean(strings.TrimSuffix(f.Says, ".")), FaultType, f.Cause, f)
}
