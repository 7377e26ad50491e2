package looks

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

func locksSpec() job.Spec {
	return job.Spec{Name: "locks", Look: true, Help: "Who keeps what from being deployed, and when nobody deploys.", Examples: []string{"locks"}}
}

// foreseen is how far ahead a freeze is told.
const foreseen = 7 * 24 * time.Hour

// locks lists who keeps which environment, the freezes of now, and those of the next days.
func (s *deploys) locks(ctx context.Context, r Request) (board.Message, error) {
	var locked, frozen, coming []string
	var first string // the first lock, in words
	for _, e := range group(s.Instances("")) {
		l, err := s.Ledger.Lock(ctx, e.app, e.name)
		if err != nil {
			return board.Message{}, fmt.Errorf("looking up the lock of %s %s: %w", e.app, e.name, err)
		}
		name := bold(board.Clean(e.title()))
		if l.Held {
			if text := s.locked(l, r.Now); first == "" {
				first = e.title() + " is " + text
			}
			locked = append(locked, name+" · "+s.locked(l, r.Now)+" · "+code("unlock "+e.title())+" frees it")
		}
		if s.Frozen != nil {
			if f, is := s.Frozen(e.app, e.name, r.Now); is {
				frozen = append(frozen, name+" · "+s.frozen(f, r.Now))
			}
		}
		if s.NextFreeze != nil {
			if f, is := s.NextFreeze(e.app, e.name, r.Now); is && f.From.Sub(r.Now) < foreseen {
				coming = append(coming, fmt.Sprintf("%s · no deploys from %s to %s (%s)", name, slots.Said(f.From, s.Zone, r.Now), slots.Said(f.To, s.Zone, r.Now), plainly(f.Name)))
			}
		}
	}
	m := board.Message{Sentence: "Nothing is locked"}
	switch {
	case len(locked) == 1:
		m.Sentence = first
	case len(locked) > 1:
		m.Sentence = fmt.Sprintf("%d environments are locked; %s", len(locked), first)
	default:
		locked = []string{"Nothing is locked."}
	}
	if len(frozen) > 0 {
		m.Sentence += fmt.Sprintf(", and nobody deploys to %s just now", environments(len(frozen)))
	}
	m.Sentence = said(m.Sentence)
	m.Lines = append(append(locked, frozen...), coming...)
	m.Lines = fitted(m.Lines, phoneRows, func(left int) string { return fmt.Sprintf("And %d more.", left) })
	return m, nil
}

func environments(n int) string {
	if n == 1 {
		return "1 environment"
	}
	return fmt.Sprintf("%d environments", n)
}
