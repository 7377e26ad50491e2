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
	select {
	case i.room <- e:
		i.busy.Add(1)
		return true
	default:
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

// until asks again and again whether something is so, and gives up after patience.
func until(patience time.Duration, so func() bool) bool {
	deadline := time.Now().Add(patience)
	for !so() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(2 * time.Millisecond) // the far end of a queue inside slack-go: there is nothing to wait on
	}
	return true
}
