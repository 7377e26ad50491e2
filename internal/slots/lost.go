package slots

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/ledger"
)

// looked is how many earlier runs are looked at to find out why nothing ran.
const looked = 5

// Lost are the times after what is accounted for and before another moment, put together by why nothing ran at them. None
// when the schedule is paused or new.
func (s Slots) Lost(ctx context.Context, l Ledger, p Past, before time.Time) ([]ledger.Lost, error) {
	if !p.Known || p.Held.Paused || p.Since.IsZero() {
		return nil, nil
	}
	return s.Why(ctx, l, p, s.Between(p.Since, before))
}

// Why puts times together by why nothing ran at them, in their order: the run before went on, or Pawl was not there.
func (s Slots) Why(ctx context.Context, l Ledger, p Past, times []time.Time) ([]ledger.Lost, error) {
	if len(times) == 0 {
		return nil, nil
	}
	var runs []ledger.Run
	for _, r := range p.Runs[:min(len(p.Runs), looked)] {
		run, found, err := l.Run(ctx, r.Run)
		if err != nil {
			return nil, err
		}
		if found {
			runs = append(runs, run)
		}
	}
	var lost []ledger.Lost
	for _, t := range times {
		why := ledger.LostAway
		for _, r := range runs {
			if !r.Started.After(t) && (r.Open() || r.Ended.After(t)) {
				why = ledger.LostBusy
			}
		}
		if n := len(lost) - 1; n >= 0 && lost[n].Why == why {
			lost[n].Last = t
			lost[n].Count++
			continue
		}
		lost = append(lost, ledger.Lost{First: t, Last: t, Count: 1, Why: why})
	}
	return lost, nil
}
