package frame

import (
	"slices"

	"github.com/pawl-ops/pawl/internal/board"
)

// A run that was asked for at a terminal speaks in no conversation. Whoever sits there asks the run itself how it stands,
// by query, as often as they like; nothing is posted for it but questions, which must reach people who look elsewhere.

// unplaced reports whether the run was asked for where there is no conversation.
func (f *F) unplaced() bool { return f.req.Command.Place.Channel == "" && f.req.Due.Zero() }

// shown is the board for whoever asks the run how it stands: with the open question, and with the last words at the end.
func (f *F) shown() board.Board {
	b := f.board
	b.Steps, b.Notes = slices.Clone(b.Steps), slices.Clone(b.Notes)
	if q := f.inbox.ask; q != nil && !q.closed() && q.message != nil {
		b.Ask = &board.Question{Number: q.n, Words: q.words(), Until: q.until, By: q.by, Message: q.message()}
		if q.need != nil {
			b.Ask.By = q.need.By
		}
	}
	if f.last != nil {
		b.Last = f.last
		if f.failed == nil {
			b.Only = f.whispers
		}
	}
	return b
}
