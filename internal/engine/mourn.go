package engine

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/lives"
)

const (
	// mournEvery is how soon the death of a worker is noticed.
	mournEvery = 250 * time.Millisecond
	// settled is how long after a death the server may still hand something to
	// the dead: a connection that broke is noticed within moments.
	settled = 2 * time.Second
)

// lookAfterWorkers revives what workers of other processes leave behind when
// they die, until ctx ends. It looks twice, because a task may have been on its
// way to the dead when it looked first; then it buries them.
func (e *Engine) lookAfterWorkers(ctx context.Context) {
	t := time.NewTicker(mournEvery)
	defer t.Stop()
	died := map[string]time.Time{} // those that were looked after once, and when
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := e.lookAfter(ctx, died); err != nil && ctx.Err() == nil {
			e.logger.Warn().Err(err).Msg("looking after workers that died")
		}
	}
}

func (e *Engine) lookAfter(ctx context.Context, died map[string]time.Time) error {
	all, err := lives.All(e.livesDir())
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Alive || !isWorker(o) {
			continue
		}
		since, known := died[o.Name]
		if known && time.Since(since) < settled {
			continue
		}
		n, err := e.Revive(ctx)
		if err != nil {
			return err
		}
		if !known {
			died[o.Name] = time.Now()
			e.logger.Info().Str("worker", o.Name).Int("pid", o.PID).Int("activities", n).Msg("a worker ended; what it did goes on")
			continue
		}
		if err := e.bury(o.Name); err != nil {
			return err
		}
		delete(died, o.Name)
	}
	return nil
}

// bury forgets a worker whose work was taken up. Which program it was is not
// known, so that the next one to carry on has to replay first.
func (e *Engine) bury(name string) error {
	if err := e.forgetProgram(); err != nil {
		return err
	}
	return lives.Bury(e.livesDir(), name)
}

func isWorker(o lives.Other) bool { return lives.RoleOf(o.Name) == "worker" }
