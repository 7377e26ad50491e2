package main

import (
	"context"
	"time"
)

// cost is the processor time of one run from the command to its last message, without what Pawl uses when nobody wants
// anything. It also returns that: per second of idling.
func cost(ctx context.Context, f *fleet, runs int) (each, idle time.Duration, err error) {
	const quiet = 5 * time.Second
	pid := f.proc.Process.Pid
	used := func(what func() error) (cpu, wall time.Duration, err error) {
		before, err := processor(pid)
		if err != nil {
			return 0, 0, err
		}
		began := time.Now()
		if err := what(); err != nil {
			return 0, 0, err
		}
		after, err := processor(pid)
		return after - before, time.Since(began), err
	}
	cpu, wall, err := used(func() error { return pause(ctx, quiet) })
	if err != nil {
		return 0, 0, err
	}
	perSecond := float64(cpu) / wall.Seconds()
	cpu, wall, err = used(func() error {
		commands := make([]command, runs)
		for i := range commands {
			if commands[i], err = f.slack.types(ctx, i, "bench"); err != nil {
				return err
			}
			if err := pause(ctx, pace/2); err != nil {
				return err
			}
		}
		for _, c := range commands {
			if err := c.ended(ctx, 2*time.Minute); err != nil {
				return err
			}
		}
		return nil
	})
	each = (cpu - time.Duration(perSecond*wall.Seconds())) / time.Duration(runs)
	return each, time.Duration(perSecond), err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
