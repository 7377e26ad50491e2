package freezes

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// weekly is a span of every week, or of every day.
type weekly struct {
	from, to clock
	days     []time.Weekday // on which it begins
	long     int            // how many days later it ends
	zone     *time.Location
}

// clock is a time of day. 24:00 is the end of it.
type clock struct{ hour, minute int }

// Weekly reads a span that comes again and again: `friday 16:00 to monday 6:00`, `daily 22:00 to 6:00`, `weekdays 12:00 to
// 13:00`, `saturday to sunday` (both whole), `wednesday`. The error says what is accepted.
func Weekly(text string, zone *time.Location) (Times, error) {
	wrong := fmt.Errorf("`%s` is not understood (accepted: friday 16:00 to monday 6:00; saturday to sunday; wednesday; daily 22:00 to 6:00; weekdays 12:00 to 13:00)", text)
	parts := regexp.MustCompile(`^(\S+)(?: (\d{1,2}:\d{2}))?(?: to (?:([a-z]+) ?)?(\d{1,2}:\d{2})?)?$`).
		FindStringSubmatch(strings.ToLower(strings.Join(strings.Fields(text), " ")))
	if parts == nil || strings.HasSuffix(strings.TrimSpace(text), " to") {
		return nil, wrong
	}
	w := weekly{zone: zone, to: clock{24, 0}}
	days, known := daysOf(parts[1])
	if !known {
		return nil, wrong
	}
	w.days = days
	if parts[2] != "" {
		if w.from, known = clockOf(parts[2]); !known {
			return nil, fmt.Errorf("`%s` is no time of day", parts[2])
		}
	}
	if parts[4] != "" {
		if w.to, known = clockOf(parts[4]); !known {
			return nil, fmt.Errorf("`%s` is no time of day", parts[4])
		}
	}
	switch {
	case parts[3] != "":
		last, known := daysOf(parts[3])
		if !known || len(last) != 1 || len(days) != 1 {
			return nil, wrong
		}
		w.long = int(last[0]-days[0]+7) % 7
		if w.long == 0 && !w.from.before(w.to) {
			w.long = 7
		}
	case !w.from.before(w.to): // over midnight
		w.long = 1
	}
	return w, nil
}

func daysOf(word string) ([]time.Weekday, bool) {
	switch word {
	case "daily":
		return []time.Weekday{0, 1, 2, 3, 4, 5, 6}, true
	case "weekdays":
		return []time.Weekday{1, 2, 3, 4, 5}, true
	case "weekends":
		return []time.Weekday{6, 0}, true
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); word == name || word == name+"s" {
			return []time.Weekday{d}, true
		}
	}
	return nil, false
}

func clockOf(text string) (clock, bool) {
	hour, minute, _ := strings.Cut(text, ":")
	h, err := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	c := clock{h, m}
	return c, err == nil && err2 == nil && (h < 24 && m < 60 || c == clock{24, 0})
}

func (c clock) before(d clock) bool { return c.hour*60+c.minute < d.hour*60+d.minute }

func (w weekly) on(year int, month time.Month, day int) Span {
	return Span{
		From: time.Date(year, month, day, w.from.hour, w.from.minute, 0, 0, w.zone),
		To:   time.Date(year, month, day+w.long, w.to.hour, w.to.minute, 0, 0, w.zone),
	}
}

// spans are those that begin on the days from so many before a moment to so many after it, the earliest first.
func (w weekly) spans(t time.Time, before, after int) (all []Span) {
	year, month, day := t.In(w.zone).Date()
	for i := -before; i <= after; i++ {
		weekday := time.Date(year, month, day+i, 12, 0, 0, 0, w.zone).Weekday()
		for _, d := range w.days {
			if d == weekday {
				all = append(all, w.on(year, month, day+i))
			}
		}
	}
	return all
}

// At implements Times.
func (w weekly) At(t time.Time) (found Span, ok bool) { return holding(w.spans(t, w.long+1, 1), t) }

// After implements Times.
func (w weekly) After(t time.Time) (found Span, ok bool) { return following(w.spans(t, 1, 8), t) }

// holding is the one that a moment is in: of several the one that ends last.
func holding(spans []Span, t time.Time) (found Span, ok bool) {
	for _, s := range spans {
		if !t.Before(s.From) && t.Before(s.To) && (!ok || s.To.After(found.To)) {
			found, ok = s, true
		}
	}
	return found, ok
}

// following is the one that begins first after a moment.
func following(spans []Span, t time.Time) (found Span, ok bool) {
	for _, s := range spans {
		if s.From.After(t) && s.To.After(s.From) && (!ok || s.From.Before(found.From)) {
			found, ok = s, true
		}
	}
	return found, ok
}
