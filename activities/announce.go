package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

// What can happen to a sync that people may have to be told.
const (
	EventBegan   = "began"   // it began to fetch
	EventTrouble = "trouble" // it cannot go on, and a question is open
	EventEnded   = "ended"   // well or not
	EventLate    = "late"    // its run should have ended by now
	EventLost    = "lost"    // nothing ran at some of its times
	EventHeld    = "held"    // its times were paused or resumed
)

// SyncEvent is something that happened to a sync.
type SyncEvent struct {
	Run     RunRef         `json:"run,omitzero"` // zero: it is about no run
	Sync    string         `json:"sync"`
	What    string         `json:"what"`
	Due     job.Due        `json:"due,omitzero"`
	Trouble ledger.Trouble `json:"trouble,omitzero"` // with EventTrouble, and with EventEnded where it did not end well
	Failed  bool           `json:"failed,omitempty"` // with EventEnded: nothing was written
	Ask     int            `json:"ask,omitempty"`    // with EventTrouble: the number of the question
	Wait    int            `json:"wait,omitempty"`   // with EventTrouble: the number of that wait in the run
	Answers []syncs.Answer `json:"answers,omitempty"`
	By      string         `json:"by,omitempty"` // with EventEnded: who had it tried again last
}

// key is what makes it the same event.
func (n SyncEvent) key() job.Key {
	if n.Run.Key == "" {
		return job.Key(fmt.Sprintf("sync/%s/%s/%s", n.Sync, n.What, n.Due.At.UTC().Format(time.RFC3339)))
	}
	return job.Key(fmt.Sprintf("%s/%s/%d", n.Run.Key, n.What, n.Ask))
}

// AnnounceSync writes down what happened to a sync and brings what people read in its channel up to date. Doing it twice
// is doing it once. It gives where the question stands, if there is one.
func (a *Activities) AnnounceSync(ctx context.Context, n SyncEvent) (Asked, error) {
	defer beating(ctx)()
	failpoint.Here("before the announcement", n.Run.ID)
	if err := a.noteEvent(ctx, n); err != nil {
		return Asked{}, err
	}
	b, err := a.announcementOf(ctx, n.Sync)
	if err != nil {
		return Asked{}, err
	}
	defer b.done()
	if err := b.tell(ctx, n, a.again(ctx)); err != nil {
		return Asked{}, retryable(err)
	}
	failpoint.Here("after the announcement", n.Run.ID)
	if n.What == EventEnded && !n.Due.Zero() && b.stand.Good != nil && b.stand.Good.Run == n.Run.ID && b.stand.Good.Rejected > 0 && !b.posted.At.Zero() {
		in := SyncInput{Run: n.Run, Sync: b.stand.Sync, Place: job.Place{Channel: b.posted.At.Channel, Thread: b.posted.At.TS}, announced: true}
		a.shareRejects(ctx, in, b.stand.Good.Reconciled)
	}
	if n.What == EventTrouble && !b.posted.Owner.Zero() {
		// Words in the thread of the announcement are about this run.
		err = a.note(ctx, n.Run, ledger.KindQuestion(n.Ask), b.posted.At)
	}
	return Asked{Posted: b.posted.Owner}, err
}

// noteEvent writes what happened into the ledger: what people read is made from it.
func (a *Activities) noteEvent(ctx context.Context, n SyncEvent) error {
	note := func(kind string, key job.Key, data any) error {
		_, err := a.Ledger.Record(ctx, ledger.Entry{
			At: a.Now(), Key: key, Kind: kind, Run: n.Run.ID, Execution: n.Run.First, Job: ledger.OfSync(n.Sync), Actor: n.Run.Actor, Data: data,
		})
		return err
	}
	switch n.What {
	case EventBegan:
		return note(ledger.KindBegan, n.Run.Key, n.Due)
	case EventTrouble:
		words := make([]string, len(n.Answers))
		for i, answer := range n.Answers {
			words[i] = answer.Word
		}
		w := ledger.Waiting{For: ledger.ForPerson, Text: n.Trouble.Fault.Says, Ask: n.Ask, Words: words}
		if s, ok := a.Syncs.find(n.Sync); ok {
			w.Buttons = syncs.Buttons(s, n.Run.ID, n.Ask, n.Answers)
			if s.Told.Owner != "" {
				w.Who = []string{"@" + s.Told.Owner}
			}
		}
		if err := a.note(ctx, n.Run, ledger.KindWaiting(n.Wait), w); err != nil {
			return err
		}
		return note(ledger.KindTrouble, n.key(), n.Trouble)
	case EventEnded:
		if !n.Failed {
			return nil // what was written says so itself
		}
		if n.Trouble.Fault.Class != "" {
			if err := note(ledger.KindTrouble, n.key(), n.Trouble); err != nil {
				return err
			}
		}
		return note(ledger.KindFailed, n.Run.Key, nil)
	}
	return nil
}

// RefreshAnnouncements brings what people read of every sync up to date: what could not be told when it happened, because the chat
// was away or the process died.
func (a *Activities) RefreshAnnouncements(ctx context.Context) error {
	for _, s := range a.Syncs.All {
		b, err := a.announcementOf(ctx, s.Name)
		if err != nil {
			return err
		}
		err = b.refresh(ctx)
		b.done()
		if err != nil {
			return fmt.Errorf("telling how %s stands: %w", s.Name, err)
		}
	}
	return nil
}
