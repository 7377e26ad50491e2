package app

import (
	"context"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

// home is what somebody's Home tab in Slack shows. It comes from the ledger, also while the engine is down.
func (b *bridgeRole) home(specs []job.Spec) func(context.Context, job.Actor) (board.Page, error) {
	h := looks.NewHome(looks.HomeOptions{
		Ledger: b.ledger, Specs: specs, May: b.may, Awaits: b.door.Awaits, Again: b.door.MayAgain,
		Link: func(ctx context.Context, at job.Posted) (string, error) { return b.slack.Poster().Link(ctx, at) },
	})
	return h.Of
}

// questionPlace is where a question of a run stands: what is told privately about it is told there. That is not in
// somebody else's direct message.
func (b *bridgeRole) questionPlace(ctx context.Context, a job.Actor, run string, ask int) (job.Place, bool) {
	r, known, err := b.ledger.Run(ctx, run)
	if err != nil {
		b.log.Warn().Err(err).Str("run", run).Msg("looking up where a question stands")
	}
	if err != nil || !known {
		return job.Place{}, false
	}
	for _, w := range r.Waits {
		switch {
		case w.For != ledger.ForPerson || w.Ask != ask || w.At.Zero():
		case r.Place.Direct && w.At.Channel == r.Place.Channel && !r.Actor.Same(a):
		case w.At.Channel == r.Place.Channel:
			return job.Place{Channel: r.Place.Channel, Thread: r.Place.Thread, Direct: r.Place.Direct}, true
		default:
			return job.Place{Channel: w.At.Channel}, true
		}
	}
	return job.Place{}, false
}
