package freezes

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// fixed are spans that do not come again.
type fixed []Span

// Between reads a span between two dates, as 2026-12-20 or 2026-12-20 18:00. A date alone is the whole day: it begins
// with it, and ends when it is over.
func Between(from, to string, zone *time.Location) (Times, error) {
	first, _, err := moment(from, zone)
	if err != nil {
		return nil, err
	}
	last, whole, err := moment(to, zone)
	if err != nil {
		return nil, err
	}
	if whole {
		last = last.AddDate(0, 0, 1)
	}
	if !first.Before(last) {
		return nil, errors.New("it ends before it begins")
	}
	return fixed{{From: first, To: last}}, nil
}

func moment(text string, zone *time.Location) (t time.Time, whole bool, err error) {
	text = strings.Join(strings.Fields(strings.Replace(text, "T", " ", 1)), " ")
	if t, err = time.ParseInLocation("2006-1-2", text, zone); err == nil {
		return t, true, nil
	}
	if t, err = time.ParseInLocation("2006-1-2 15:04", text, zone); err == nil {
		return t, false, nil
	}
	return t, false, fmt.Errorf("`%s` is no date; write one like 2026-12-20 or 2026-12-20 18:00", text)
}

// At implements Times.
func (f fixed) At(t time.Time) (Span, bool) { return holding(f, t) }

// After implements Times.
func (f fixed) After(t time.Time) (Span, bool) { return following(f, t) }
