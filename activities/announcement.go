package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// announcement is what people read of a sync: one message a day in its channel, a new one only when it stands worse than it
// said, and under it one for who mends it.
type announcement struct {
	a      *Activities
	done   func()
	stand  syncs.Standing
	posted ledger.Announcement // the newest message; zero: there is none
}

// announcementOf reads what is known of a sync and what was told. One at a time writes it; done lets the next one.
func (a *Activities) announcementOf(ctx context.Context, name string) (*announcement, error) {
	s, ok := a.Syncs.find(name)
	if !ok {
		return nil, Refuse(fmt.Sprintf("There is no sync %q in pawl.yaml.", board.Clean(name)))
	}
	done, err := a.telling.Take(ctx, name)
	if err != nil {
		return nil, err
	}
	b := &announcement{a: a, done: done}
	schedule, zone := syncs.Times(name, a.Syncs.Times, a.Syncs.Zone)
	if b.stand, err = syncs.Stand(ctx, a.Ledger, s, schedule, zone, a.Now()); err == nil {
		err = b.last(ctx)
	}
	if err != nil {
		b.done()
		return nil, err
	}
	return b, nil
}

func (b *announcement) last(ctx context.Context) error {
	told, err := b.a.Ledger.Last(ctx, ledger.OfSync(b.stand.Sync.Name), ledger.KindAnnounced, 1)
	if err == nil && len(told) > 0 {
		err = told[0].Decode(&b.posted)
	}
	return err
}

// tell says what stands after something happened.
func (b *announcement) tell(ctx context.Context, n SyncEvent, again bool) error {
	var err error
	if b.fresh(n) {
		err = b.post(ctx, n)
	} else {
		err = b.edit(ctx)
		if err == nil && b.posted.At.Zero() { // somebody took it away
			err = b.post(ctx, n)
		}
	}
	if err != nil || b.posted.At.Zero() {
		return err
	}
	return b.owner(ctx, n, again)
}

// fresh reports whether it needs a new message, which people are notified of.
func (b *announcement) fresh(n SyncEvent) bool {
	now := b.a.Now().In(b.stand.Zone).Format(time.DateOnly)
	switch {
	case b.posted.At.Zero(), b.stand.State.Worse(syncs.State(b.posted.State)):
		return true
	case n.What == EventBegan && !b.stand.Sync.Told.Each, n.What == EventHeld:
		return false // what is told of it stands in the message there is
	case b.posted.Day.In(b.stand.Zone).Format(time.DateOnly) != now:
		return true
	case b.stand.Sync.Told.Each:
		return n.What == EventBegan || n.What == EventEnded
	}
	return false
}

func (b *announcement) post(ctx context.Context, n SyncEvent) error {
	if n.What == EventHeld || n.What == EventBegan && !b.stand.Sync.Told.Each {
		return nil // nobody has to be called for that
	}
	now := b.a.Now()
	m := b.stand.Message(now)
	priority := board.Change
	if b.stand.State != syncs.Fine {
		priority = board.Ask
	}
	// Where the channel is gone, it is said where questions are asked.
	at, _, err := b.a.postAt(ctx, RunRef{Actor: job.Actor{Kind: job.Schedule}}, board.Post{
		Place: job.Place{Channel: b.stand.Sync.Told.Channel}, Key: string(n.key()), Since: now.Add(-time.Hour), Priority: priority, Message: m,
	})
	if err != nil {
		return err
	}
	old := b.posted
	b.posted = ledger.Announcement{At: at, Day: now}
	if err := b.said(ctx, m); err != nil || old.At.Zero() || b.stand.State == syncs.Fine {
		return err
	}
	// Two messages must not both seem to be the last word.
	err = b.a.Poster.Edit(ctx, old.At, board.Change, func() board.Message { return b.stand.Before(old.Day) })
	if err != nil {
		activity.GetLogger(ctx).Warn("editing an earlier announcement", "sync", b.stand.Sync.Name, "error", err)
	}
	return nil
}

// edit writes what there is to say into the newest message, when it says something else.
func (b *announcement) edit(ctx context.Context) error {
	if b.posted.At.Zero() {
		return nil
	}
	m := b.stand.Message(b.posted.Day)
	if b.posted.Hash == hash(m) && b.posted.State == string(b.stand.State) {
		return nil
	}
	err := b.a.Poster.Edit(ctx, b.posted.At, board.Change, func() board.Message { return m })
	switch {
	case errors.Is(err, board.ErrGone): // the next event gets a message of its own
		b.posted = ledger.Announcement{}
		return b.note(ctx)
	case err != nil:
		return err
	}
	return b.said(ctx, m)
}

// said writes down what people read by now.
func (b *announcement) said(ctx context.Context, m board.Message) error {
	b.posted.State, b.posted.Hash = string(b.stand.State), hash(m)
	return b.note(ctx)
}

func (b *announcement) note(ctx context.Context) error {
	now := b.a.Now()
	_, err := b.a.Ledger.Record(ctx, ledger.Entry{
		At: now, Key: job.Key(fmt.Sprintf("sync/%s/announced/%d/%s", b.stand.Sync.Name, now.UnixNano(), hash(b.posted))), Kind: ledger.KindAnnounced,
		Job: ledger.OfSync(b.stand.Sync.Name), Data: b.posted,
	})
	return err
}

// untold is how long after it was written a sync's own run is left to tell who mends it: it knows more.
const untold = 45 * time.Second

// refresh writes what could not be told when it happened. It begins no new message.
func (b *announcement) refresh(ctx context.Context) error {
	if err := b.edit(ctx); err != nil || b.posted.At.Zero() {
		return err
	}
	if b.stand.Good == nil || b.a.Now().Sub(b.stand.Good.At) < untold {
		return nil
	}
	return b.settle(ctx, "", false)
}

// hash tells values apart.
func hash(what any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", what))
	return hex.EncodeToString(sum[:8])
}
