package syncs

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// moment is a time as people say it on a day: "18:00", "yesterday 18:00", "Monday 18:00", "2 November 18:00".
func moment(t, day time.Time, zone *time.Location) string {
	t, day = t.In(zone), day.In(zone)
	clock := board.Time(t)
	switch days := daysBetween(t, day); {
	case days == 0:
		return clock
	case days == 1:
		return "yesterday " + clock
	case days == -1:
		return "tomorrow " + clock
	case days > 1 && days < 7, days < -1 && days > -7:
		return t.Weekday().String() + " " + clock
	case t.Year() == day.Year():
		return t.Format("2 January ") + clock
	default:
		return t.Format("2 January 2006 ") + clock
	}
}

// daysBetween is how many midnights lie between two moments of one zone.
func daysBetween(from, to time.Time) int {
	midnight := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
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

// Figures are what a sync wrote, in a few words: "4,856 rows: 44 new, none rejected".
func Figures(r job.Reconciled) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		word string
	}{{r.New, "new"}, {r.Changed, "changed"}, {r.Gone, "gone"}, {r.Repeated, "came twice"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", board.Count(p.n), p.word))
		}
	}
	rejected := "none"
	if r.Rejected > 0 {
		rejected = board.Count(r.Rejected)
	}
	if len(parts) == 0 {
		return rows(r.Written) + ", " + rejected + " rejected"
	}
	return rows(r.Written) + ": " + strings.Join(append(parts, rejected+" rejected"), ", ")
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return board.Count(n) + " rows"
}

// name is how a person of pawl.yaml is called in a sentence that does not notify them.
func name(s string) string {
	s = board.Clean(s)
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
