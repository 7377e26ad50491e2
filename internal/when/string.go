package when

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// maxSaid is how many times of day, or minutes of an hour, are said in words where a cron line would do.
const maxSaid = 6

// String is the schedule in its canonical text: in words where there are some, otherwise as a cron line. Parse reads it
// back to the same Schedule.
func (s Schedule) String() string {
	if s.every > 0 {
		return "every " + length(s.every)
	}
	groups := s.groups()
	if len(groups) == 0 || s.days[0] == (days{}) {
		return "never"
	}
	short := len(groups) > 1 || bits.OnesCount64(groups[0].minutes)*bits.OnesCount32(groups[0].hours) <= maxSaid
	switch of := s.days[0].said(); {
	case s.days[1] != days{}, of == "":
	case s.days[0] == everyDay() && len(groups) == 1 && groups[0].steps() != "":
		return groups[0].steps()
	case short:
		return of + " at " + list(s.times())
	}
	return cronLine(groups[0], s.days[0], s.days[1])
}

// group are minutes that count in the same hours.
type group struct {
	minutes uint64
	hours   uint32
}

// groups are the times of day, in as few groups as possible, in the order of their first minutes.
func (s Schedule) groups() (groups []group) {
next:
	for m, hours := range s.hours {
		if hours == 0 {
			continue
		}
		for i := range groups {
			if groups[i].hours == hours {
				groups[i].minutes |= 1 << m
				continue next
			}
		}
		groups = append(groups, group{1 << m, hours})
	}
	return groups
}

// steps are words for times that come again and again during the day, or empty.
func (g group) steps() string {
	if bits.OnesCount64(g.minutes) > maxSaid {
		return ""
	}
	var at string
	if g.minutes != 1 {
		var minutes []string
		for m := range 60 {
			if g.minutes&(1<<m) != 0 {
				minutes = append(minutes, fmt.Sprintf(":%02d", m))
			}
		}
		at = " at " + list(minutes)
	}
	switch n := step(uint64(g.hours), 24); {
	case n == 1:
		return "hourly" + at
	case n > 1 && n < 12 && 24%n == 0:
		return fmt.Sprintf("every %d hours%s", n, at)
	}
	return ""
}

// step is the n of which a set below end has all the multiples and nothing else, or 0.
func step(set uint64, end int) int {
	if set&1 == 0 {
		return 0
	}
	n := end
	if rest := set &^ 1; rest != 0 {
		n = bits.TrailingZeros64(rest)
	}
	if multiples(n, end) != set {
		return 0
	}
	return n
}

// said are words for days, or empty.
func (d days) said() string {
	switch {
	case d == everyDay():
		return "daily"
	case d.months != allMonths:
		return ""
	case d.dates == allDates:
		return saidWeekdays(d.weekdays)
	case d.weekdays == allWeekdays:
		var dates []string
		for n := 1; n <= 31; n++ {
			if d.dates&(1<<n) != 0 {
				dates = append(dates, strconv.Itoa(n)+ending(n))
			}
		}
		return "on the " + list(dates)
	}
	return ""
}

func saidWeekdays(set uint8) string {
	switch set {
	case workdays:
		return "weekdays"
	case otherDays:
		return "weekends"
	}
	var names []string
	for i := range 7 {
		if day := (i + 1) % 7; set&(1<<day) != 0 { // a week begins on Monday
			names = append(names, weekdayNames()[day][0])
		}
	}
	return list(names)
}

// times are the times of day in their order.
func (s Schedule) times() (times []string) {
	for minute := range 24 * 60 {
		if s.hours[minute%60]&(1<<(minute/60)) != 0 {
			times = append(times, fmt.Sprintf("%d:%02d", minute/60, minute%60))
		}
	}
	return times
}

// length is a length of time in the larger of the units that need no fraction.
func length(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "minute"
	case d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", d/time.Minute)
}

// list joins words as people do.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
