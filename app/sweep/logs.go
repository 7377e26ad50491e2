package sweep

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/job"
)

const (
	// logsKept is how long the log of a script stays on its host after it was last written to: as long as the engine
	// keeps what it knows of the run.
	logsKept = 30 * 24 * time.Hour
	// pruneEvery is how often old logs are looked for, and pruneFirst when first: a process that was just started has
	// other things to do.
	pruneEvery, pruneFirst = 6 * time.Hour, 10 * time.Minute
)

// Pruner removes old logs on a host, but none of the runs with the first execution ids in keep: see package sshrun.
type Pruner interface {
	Prune(ctx context.Context, h job.Host, age time.Duration, keep []string) (int, error)
}

// PruneForEver removes old logs from the hosts until ctx ends, where it is this process that sweeps. The directories
// stay, so that a script is never started a second time.
func (s *Sweeper) PruneForEver(ctx context.Context) {
	wait := time.NewTimer(pruneFirst)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		s.prune(ctx)
		wait.Reset(pruneEvery)
	}
}

// prune removes what is old on every host, but nothing of a run that is open: whoever answers it may want to read on.
func (s *Sweeper) prune(ctx context.Context) {
	if mine, err := s.mine(); err != nil || !mine {
		return
	}
	open, err := s.Ledger.OpenRuns(ctx)
	if err != nil {
		s.Log.Warn().Err(err).Msg("looking for old logs on the hosts")
		return
	}
	var keep []string
	for _, r := range open {
		if r.Execution != "" {
			keep = append(keep, r.Execution)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Hosts)) {
		n, err := s.Pruner.Prune(ctx, s.Hosts[name], logsKept, keep)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.Log.Warn().Err(err).Str("host", name).Msg("removing old logs")
		case n > 0:
			s.Log.Info().Str("host", name).Int("logs", n).Msg("removed old logs")
		}
	}
}
