package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// boot ends Pawl with a signal and starts it again, some times over. Between the two, while nothing runs, it calls
// between unless that is nil.
func boot(ctx context.Context, f *fleet, signal os.Signal, times int, between func() error) (took []time.Duration, err error) {
	for range times {
		if err := f.end(signal); err != nil {
			return nil, err
		}
		if between != nil {
			if err := between(); err != nil {
				return nil, err
			}
		}
		d, err := f.up(ctx)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

// park lets runs wait for their turn, and waits until each has its board.
func park(ctx context.Context, f *fleet, n int) error {
	commands := make([]command, n)
	for i := range commands {
		var err error
		if commands[i], err = f.slack.types(ctx, i, "bench wait"); err != nil {
			return err
		}
	}
	for i, c := range commands {
		if _, err := c.board(ctx, 2*time.Minute); err != nil {
			return fmt.Errorf("parking run %d: %w", i, err)
		}
	}
	return nil
}
