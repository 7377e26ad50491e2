package slackbridge

import (
	"context"
	"sync"
	"time"
)

// How much is worked on at once. A command takes milliseconds, or the start deadline while the engine is slow: a hundred
// people who type at once are served within a second or two even then.
const (
	workers  = 64
	waitRoom = 1024
)

// intake stands between the sockets, which must never wait, and the handlers, which may.
type intake struct {
	room   chan envelope
	handle func(context.Context, envelope)

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup // envelopes taken and not yet handled
}

func newIntake(handle func(context.Context, envelope)) *intake {
	return &intake{room: make(chan envelope, waitRoom), handle: handle}
}

// take accepts an envelope if there is room, without ever waiting. One that is not taken is not acknowledged either, so
// that Slack delivers it again, here or elsewhere.
func (i *intake) take(e envelope) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return false
	}
	i.busy.Add(1) // before a worker can be done with it
	select {
	case i.room <- e:
		return true
	default:
		i.busy.Done()
		return false
	}
}

// run handles what was taken until ctx ends.
func (i *intake) run(ctx context.Context) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				select {
				case e := <-i.room:
					i.handle(ctx, e)
					i.busy.Done()
				case <-ctx.Done():
					return
				}
			}
		})
	}
	wg.Wait()
	i.drop()
}

// drop lets go of what was taken and will not be handled: unacknowledged, Slack delivers it again.
func (i *intake) drop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	for {
		select {
		case <-i.room:
			i.busy.Done()
		default:
			return
		}
	}
}

// close takes nothing more, and waits until what was taken is handled or ctx ends.
func (i *intake) close(ctx context.Context) error {
	i.mu.Lock()
	i.closed = true
	i.mu.Unlock()
	return within(ctx, i.busy.Wait)
}

// within waits for wait to return, or for ctx to end.
func within(ctx context.Context, wait func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until asks again and again whether something is so, and gives up after patience. It is for the far end of a queue inside
// slack-go, where there is nothing to wait on.
func until(patience time.Duration, so func() bool) bool {
	end := time.NewTimer(patience)
	defer end.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-end.C:
			return so()
		}
	}
	return true
}
