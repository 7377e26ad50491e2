// Package freezes knows when nobody deploys: every weekend, between two dates, or as long as an event of a calendar lasts.
//
//	weekly.go    `friday 16:00 to monday 6:00`, in a zone
//	dates.go     from 2026-12-20 to 2027-01-03
//	calendar.go  the events of a file in the iCalendar format (RFC 5545), repeated ones too
//
// A clock that is set forward or back moves no freeze: what begins on Friday at 16:00 begins then by the clock on the wall.
// Everything here is pure, and safe for concurrent use.
package freezes

import (
	"slices"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Span is a time in which nobody deploys. Its end is no part of it.
type Span struct {
	From time.Time
	To   time.Time
	What string // an event's own words; empty when there are none
}

// Times are when a freeze is.
type Times interface {
	// At gives the span that a moment is in: of several the one that ends last.
	At(t time.Time) (Span, bool)
	// After gives the first span that begins later than a moment.
	After(t time.Time) (Span, bool)
}

// Freeze is one entry of `freezes:`.
type Freeze struct {
	Name         string
	Because      string
	Environments []string // canonical: "shop master"; empty: all
	Times        Times
}

// All are the freezes of a pawl.yaml.
type All []Freeze

// At gives the freeze that keeps people from deploying to an environment at a moment: of several the one that ends last.
func (a All) At(environment string, t time.Time) (job.Freeze, bool) {
	return a.first(environment, func(s Times) (Span, bool) { return s.At(t) }, func(x, y job.Freeze) bool { return x.To.After(y.To) })
}

// Next gives the freeze of an environment that begins first after a moment.
func (a All) Next(environment string, t time.Time) (job.Freeze, bool) {
	return a.first(environment, func(s Times) (Span, bool) { return s.After(t) }, func(x, y job.Freeze) bool { return x.From.Before(y.From) })
}

func (a All) first(environment string, of func(Times) (Span, bool), before func(x, y job.Freeze) bool) (found job.Freeze, ok bool) {
	for _, f := range a {
		if len(f.Environments) > 0 && !slices.Contains(f.Environments, environment) {
			continue
		}
		s, is := of(f.Times)
		if !is {
			continue
		}
		if one := f.job(s); !ok || before(one, found) {
			found, ok = one, true
		}
	}
	return found, ok
}

func (f Freeze) job(s Span) job.Freeze {
	because := f.Because
	if because == "" {
		because = s.What
	}
	return job.Freeze{Name: f.Name, Because: because, From: s.From, To: s.To, Environments: slices.Clone(f.Environments)}
}
