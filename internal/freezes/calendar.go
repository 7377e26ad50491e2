package freezes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"
)

// Limits of a calendar.
const (
	mostEvents  = 5_000
	longestSpan = 366 * 24 * time.Hour
)

// events are what a calendar has.
type events []event

// event is an event of a calendar, with the times at which it comes again.
type event struct {
	first Span
	whole bool       // it is about whole days
	days  int        // how many days after the one on which it begins it ends
	again *rrule.Set // nil: it does not
}

// Calendar reads the events of a file in the iCalendar format (https://www.rfc-editor.org/rfc/rfc5545): with a beginning and
// an end or a length, of whole days or not, repeated by a rule (RRULE daily, weekly, monthly or yearly, with COUNT, UNTIL,
// INTERVAL and BY...) with exceptions (EXDATE) and more dates (RDATE). A time without a zone of its own is one of the zone
// given. What was cancelled, or moved away from its rule (RECURRENCE-ID), is read as an event of its own or not at all. The
// error says which event cannot be read.
func Calendar(content []byte, zone *time.Location) (Times, error) {
	var all events
	decoder := ical.NewDecoder(bytes.NewReader(content))
	calendars := 0
	for {
		c, err := decode(decoder)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it is no calendar: %w", err)
		}
		calendars++
		moved := exceptions(c)
		for _, e := range c.Events() {
			if status, _ := e.Status(); status == ical.EventCancelled {
				continue
			}
			one, err := eventOf(e, moved, zone)
			if err != nil {
				return nil, fmt.Errorf("the event %s: %w", title(e), err)
			}
			if all = append(all, one); len(all) > mostEvents {
				return nil, fmt.Errorf("it has more than %d events", mostEvents)
			}
		}
	}
	if calendars == 0 {
		return nil, errors.New("there is no calendar in it")
	}
	return all, nil
}

// decode reads a calendar; whatever the library makes of a broken one is an error.
func decode(d *ical.Decoder) (c *ical.Calendar, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return d.Decode()
}

func title(e ical.Event) string {
	text, err := e.Props.Text(ical.PropSummary)
	if err != nil || text == "" {
		return "without a title"
	}
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "..."
	}
	return "`" + strings.Join(strings.Fields(strings.ReplaceAll(text, "`", "'")), " ") + "`"
}

// exceptions are the times of repeated events that an event of its own stands for, by the event's UID.
func exceptions(c *ical.Calendar) map[string][]ical.Prop {
	moved := map[string][]ical.Prop{}
	for _, e := range c.Events() {
		if p := e.Props.Get(ical.PropRecurrenceID); p != nil {
			uid, _ := e.Props.Text(ical.PropUID)
			moved[uid] = append(moved[uid], *p)
		}
	}
	return moved
}

func eventOf(e ical.Event, moved map[string][]ical.Prop, zone *time.Location) (event, error) {
	start := e.Props.Get(ical.PropDateTimeStart)
	if start == nil {
		return event{}, errors.New("it does not say when it begins")
	}
	from, err := e.DateTimeStart(zone)
	if err != nil {
		return event{}, fmt.Errorf("its beginning: %w", err)
	}
	to, err := e.DateTimeEnd(zone)
	if err != nil {
		return event{}, fmt.Errorf("its end: %w", err)
	}
	what, _ := e.Props.Text(ical.PropSummary)
	v := event{first: Span{From: from, To: to, What: strings.Join(strings.Fields(what), " ")}}
	if start.ValueType() == ical.ValueDate || len(start.Value) == len("20261220") {
		v.whole, v.days = true, max(1, days(from, to))
		v.first.To = from.AddDate(0, 0, v.days)
	} else {
		v.days = days(from, to.In(from.Location()))
	}
	switch {
	case v.first.To.Before(from):
		return event{}, errors.New("it ends before it begins")
	case v.first.To.Sub(from) > longestSpan:
		return event{}, errors.New("it is longer than a year")
	}
	v.again, err = again(e, from, moved, zone)
	return v, err
}

// days is how many days later a date is.
func days(from, to time.Time) int {
	date := func(t time.Time) time.Time {
		year, month, day := t.Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}

// again are the times of a repeated event; nil when it is not. The library's own RecurrenceSet does not know lists of dates,
// and takes exceptions for more dates.
func again(e ical.Event, from time.Time, moved map[string][]ical.Prop, zone *time.Location) (*rrule.Set, error) {
	rules, more := e.Props.Values(ical.PropRecurrenceRule), e.Props.Values(ical.PropRecurrenceDates)
	if e.Props.Get(ical.PropRecurrenceID) != nil || len(rules)+len(more) == 0 {
		return nil, nil //nolint:nilnil // it is not repeated, and that is no mistake
	}
	set := &rrule.Set{}
	switch len(rules) {
	case 0:
		set.RDate(from)
	case 1:
		rule, err := repeats(rules[0].Value, from)
		if err != nil {
			return nil, err
		}
		if !rule.After(from, true).IsZero() { // one that never comes would be looked for until the year 9999, again and again
			set.RRule(rule)
			set.DTStart(from)
		}
	default:
		return nil, errors.New("it has more than one rule")
	}
	uid, _ := e.Props.Text(ical.PropUID)
	for _, t := range dates(append(e.Props.Values(ical.PropExceptionDates), moved[uid]...), zone) {
		set.ExDate(t)
	}
	for _, t := range dates(more, zone) {
		set.RDate(t)
	}
	return set, nil
}

// repeats reads a rule. One that comes more often than daily is no freeze, and would take for ever to count.
func repeats(text string, from time.Time) (*rrule.RRule, error) {
	o, err := rrule.StrToROptionInLocation(text, from.Location())
	if err != nil {
		return nil, fmt.Errorf("its rule: %w", err)
	}
	switch o.Freq {
	case rrule.YEARLY, rrule.MONTHLY, rrule.WEEKLY, rrule.DAILY:
	default:
		return nil, errors.New("its rule repeats it more often than daily")
	}
	if len(o.Byhour)+len(o.Byminute)+len(o.Bysecond) > 0 {
		return nil, errors.New("its rule names hours; an event begins when it says it does")
	}
	o.Dtstart = from
	rule, err := rrule.NewRRule(*o)
	if err != nil {
		return nil, fmt.Errorf("its rule: %w", err)
	}
	return rule, nil
}

// dates are the moments in properties that have several, between commas. What cannot be read is left out.
func dates(props []ical.Prop, zone *time.Location) (all []time.Time) {
	for _, p := range props {
		for _, text := range strings.Split(p.Value, ",") {
			one := p
			one.Value = strings.TrimSpace(text)
			if t, err := one.DateTime(zone); err == nil {
				all = append(all, t)
			}
		}
	}
	return all
}

// at is the event when it begins then. It ends at the time of day at which it does, also when clocks were set meanwhile.
func (e event) at(from time.Time) Span {
	s := Span{From: from, To: from.AddDate(0, 0, e.days), What: e.first.What}
	if e.whole {
		return s
	}
	hour, minute, second := e.first.To.In(from.Location()).Clock()
	year, month, day := s.To.Date()
	s.To = time.Date(year, month, day, hour, minute, second, 0, from.Location())
	return s
}

// At implements Times.
func (all events) At(t time.Time) (Span, bool) {
	var near []Span
	for _, e := range all {
		if e.again == nil {
			near = append(near, e.first)
			continue
		}
		long := e.first.To.Sub(e.first.From) + 25*time.Hour // a clock may have been set back meanwhile
		for _, from := range e.again.Between(t.Add(-long), t, true) {
			near = append(near, e.at(from))
		}
	}
	return holding(near, t)
}

// After implements Times.
func (all events) After(t time.Time) (Span, bool) {
	var near []Span
	for _, e := range all {
		if e.again == nil {
			near = append(near, e.first)
		} else if from := e.again.After(t, false); !from.IsZero() {
			near = append(near, e.at(from))
		}
	}
	return following(near, t)
}
