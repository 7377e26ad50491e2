package app

import (
	"context"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/job"
)

// schedules are the commands that are given by themselves. In a build for tests a minute may be shorter.
func (h *house) schedules() []job.Scheduled {
	all := slices.Clone(h.cfg.Schedules)
	for i := range all {
		if all[i].Every == time.Minute {
			all[i].Every = failpoint.Minute()
		}
	}
	return all
}

// keepSchedules makes the engine's schedules those of pawl.yaml, as soon as there is an engine. One that cannot do it yet is
// asked again; once is enough then, because pawl.yaml is read once.
func (w *workerRole) keepSchedules(ctx context.Context) {
	const most = 30 * time.Second
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, most) {
		if w.at.Load() != nil && w.engine.Load() != nil {
			within, cancel := context.WithTimeout(ctx, time.Minute)
			err := w.door.Reconcile(within)
			cancel()
			if err == nil {
				w.log.Debug().Int("schedules", len(w.cfg.Schedules)).Msg("the schedules are those of pawl.yaml")
				return
			}
			if ctx.Err() == nil {
				w.log.Warn().Err(err).Msg("setting up the schedules; trying again")
			}
		} else {
			wait = 50 * time.Millisecond // it is a look at this process
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
