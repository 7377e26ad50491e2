package when

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// weekdayNames are those of each weekday from Sunday on: the one for several of them first, then the others.
func weekdayNames() [7][]string {
	var names [7][]string
	for d := range names {
		name := strings.ToLower(time.Weekday(d).String())
		names[d] = []string{name + "s", name, name[:3]}
	}
	names[time.Tuesday] = append(names[time.Tuesday], "tues")
	names[time.Thursday] = append(names[time.Thursday], "thur", "thurs")
	return names
}

const (
	workdays  uint8 = 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday
	otherDays uint8 = 1<<time.Saturday | 1<<time.Sunday
)

// days reads which days: all of them, weekdays, or dates of every month.
func (p *said) days() (days, error) {
	every := p.i > 0 // that word was read before
	switch {
	case every && p.skip("day"), !every && p.skip("daily", "everyday"):
		return everyDay(), nil
	case every && p.skip("month"), !every && p.skip("monthly"):
		return p.dates()
	}
	p.skip("on")
	if p.skip("the") {
		return p.dates()
	}
	if _, ok := ordinal(p.word()); ok {
		return p.dates()
	}
	if p.skip("at") {
		return days{}, errors.New("say first on which days, and then at what time, such as `daily at 6:00`" + accepted())
	}
	return p.weekdays()
}

func (p *said) weekdays() (days, error) {
	d := days{months: allMonths, dates: allDates}
	for {
		set, ok := p.someWeekdays()
		if !ok {
			return days{}, p.notUnderstood("weekdays at 6:00")
		}
		d.weekdays |= set
		if !p.more() {
			return d, nil
		}
	}
}

// someWeekdays reads one item of a list of weekdays: "mondays", "weekends", "monday to friday", "mon-fri".
func (p *said) someWeekdays() (set uint8, ok bool) {
	switch {
	case p.skip("weekdays", "weekday", "workdays", "workday"):
		return workdays, true
	case p.skip("weekends", "weekend"):
		return otherDays, true
	}
	first, last, isRange := strings.Cut(p.word(), "-")
	from, ok := weekday(first)
	if !ok {
		return 0, false
	}
	to := from
	if isRange {
		if to, ok = weekday(last); !ok {
			return 0, false
		}
	}
	p.i++
	if !isRange && p.skip("to", "through") {
		if to, ok = weekday(p.word()); !ok {
			return 0, false
		}
		p.i++
	}
	for day := from; ; day = (day + 1) % 7 {
		if set |= 1 << day; day == to {
			return set, true
		}
	}
}

func weekday(word string) (int, bool) {
	names := weekdayNames()
	i := slices.IndexFunc(names[:], func(of []string) bool { return slices.Contains(of, word) })
	return i, i >= 0
}

// dates reads days of every month: "on the 1st and 15th of the month". Months that have no such day are left out.
func (p *said) dates() (days, error) {
	const example = "on the 1st and 15th at 6:00"
	d := days{months: allMonths, weekdays: allWeekdays}
	p.skip("on")
	p.skip("the")
	if p.word() == "at" {
		return days{}, fmt.Errorf("`%s` does not say on which day; write it like `%s`", strings.Join(p.words, " "), example)
	}
	for {
		n, ok := ordinal(p.word())
		if !ok {
			return days{}, p.notUnderstood(example)
		}
		if n < 1 || n > 31 {
			return days{}, fmt.Errorf("`%s` is no day of a month; they go from the 1st to the 31st", p.word())
		}
		d.dates |= 1 << n
		p.i++
		if !p.more() {
			break
		}
		p.skip("the")
	}
	if _, ok := weekday(p.word()); ok {
		return days{}, fmt.Errorf("`%s` of a month has another date each time and cannot be said; write dates, such as `%s`", strings.Join(p.words[:p.i+1], " "), example)
	}
	p.skip("day", "days")
	if p.skip("of") {
		p.skip("the", "every", "each")
		if !p.skip("month", "months") {
			return days{}, fmt.Errorf("`%s` cannot be said; dates are those of every month; one month needs a cron line: 0 6 1 1 * is 6:00 on the 1st of January", strings.Join(p.words, " "))
		}
	}
	return d, nil
}

// ordinal reads "1st" or "22nd"; the ending must be the right one.
func ordinal(word string) (int, bool) {
	m := regexp.MustCompile(`^([1-9][0-9]?)(st|nd|rd|th)$`).FindStringSubmatch(word)
	if m == nil {
		return 0, false
	}
	n := number(m[1])
	return n, m[2] == ending(n)
}

// ending makes an ordinal of a number below 100.
func ending(n int) string {
	switch {
	case n/10 == 1:
	case n%10 == 1:
		return "st"
	case n%10 == 2:
		return "nd"
	case n%10 == 3:
		return "rd"
	}
	return "th"
}
