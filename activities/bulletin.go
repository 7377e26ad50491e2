package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// bulletin is what people read of a sync: one message a day in its channel, a new one only when it stands worse than it
// said, and under it one for who mends it.
type bulletin struct {
	a     *Activities
	done  func()
	stand syncs.Standing
	news  ledger.News // the newest message; zero: there is none
}

// bulletin reads what is known of a sync and what was told. One at a time writes it; done lets the next one.
func (a *Activities) bulletin(ctx context.Context, name string) (*bulletin, error) {
	s, ok := a.Syncs.find(name)
	if !ok {
		return nil, Refuse(fmt.Sprintf("There is no sync %q in pawl.yaml.", board.Clean(name)))
	}
	b := &bulletin{a: a, done: a.telling.take(name)}
	var err error
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

func (b *bulletin) last(ctx context.Context) error {
	told, err := b.a.Ledger.Last(ctx, ledger.OfSync(b.stand.Sync.Name), ledger.KindNews, 1)
	if err == nil && len(told) > 0 {
		err = told[0].Decode(&b.news)
	}
	return err
}

// tell says what stands after something happened.
func (b *bulletin) tell(ctx context.Context, n SyncNews, again bool) error {
	var err error
	if b.fresh(n) {
		err = b.post(ctx, n, again)
	} else {
		err = b.edit(ctx)
	}
	if err != nil || b.news.At.Zero() {
		return err
	}
	return b.owner(ctx, n, again)
}

// fresh reports whether it needs a new message, which people are notified of.
func (b *bulletin) fresh(n SyncNews) bool {
	now := b.a.Now().In(b.stand.Zone).Format(time.DateOnly)
	switch {
	case b.news.At.Zero(), b.stand.State.Worse(syncs.State(b.news.State)):
		return true
	case n.What == NewsBegan && !b.stand.Sync.Told.Each, n.What == NewsHeld:
		return false // what is told of it stands in the message there is
	case b.news.Day.In(b.stand.Zone).Format(time.DateOnly) != now:
		return true
	case b.stand.Sync.Told.Each:
		return n.What == NewsBegan || n.What == NewsEnded
	}
	return false
}

func (b *bulletin) post(ctx context.Context, n SyncNews, again bool) error {
	if n.What == NewsHeld || n.What == NewsBegan && !b.stand.Sync.Told.Each {
		return nil // nobody has to be called for that
	}
	place, err := b.a.Poster.Place(b.stand.Sync.Told.Channel)
	if err != nil {
		return err
	}
	now := b.a.Now()
	m := b.stand.Message(now)
	priority := board.Change
	if b.stand.State != syncs.Fine {
		priority = board.Ask
	}
	at, err := b.a.Poster.Post(ctx, board.Post{Place: place, Key: string(n.key()), Since: now.Add(-time.Hour), Again: again, Priority: priority, Message: m})
	if err != nil {
		return err
	}
	old := b.news
	b.news = ledger.News{At: at, Day: now}
	if err := b.said(ctx, m); err != nil || old.At.Zero() || b.stand.State == syncs.Fine {
		return err
	}
	// Two messages must not both seem to be the last word.
	err = b.a.Poster.Edit(ctx, old.At, board.Change, func() board.Message { return b.stand.Before(old.Day) })
	if err != nil {
		activity.GetLogger(ctx).Warn("editing earlier news", "sync", b.stand.Sync.Name, "error", err)
	}
	return nil
}

// edit writes what there is to say into the newest message, when it says something else.
func (b *bulletin) edit(ctx context.Context) error {
	if b.news.At.Zero() {
		return nil
	}
	m := b.stand.Message(b.news.Day)
	if b.news.Hash == hash(m) && b.news.State == string(b.stand.State) {
		return nil
	}
	err := b.a.Poster.Edit(ctx, b.news.At, board.Change, func() board.Message { return m })
	if err != nil && !errors.Is(err, board.ErrGone) {
		return err
	}
	return b.said(ctx, m)
}

// said writes down what people read by now.
func (b *bulletin) said(ctx context.Context, m board.Message) error {
	b.news.State, b.news.Hash = string(b.stand.State), hash(m)
	return b.note(ctx)
}

func (b *bulletin) note(ctx context.Context) error {
	now := b.a.Now()
	_, err := b.a.Ledger.Record(ctx, ledger.Entry{
		At: now, Key: job.Key(fmt.Sprintf("sync/%s/news/%d/%s", b.stand.Sync.Name, now.UnixNano(), hash(b.news))), Kind: ledger.KindNews,
		Job: ledger.OfSync(b.stand.Sync.Name), Data: b.news,
	})
	return err
}

// untold is how long after it was written a sync's own run is left to tell who mends it: it knows more.
const untold = 45 * time.Second

// refresh writes what could not be told when it happened. It begins no new message.
func (b *bulletin) refresh(ctx context.Context) error {
	if err := b.edit(ctx); err != nil || b.news.At.Zero() {
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

// turns lets one at a time do something under a name. Its zero value is ready.
type turns struct {
	mu    sync.Mutex
	named map[string]*sync.Mutex
}

// take waits for the turn of a name, and gives what ends it.
func (t *turns) take(name string) (done func()) {
	t.mu.Lock()
	if t.named == nil {
		t.named = map[string]*sync.Mutex{}
	}
	turn := t.named[name]
	if turn == nil {
		turn = &sync.Mutex{}
		t.named[name] = turn
	}
	t.mu.Unlock()
	turn.Lock()
	return turn.Unlock
}
