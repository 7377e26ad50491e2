// Package slots knows the single times of a schedule: which come next, which have passed, and which of those nothing ran
// at. slots.go is about times alone; past.go reads what the ledger knows of them; lost.go puts the two together.
package slots

import (
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/when"
	"github.com/pawl-ops/pawl/job"
)

// longest is how far back times are counted one by one: what lies longer ago mends nothing for anybody.
const longest = 400 * 24 * time.Hour

// Slots are the times of one schedule. The zero value has none.
type Slots struct {
	every time.Duration
	times when.Schedule
	zone  *time.Location
}

// Of reads the times of a schedule. Its error says that they are not as pawl.yaml gives them.
func Of(s job.Scheduled) (Slots, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return Slots{}, fmt.Errorf("the time zone of schedule %q: %w", s.Name, err)
	}
	if s.Every > 0 {
		return Slots{every: s.Every, zone: zone}, nil
	}
	times, err := when.Parse(s.When)
	if err != nil {
		return Slots{}, fmt.Errorf("the times of schedule %q: %w", s.Name, err)
	}
	return Slots{times: times, zone: zone}, nil
}

// Shows reports whether a moment is one of the times. It is not where a scheduler makes a mistake on a day on which clocks
// change: see package when.
func (s Slots) Shows(t time.Time) bool {
	if s.every > 0 {
		return t.Nanosecond() == 0 && t.Unix()%int64(s.every/time.Second) == 0
	}
	return s.times.Shows(t, s.zone)
}

// Next is the first time after another at which something runs, or the zero time.
func (s Slots) Next(after time.Time) time.Time {
	if s.every > 0 {
		step := int64(s.every / time.Second)
		return time.Unix((after.Unix()/step+1)*step, 0).In(s.zone)
	}
	for {
		if after = s.times.Next(after, s.zone); after.IsZero() || s.Shows(after) {
			return after
		}
	}
}

// NextN are the next n times, or as many as there are.
func (s Slots) NextN(after time.Time, n int) (list []time.Time) {
	for len(list) < n {
		if after = s.Next(after); after.IsZero() {
			break
		}
		list = append(list, after)
	}
	return list
}

// Between are the times after one moment and before another, neither included; of more than 400 days the last.
func (s Slots) Between(after, before time.Time) (list []time.Time) {
	if earliest := before.Add(-longest); after.Before(earliest) {
		after = earliest
	}
	for t := s.Next(after); !t.IsZero() && t.Before(before); t = s.Next(t) {
		list = append(list, t)
	}
	return list
}
