package activities

import (
	"context"
	"errors"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// owner tells who mends a sync what they need to know, in the thread under what everybody reads.
func (b *announcement) owner(ctx context.Context, n SyncEvent, again bool) error {
	if b.stand.State != syncs.Broken || b.stand.Trouble == nil {
		return b.settle(ctx, n.By, again)
	}
	if n.What != EventTrouble && n.What != EventEnded {
		return nil // it knows no answers, and may come late: those that are offered stay
	}
	m := b.stand.Owner(n.Ask, n.Answers)
	if b.posted.Owner.Zero() || !b.posted.Open {
		at, err := b.reply(ctx, "owner/"+string(n.key()), again, m)
		if err != nil {
			return err
		}
		b.posted.Owner, b.posted.Open = at, true
		return b.note(ctx)
	}
	err := b.a.Poster.Edit(ctx, b.posted.Owner, board.Ask, func() board.Message { return m })
	if errors.Is(err, board.ErrGone) {
		return nil
	}
	return err
}

// settle tells who was to mend it that it is fine again.
func (b *announcement) settle(ctx context.Context, tried string, again bool) error {
	if !b.posted.Open || b.stand.State == syncs.Broken || b.stand.Good == nil {
		return nil
	}
	if t := b.stand.Mended; t != nil {
		err := b.a.Poster.Edit(ctx, b.posted.Owner, board.Ask, func() board.Message { return b.stand.Over(*t, b.posted.Day) })
		if err != nil && !errors.Is(err, board.ErrGone) {
			return err
		}
	}
	text := board.MentionGroup(b.stand.Sync.Told.Owner) + " " + b.stand.Recovered(b.posted.Day, tried)
	m := board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
	if _, err := b.reply(ctx, "recovered/"+b.stand.Good.Run, again, m); err != nil {
		return err
	}
	b.posted.Open = false
	return b.note(ctx)
}

// reply posts into the thread under the newest message.
func (b *announcement) reply(ctx context.Context, key string, again bool, m board.Message) (job.Posted, error) {
	place := job.Place{Channel: b.posted.At.Channel, Thread: b.posted.At.TS}
	return b.a.Poster.Post(ctx, board.Post{Place: place, Key: key, Since: b.posted.Day, Again: again, Priority: board.Ask, Message: m})
}
