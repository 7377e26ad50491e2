package syncs

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

// moment is a time as people say it on a day: "18:00", "yesterday 18:00", "Mon 16 Nov 18:00".
func moment(t, day time.Time, zone *time.Location) string {
	which, clock, _ := strings.Cut(slots.Said(t, zone.String(), day), " at ")
	if which == "today" {
		return clock
	}
	return which + " " + clock
}

// at puts "at" before a moment that is only a time of day.
func at(m string) string {
	if strings.ContainsRune(board.PlainText(m), ' ') {
		return m
	}
	return "at " + m
}

// whose says for people who use the data whose fault it is.
func whose(f job.Fault, source string) string {
	switch f.Class {
	case job.FaultTheirs:
		return source + " does not answer properly; the fault is on their side."
	case job.FaultAccess:
		return source + " does not let me in any more."
	case job.FaultData:
		return "What " + source + " sent cannot be right, so I did not use it."
	default:
		return "The fault is on our side."
	}
}

// did is the same in the past, as the beginning of a sentence.
func did(f job.Fault, source string) string {
	switch f.Class {
	case job.FaultTheirs:
		return source + " did not answer properly"
	case job.FaultAccess:
		return source + " did not let me in"
	case job.FaultData:
		return "What " + source + " sent was not right"
	default:
		return "Something was wrong on our side"
	}
}

// Figures are what a sync wrote, or would write, in a few words: "4,856 rows, 44 new, none rejected".
func Figures(r job.Reconciled) string {
	text := rows(r.Written)
	counted := r.New+r.Changed+r.Unchanged > 0 // a file does not tell them apart
	for _, part := range []struct {
		n     int64
		words string
		tell  bool
	}{
		{r.New, "new", counted && r.Before > 0},
		{r.Changed, "changed", counted},
		{r.Gone, "gone", counted},
		{r.Before, "before", !counted && r.Before != r.Written},
		{r.Repeated, "came twice", true},
		{r.Rejected, "rejected", true},
	} {
		if part.n > 0 && part.tell {
			text += fmt.Sprintf(", %s %s", board.Count(part.n), part.words)
		}
	}
	if r.Rejected == 0 {
		text += ", none rejected"
	}
	return text
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return board.Count(n) + " rows"
}

// name is how a person of pawl.yaml is called in a sentence that does not notify them.
func name(s string) string {
	return board.UpperFirst(board.Clean(s))
}
