package app

import (
	"context"
	"errors"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
)

const (
	// insisting is how long the bridge itself keeps trying a start of unknown outcome, and a little more.
	insisting = 6 * time.Minute
	// unasked is the age at which a command is no longer run without asking: the person may have done it another way.
	unasked = 2 * time.Minute
)

// finishStart takes up a command that was allowed and has no run: the process that was starting it died in between.
// The person was told that it is not confirmed and that they need not type it again, so somebody has to keep that word.
func (w *workerRole) finishStart(ctx context.Context, r ledger.Run) error {
	age := time.Since(r.Started)
	switch {
	case age < insisting && w.somebodyInsists(r.Started):
		return nil
	case age < unasked:
		w.door.Start(ctx, job.Command{
			Name: r.Job, Args: r.Terms.Args, Text: r.Text, Plan: r.Terms.Plan, Key: r.Key, Actor: r.Actor, Place: r.Place, Typed: r.Started, Source: "sweeper",
		})
		return nil
	default:
		return w.sayNotStarted(ctx, r)
	}
}

// somebodyInsists reports whether the bridge that took a command at that time may still be trying to start it: one is
// alive that was there then. When that cannot be found out, it may.
func (w *workerRole) somebodyInsists(then time.Time) bool {
	all, err := lives.All(w.lives())
	if err != nil {
		w.log.Warn().Err(err).Msg("looking which bridges are alive")
		return true
	}
	for _, o := range all {
		switch {
		case lives.RoleOf(o.Name) != roleBridge:
		case !o.Alive:
			if err := lives.Bury(w.lives(), o.Name); err != nil {
				w.log.Warn().Err(err).Msg("forgetting a bridge that ended")
			}
		case o.Began.Before(then):
			return true
		}
	}
	return false
}

// sayNotStarted tells the person that nothing was started, and offers it again under the same key.
func (w *workerRole) sayNotStarted(ctx context.Context, r ledger.Run) error {
	text := board.Mention(r.Actor) + " `" + board.Clean(r.Text) + "` was not started: I was restarted before I could. Nothing was changed."
	_, err := w.poster.Post(ctx, board.Post{
		Place: r.Place, Key: string(r.Key) + "/not started", Since: r.Started, Again: true, Priority: board.Ask,
		Message: board.Message{
			Sentence: board.PlainText(text), Lines: []string{text},
			Buttons: []board.Button{{
				Label: "Run it now", Says: "Run " + r.Text + " now", Action: slackbridge.ActionCommand, Value: slackbridge.CommandValue(r.Key, r.Text), Style: board.Primary,
			}},
			Hint: "Or type it again.",
		},
	})
	if err != nil && !errors.Is(err, board.ErrNoPlace) {
		return err
	}
	_, err = w.ledger.Record(ctx, ledger.Entry{Key: r.Key, Kind: ledger.KindNotStarted(1), Run: r.ID, Job: r.Job, Actor: r.Actor, Place: r.Place})
	return err
}
