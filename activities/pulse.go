package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// pulse says that a working activity lives, and how far it is.
type pulse struct {
	ctx  context.Context
	stop func()

	mu    sync.Mutex
	said  job.Progress
	total int64 // how many records there are, as the source told last; 0: it did not
}

func newPulse(ctx context.Context) *pulse {
	p := &pulse{ctx: ctx}
	activity.RecordHeartbeat(ctx, p.said)
	p.stop = beating(ctx, func() any {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.said
	})
	return p
}

// beating says that an activity lives, with what details give. The first word comes after a while: most of what speaks is
// over before anybody could wonder. done ends it.
func beating(ctx context.Context, details ...func() any) (done func()) {
	every := activity.GetInfo(ctx).HeartbeatTimeout / 4
	if every <= 0 {
		return func() {}
	}
	over := make(chan struct{})
	go func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-over:
				return
			case <-t.C:
			}
			said := make([]any, len(details))
			for i, tell := range details {
				said[i] = tell()
			}
			activity.RecordHeartbeat(ctx, said...)
		}
	}()
	return func() { close(over) }
}

// stopping reports whether the worker is told to end: another one carries on.
func (p *pulse) stopping() bool {
	select {
	case <-activity.GetWorkerStopChannel(p.ctx):
		return true
	default:
		return false
	}
}

// at says how far a sync is; total is how many records there are, or 0 when the source does not tell.
func (p *pulse) at(at job.Position, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = total
	p.said.Note, p.said.Percent = fmt.Sprintf("page %d, %s rows", at.Pages, board.Count(at.Written)), 0
	if total > 0 {
		p.said.Percent = int(min(at.Read*100/total, 99))
	}
}

// where adds to a fault at which page it was met: "page 32 of about 49".
func (p *pulse) where(err error, at job.Position) error {
	var fault *job.Fault
	if !errors.As(err, &fault) || fault.At != "" {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fault.At = fmt.Sprintf("page %d", at.Pages+1)
	if p.total > 0 && at.Read > 0 {
		pages := (p.total*int64(at.Pages) + at.Read - 1) / at.Read
		fault.At += fmt.Sprintf(" of about %d", max(pages, int64(at.Pages)+1))
	}
	return err
}

// waits says why nothing happens for a while.
func (p *pulse) waits(why string, _ time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said.Note = board.Clean(why)
}
