// Package when reads the times of a schedule as people write them, and says when it comes next.
//
// The tour: Parse takes words ("weekdays at 6:00, 12:00 and 18:00": said.go, days.go, clock.go, every.go) or a cron line
// (cron.go), and gives a Schedule. String (string.go) is the schedule in its one canonical text, which Parse reads back
// to the same value; Cron gives it to a scheduler as cron lines; Next (next.go, walk.go)
// says when it comes.
//
// # By the clock, or evenly
//
// Most schedules go by the clock of their time zone. "Every 6 hours" is 0:00, 6:00, 12:00 and 18:00 there. But "every 15
// minutes" goes evenly, without regard to clocks, at whole multiples since 1970-01-01 0:00 UTC: that is :00, :15, :30
// and :45 wherever the zone is ahead of UTC by quarters of an hour. So does every length that does not divide a day
// ("every 90 minutes"). Every says which of the two it is.
//
// # When the clocks change
//
// A schedule that goes evenly does not notice. One by the clock does what Temporal's scheduler does, which starts the
// runs; Next tells the same. A time that the clock never shows in spring does not come that day: nothing is moved and
// nothing is made up for. In autumn it depends on the side of Greenwich, by a mistake of that scheduler:
//
//   - West of it (New York) a time that is shown twice comes twice.
//   - East of it (Prague) what is shown twice (2:00 to 3:00) comes once, the second time; of several times in that hour the
//     first one, and the others an hour late or not at all. What is shown in the hour before (1:00 to 2:00) comes a second
//     time, an hour later, when the clock shows something else: Shows tells these from the others.
//
// West of Greenwich, where clocks go forward at midnight (Azores, Chile, Cuba), that Sunday is taken for a Saturday. So
// times between 1:00 and 3:00 on Sundays are better left free, as are those that must not come twice.
package when

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxText is how many bytes a text may have to be read.
const maxText = 400

// lastYear is where the calendar ends, as it does in Temporal's scheduler.
const lastYear = 2100

// Schedule is when something comes again and again. It is a value: two schedules of the same canonical text are equal
// (==). The zero Schedule never comes; Parse makes no such.
type Schedule struct {
	every time.Duration // evenly since 1970; 0: by the clock
	days  [2]days       // by the clock: the days that fit one of them; the second may be empty
	hours [60]uint32    // by the clock: for each minute, a bit for each hour in which it counts
}

// days are those that fit a month, a date and a weekday at once: a bit for each value.
type days struct {
	months   uint16 // 1 to 12
	dates    uint32 // 1 to 31
	weekdays uint8  // 0 is Sunday
}

// Every bit of a field.
const (
	allHours    uint32 = 1<<24 - 1
	allDates    uint32 = 1<<32 - 1<<1
	allMonths   uint16 = 1<<13 - 1<<1
	allWeekdays uint8  = 1<<7 - 1
)

func everyDay() days { return days{allMonths, allDates, allWeekdays} }

// Parse reads the times of a schedule: words as in the examples of Accepted, or a cron line of five fields. Case does
// not matter. The error is a sentence that names the word that was not understood, what it may have been, and what is
// accepted.
func Parse(text string) (Schedule, error) {
	if len(text) > maxText || !utf8.ValidString(text) {
		return Schedule{}, errors.New("this is no text of a schedule" + accepted())
	}
	text = strings.ToLower(text)
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return Schedule{}, errors.New("the times are missing" + accepted())
	}
	if looksLikeCron(fields) {
		return parseCron(fields)
	}
	return parseWords(text)
}

// Accepted are examples of everything that Parse reads, for help and for errors.
func Accepted() []string {
	return []string{
		"every 15 minutes", "hourly at :15", "daily at 6:00", "weekdays at 6:00, 12:00 and 18:00", "mondays and fridays at 7pm",
		"on the 1st and 15th at 6:00", "a cron line such as */5 * * * *",
	}
}

func accepted() string { return " (accepted: " + strings.Join(Accepted(), "; ") + ")" }

// Every is the time between two runs of a schedule that goes evenly, and 0 for one that goes by the clock.
func (s Schedule) Every() time.Duration { return s.every }

// byClock makes a schedule of days and times, and reports whether it ever comes.
func byClock(hours [60]uint32, some ...days) (Schedule, bool) {
	s := Schedule{hours: hours}
	n := 0
	if step := evenly(hours); step > 0 && slices.Contains(some, everyDay()) {
		return Schedule{every: step}, true
	}
	for _, d := range some {
		if d == everyDay() { // and whatever else there is adds nothing
			s.days = [2]days{d}
			return s, true
		}
		if d.exist() {
			s.days[n] = d
			n++
		}
	}
	return s, n > 0
}

// evenly is the time between times that divide every hour of the day in the same way, or 0.
func evenly(hours [60]uint32) time.Duration {
	var minutes uint64
	for m, in := range hours {
		if in != 0 && in != allHours {
			return 0
		}
		if in != 0 {
			minutes |= 1 << m
		}
	}
	if n := step(minutes, 60); n > 0 && n < 60 && 60%n == 0 {
		return time.Duration(n) * time.Minute
	}
	return 0
}

// exist reports whether there are such days in some year.
func (d days) exist() bool {
	if d.weekdays == 0 {
		return false
	}
	for month := time.January; month <= time.December; month++ {
		longest := time.Date(2000, month+1, 0, 0, 0, 0, 0, time.UTC).Day() // a leap year
		if d.months&(1<<month) != 0 && d.dates&(1<<(longest+1)-1<<1) != 0 {
			return true
		}
	}
	return false
}

// at gives the times of day at which these hours and minutes meet.
func at(minutes uint64, hours uint32) (times [60]uint32) {
	for m := range times {
		if minutes&(1<<m) != 0 {
			times[m] = hours
		}
	}
	return times
}
