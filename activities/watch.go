package activities

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// watch keeps the heartbeat of an activity that attaches to what goes on elsewhere, a script or a build: it beats while the link is down as well,
// because the activity is alive then, and it carries the live tail to whoever describes the run.
type watch struct {
	ctx      context.Context
	done     chan struct{}
	ended    chan struct{} // nothing beats any more
	stopped  <-chan struct{}
	mu       sync.Mutex
	progress job.Progress
	since    time.Time // the link is down since then
}

func newWatch(ctx context.Context, heartbeat time.Duration) *watch {
	w := &watch{ctx: ctx, done: make(chan struct{}), ended: make(chan struct{}), stopped: activity.GetWorkerStopChannel(ctx)}
	if activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &w.progress)
	}
	go w.beat(max(heartbeat/4, 50*time.Millisecond))
	return w
}

func (w *watch) beat(every time.Duration) {
	defer close(w.ended)
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		activity.RecordHeartbeat(w.ctx, w.last())
		select {
		case <-w.done:
			return
		case <-t.C:
		}
	}
}

// lastBeat is how long a heartbeat that is on its way is waited for: an engine that is away must not keep an activity.
const lastBeat = time.Second

// stop ends it, and waits until nothing beats any more: an activity that is over must not say that it lives.
func (w *watch) stop() {
	close(w.done)
	t := time.NewTimer(lastBeat)
	defer t.Stop()
	select {
	case <-w.ended:
	case <-t.C:
	}
}

// see takes what the script said; the next heartbeat carries it.
func (w *watch) see(p job.Progress) {
	w.mu.Lock()
	w.progress = p
	w.mu.Unlock()
	activity.RecordHeartbeat(w.ctx, p)
}

func (w *watch) last() job.Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress.Note = fmt.Sprintf(format, args...)
}

// away notes that a host does not answer.
func (w *watch) away(host string) {
	w.note("%s does not answer since %s; trying again", host, board.Time(w.lost()))
}

// lost is since when the host does not answer.
func (w *watch) lost() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() {
		w.since = time.Now()
	}
	return w.since
}

func (w *watch) found() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Time{}
}

// until is a context that ends with the activity or with the worker.
func (w *watch) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-w.stopped:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (w *watch) stopping() bool {
	select {
	case <-w.stopped:
		return true
	default:
		return false
	}
}

// pause waits a second, or ends early with the activity or the worker.
func (w *watch) pause(ctx context.Context) {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-w.stopped:
	}
}
