package app

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// again gives what an ended run was asked for with, or a sentence why it cannot be done once more.
func (b *bridgeRole) again(ctx context.Context, id string) (c job.Command, why string, ok bool) {
	r, known, err := b.ended(ctx, id)
	switch {
	case err != nil:
		b.log.Warn().Err(err).Str("run", id).Msg("looking up what a run was asked for")
		return job.Command{}, "I cannot look that run up just now: the ledger does not answer. Nothing was started.", false
	case !known:
		return job.Command{}, fmt.Sprintf("I know of no run `%s`. Nothing was started.", board.Clean(id)), false
	case r.Open():
		why = fmt.Sprintf("`%s` is still under way, so there is nothing to do again yet.", r.ID)
		if !r.Board.Zero() {
			if link, err := b.slack.Poster().Link(ctx, r.Board); err == nil {
				why += " " + board.Link(link, "Follow it there")
			}
		}
		return job.Command{}, why, false
	}
	return job.Command{Name: r.Job, Args: r.Terms.Args, Text: r.Text, Plan: r.Terms.Plan}, "", true
}

// endsWithin is how long the last row of a run may come after its last message: who reads that it is over may want it
// again at once.
const endsWithin = time.Second

// ended is a run; one that has nothing more to do than to write down how it ended gets a moment for it.
func (b *bridgeRole) ended(ctx context.Context, id string) (r ledger.Run, known bool, err error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for patience := time.Now().Add(endsWithin); ; {
		r, known, err = b.ledger.Run(ctx, id)
		if err != nil || !known || !r.Open() || len(r.Waits) > 0 || time.Now().After(patience) {
			return r, known, err
		}
		select {
		case <-ctx.Done():
			return r, known, err
		case <-tick.C:
		}
	}
}
