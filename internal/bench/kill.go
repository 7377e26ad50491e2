package main

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// kills pulls the plug under a running script, some times over, and says for each how long it took from the start of the
// next process until the board moved again.
func kills(ctx context.Context, f *fleet, times int) (moved []time.Duration, err error) {
	c, err := f.slack.types(ctx, 0, "bench script")
	if err != nil {
		return nil, err
	}
	for range times {
		if err := c.moves(ctx, time.Now()); err != nil {
			return nil, fmt.Errorf("before the kill: %w", err)
		}
		if err := f.end(syscall.SIGKILL); err != nil {
			return nil, err
		}
		began := time.Now()
		if _, err := f.up(ctx); err != nil {
			return nil, err
		}
		if err := c.moves(ctx, began); err != nil {
			return nil, fmt.Errorf("after the kill: %w", err)
		}
		t := c.now()
		moved = append(moved, t.firstEditAfter(began).Sub(began))
	}
	return moved, nil
}

// moves waits for an edit after a moment.
func (c command) moves(ctx context.Context, after time.Time) error {
	_, err := c.wait(ctx, time.Minute, "an edit of the board", func(t thread) bool { return !t.firstEditAfter(after).IsZero() })
	return err
}

// firstEditAfter is when the first edit after a moment was seen; zero when there was none.
func (t thread) firstEditAfter(moment time.Time) time.Time {
	for _, at := range t.edits {
		if at.After(moment) {
			return at
		}
	}
	return time.Time{}
}
