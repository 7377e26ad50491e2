package app

import (
	"context"
	"errors"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
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
func (p *Pawl) finishStart(ctx context.Context, r ledger.Run) error {
	age := time.Since(r.Started)
	switch {
	case r.Started.After(p.began) && age < insisting:
		return nil // this process is at it
	case age < unasked:
		p.door.Start(ctx, job.Command{
			Name: r.Job, Args: r.Terms.Args, Text: r.Text, Key: r.Key, Actor: r.Actor, Place: r.Place, Typed: r.Started, Source: "sweeper",
		})
		return nil
	default:
		return p.sayNotStarted(ctx, r)
	}
}

// sayNotStarted tells the person that nothing was started, and offers it again under the same key.
func (p *Pawl) sayNotStarted(ctx context.Context, r ledger.Run) error {
	text := board.Mention(r.Actor) + " `" + board.Clean(r.Text) + "` was not started: I was restarted before I could. Nothing was changed."
	_, err := p.bridge.Poster().Post(ctx, board.Post{
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
	_, err = p.ledger.Record(ctx, ledger.Entry{Key: r.Key, Kind: ledger.KindNotStarted(1), Run: r.ID, Job: r.Job, Actor: r.Actor, Place: r.Place})
	return err
}
