package app

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/looks"
)

// keepAnnouncements tells people how syncs stand where it could not be told when it happened.
func (w *workerRole) keepAnnouncements(ctx context.Context) {
	if len(w.cfg.Syncs) == 0 {
		return
	}
	t := time.NewTicker(w.cfg.Timers.Sweep)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := w.acts.RefreshAnnouncements(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn().Err(err).Msg("telling how syncs stand")
		}
	}
}

// syncLooks tell people how syncs stand when they ask.
func (h *house) syncLooks() []looks.Look {
	return looks.OfSyncs(looks.Syncs{Ledger: h.ledger, All: h.cfg.Syncs, Times: h.cfg.Schedules, Zone: h.cfg.Timezone})
}
