package sandbox

import (
	"context"

	"github.com/pawl-ops/pawl/sandbox/sheet"
)

// dealsSheet is the table that sales reads.
const dealsSheet = "deals"

// written shows on the panel a table that somebody wrote, and leads to the page that shows it.
type written struct {
	sheets *sheet.Folder
	name   string
	base   string // address of the world
}

// Thing shows when the table was written.
func (s written) Thing() Thing {
	t := Thing{ID: "sheet-" + s.name, Kind: KindSheet, Name: s.name, URL: s.base + sheet.Path + s.name, State: StateStarting, Word: "nothing is written yet"}
	if at, rows, ok := s.sheets.Seen(s.name); ok {
		t.State, t.Word, t.Since, t.Detail = StateOK, "written", at, thousands(rows)+" rows"
		if rows == 1 {
			t.Detail = "1 row"
		}
	}
	return t
}

// Flip has nothing to set: the table is written by Pawl.
func (s written) Flip(context.Context, string, bool) error { return ErrNoSwitch }
