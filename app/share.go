package app

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// shareEvery is how often the workers are counted that speak with one bot token.
const shareEvery = 10 * time.Second

// shareForEver takes its part of what Slack allows: as large as that of every other worker. A bridge apart from the
// workers does not count: it answers people, which is little beside the boards.
func (w *workerRole) shareForEver(ctx context.Context) {
	t := time.NewTicker(shareEvery)
	defer t.Stop()
	for said := 1; ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		e := w.engine.Load()
		if e == nil {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, 2*time.Second)
		n, err := e.Workers(asking, job.QueueBoards)
		cancel()
		if err != nil || n == 0 {
			continue // it does not answer, or has not seen us yet
		}
		w.poster.Share(n)
		if n != said {
			w.log.Info().Int("workers", n).Msg("workers share what Slack allows")
			said = n
		}
	}
}
