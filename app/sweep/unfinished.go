package sweep

import (
	"context"
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
	// launching is how long the launcher of a schedule may need: it is in the engine's keeping and starts the run itself.
	launching = 24 * time.Hour
	// unasked is the age at which a command is no longer run without asking: the person may have done it another way.
	unasked = 2 * time.Minute
)

// finishStart takes up a command that was allowed and has no run: the process that was starting it died in between.
// The person was told that it is not confirmed and that they need not type it again, so somebody has to keep that word.
func (s *Sweeper) finishStart(ctx context.Context, r ledger.Run) error {
	age := time.Since(r.Started)
	if r.Actor.Kind == job.Schedule {
		if age < launching {
			return nil
		}
		return s.giveUp(ctx, r)
	}
	switch {
	case age < insisting && s.somebodyInsists(r.Started):
		return nil
	case age < unasked:
		s.Door.Start(ctx, job.Command{
			Name: r.Job, Args: r.Terms.Args, Text: r.Text, Plan: r.Terms.Plan, Key: r.Key, Actor: r.Actor, Place: r.Place, Typed: r.Started, Source: "sweeper",
		})
		return nil
	default:
		return s.sayNotStarted(ctx, r)
	}
}

// somebodyInsists reports whether the bridge that took a command at that time may still be trying to start it: one is
// alive that was there then. When that cannot be found out, it may.
func (s *Sweeper) somebodyInsists(then time.Time) bool {
	all, err := lives.All(s.Lives)
	if err != nil {
		s.Log.Warn().Err(err).Msg("looking which bridges are alive")
		return true
	}
	for _, o := range all {
		if isBridge(o) && o.Alive && o.Began.Before(then) {
			return true
		}
	}
	return false
}

// sayNotStarted tells the person that nothing was started, and offers it again under the same key.
func (s *Sweeper) sayNotStarted(ctx context.Context, r ledger.Run) error {
	text := board.Mention(r.Actor) + " `" + board.Clean(r.Text) + "` was not started: I was restarted before I could. Nothing was changed."
	m := board.Message{Lines: []string{text}, Hint: "Type it again if you still want it."}
	if r.Place.Channel != "" { // a button completes what was typed in the chat
		m.Hint = "Or type it again."
		m.Buttons = []board.Button{{
			Label: "Run it now", Says: "Run " + r.Text + " now", Action: slackbridge.ActionCommand, Value: slackbridge.CommandValue(r.Key, r.Text), Style: board.Primary,
		}}
	}
	if err := s.say(ctx, r, "not started", board.Ask, m); err != nil {
		return err
	}
	return s.giveUp(ctx, r)
}

// giveUp writes down that a command was never started.
func (s *Sweeper) giveUp(ctx context.Context, r ledger.Run) error {
	_, err := s.Ledger.Record(ctx, ledger.Entry{Key: r.Key, Kind: ledger.KindNotStarted(1), Run: r.ID, Job: r.Job, Actor: r.Actor, Place: r.Place})
	return err
}
