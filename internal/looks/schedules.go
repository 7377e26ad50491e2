package looks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

func schedulesSpec() job.Spec {
	return job.Spec{Name: "schedules", Look: true, Help: "What runs by itself, when next, and how it went.", Examples: []string{"schedules"}}
}

// Schedules lists what runs by itself, the soonest first: its next times or who paused it, and how its last run ended. It
// asks only the ledger, so that it answers while the engine is down.
func Schedules(l *ledger.Ledger, all []job.Scheduled) Look {
	s := &schedules{ledger: l, all: all}
	return Look{Spec: schedulesSpec(), Answer: s.answer}
}

type schedules struct {
	ledger *ledger.Ledger
	all    []job.Scheduled
}

// standing is how one schedule stands.
type standing struct {
	line string
	next time.Time // zero: it is paused
}

func (s *schedules) answer(ctx context.Context, q Request) (board.Message, error) {
	if len(s.all) == 0 {
		return noSchedules(), nil
	}
	var list []standing
	for _, of := range s.all {
		one, err := s.standing(ctx, of, q.Now)
		if err != nil {
			return board.Message{}, fmt.Errorf("looking up the schedule %q: %w", of.Name, err)
		}
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b standing) int {
		if a.next.IsZero() != b.next.IsZero() {
			return cmp.Compare(b.next.Unix(), a.next.Unix()) // what is paused comes last
		}
		return a.next.Compare(b.next)
	})
	m := board.Message{Sentence: inAll(list, q.Now)}
	for i, one := range list {
		if rest := len(list) - i; rest > 1 && rows(append(slices.Clone(m.Lines), one.line)...) >= phoneRows {
			m.Lines = append(m.Lines, fmt.Sprintf("And %d more.", rest))
			break
		}
		m.Lines = append(m.Lines, one.line)
	}
	return m, nil
}

// inAll is the whole answer for somebody who reads only a notification.
func inAll(list []standing, now time.Time) string {
	text := fmt.Sprintf("%d schedules", len(list))
	if len(list) == 1 {
		text = "1 schedule"
	}
	if next := list[0].next; !next.IsZero() {
		return text + ", the next one in " + board.Rough(next.Sub(now)) + "."
	}
	return text + ", all paused."
}

// standing looks one of them up.
func (s *schedules) standing(ctx context.Context, of job.Scheduled, now time.Time) (standing, error) {
	past, err := slots.Read(ctx, s.ledger, of.Name)
	if err != nil {
		return standing{}, err
	}
	times, err := slots.Of(of)
	if err != nil {
		return standing{}, err
	}
	parts := []string{bold(of.Name)}
	var next time.Time
	if of.Paused || past.Held.Paused {
		parts = append(parts, paused(past.Held))
	} else {
		coming := times.NextN(now, 2)
		if len(coming) > 0 {
			next = coming[0]
		}
		parts = append(parts, nextTimes(coming, of.Zone, now))
	}
	last, err := s.last(ctx, past, of.Zone, now)
	if err != nil {
		return standing{}, err
	}
	if last != "" {
		parts = append(parts, last)
	}
	return standing{line: strings.Join(parts, " · "), next: next}, nil
}

// paused says who paused it and why.
func paused(h ledger.Held) string {
	if !h.Paused || h.By == "" {
		return "paused in pawl.yaml"
	}
	text := "paused by " + board.Clean(h.By)
	if h.Because != "" {
		text += ": " + shortened(h.Because)
	}
	return text
}

// nextTimes are the times that come, of one day in one go.
func nextTimes(coming []time.Time, zone string, now time.Time) string {
	if len(coming) == 0 {
		return "never comes again"
	}
	text := "next " + slots.Said(coming[0], zone, now)
	if len(coming) == 1 {
		return text
	}
	day, of, _ := strings.Cut(slots.Said(coming[1], zone, now), " at ")
	if before, _, _ := strings.Cut(slots.Said(coming[0], zone, now), " at "); before == day {
		return text + ", then " + of
	}
	return text + ", then " + day + " at " + of
}

// last says how its last run ended, or that it goes on; empty when there was none.
func (s *schedules) last(ctx context.Context, past slots.Past, zone string, now time.Time) (string, error) {
	if len(past.Runs) == 0 {
		return "", nil
	}
	run, found, err := s.ledger.Run(ctx, past.Runs[0].Run)
	if err != nil || !found {
		return "", err
	}
	if run.Open() {
		return "runs since " + slots.Said(run.Started, zone, now), nil
	}
	how := outcome(run.Outcome.State)
	if run.Outcome.State != board.Done {
		how = bold(how)
	}
	return "last " + how + ", " + slots.Said(run.Started, zone, now), nil
}

// noSchedules says how to write one.
func noSchedules() board.Message {
	return board.Message{
		Sentence: "Nothing runs by itself yet.",
		Lines:    []string{"Nothing runs by itself yet. In pawl.yaml a schedule looks like this:"},
		Quote:    []string{"schedules:", "  fresh staging: {run: deploy staging, when: weekdays at 5:30}"},
	}
}
