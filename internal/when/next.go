package when

import "time"

// Next is the first moment after another at which the schedule comes, in the time zone loc (nil: UTC). It is the zero
// time when there is none up to the year 2100, and always a whole minute of the clock there (or, for a schedule that goes
// evenly, of UTC). Moments before 1970 are taken for 1970.
func (s Schedule) Next(after time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	if epoch := time.Unix(0, 0); after.Before(epoch) {
		after = epoch.Add(-time.Nanosecond)
	}
	var next time.Time
	if s.every > 0 {
		step := int64(s.every / time.Second)
		next = time.Unix((max(after.Unix(), 0)/step+1)*step, 0).In(loc)
	} else {
		next = s.onTheClock(after.Add(time.Nanosecond).In(loc))
	}
	if next.Year() > lastYear {
		return time.Time{}
	}
	return next
}

// NextN are the next n moments, or as many as there are.
func (s Schedule) NextN(after time.Time, loc *time.Location, n int) []time.Time {
	var list []time.Time
	for len(list) < n {
		if after = s.Next(after, loc); after.IsZero() {
			break
		}
		list = append(list, after)
	}
	return list
}

// onTheClock is the first moment from another on at which the clock there shows a time of the schedule. It goes from one
// change of the clocks to the next: between two of them the clock only runs forward, and what it never shows cannot be
// found, while what it shows twice is found in both.
func (s Schedule) onTheClock(from time.Time) time.Time {
	for from.Year() <= lastYear {
		_, ahead := from.Zone()
		shift := time.Duration(ahead) * time.Second
		end := unchanged(from)
		if found := s.onTheCalendar(from.UTC().Add(shift), end.UTC().Add(shift)); !found.IsZero() {
			return found.Add(-shift).In(from.Location())
		}
		from = end
	}
	return time.Time{}
}

// unchanged is a moment after another up to which the clocks there do not change.
func unchanged(from time.Time) time.Time {
	_, end := from.ZoneBounds()
	switch far := time.Date(lastYear+2, 1, 1, 0, 0, 0, 0, time.UTC).In(from.Location()); {
	case end.IsZero(), end.After(far):
		return far
	case !end.After(from): // Go 1.26 says so on December 31 of leap years: it takes each year for 365 days
		return from.Add(time.Hour)
	}
	return end
}

// onTheCalendar is the first whole minute from one until before another that fits the schedule, on a clock that never
// changes; or the zero time.
func (s Schedule) onTheCalendar(from, until time.Time) time.Time {
	if whole := from.Truncate(time.Minute); whole.Before(from) {
		from = whole.Add(time.Minute)
	}
	for from.Before(until) {
		switch s.daysOf(from) {
		case monthsLater:
			from = time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC)
			continue
		case isToday:
			if m, ok := s.minuteFrom(from.Hour()*60 + from.Minute()); ok {
				if found := time.Date(from.Year(), from.Month(), from.Day(), 0, m, 0, 0, time.UTC); found.Before(until) {
					return found
				}
				return time.Time{}
			}
		}
		from = time.Date(from.Year(), from.Month(), from.Day()+1, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}
}

// What daysOf knows of a day.
const (
	monthsLater = iota // not in this month
	daysLater          // not on this day
	isToday
)

func (s Schedule) daysOf(t time.Time) int {
	is := monthsLater
	for _, d := range s.days {
		if d.months&(1<<t.Month()) == 0 {
			continue
		}
		if d.dates&(1<<t.Day()) != 0 && d.weekdays&(1<<t.Weekday()) != 0 {
			return isToday
		}
		is = daysLater
	}
	return is
}

// minuteFrom is the first minute of a day, from one on, at which the schedule comes.
func (s Schedule) minuteFrom(minute int) (int, bool) {
	for ; minute < 24*60; minute++ {
		if s.hours[minute%60]&(1<<(minute/60)) != 0 {
			return minute, true
		}
	}
	return 0, false
}
