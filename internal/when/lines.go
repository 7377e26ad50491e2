package when

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Cron is the schedule as cron lines of five fields, of which each is enough; none for a schedule that goes evenly. In
// these lines a day must fit the day of the month and the weekday, as Temporal's scheduler reads them: where one of the
// two is enough, they are in different lines.
func (s Schedule) Cron() []string {
	if s.every > 0 {
		return nil
	}
	var lines []string
	for _, d := range s.days {
		if d == (days{}) {
			continue
		}
		for _, g := range s.groups() {
			lines = append(lines, cronLine(g, d, days{}))
		}
	}
	return lines
}

// cronLine is one line for a group of times on days, or on others too.
func cronLine(g group, of, or days) string {
	f := cronFields()
	dates, weekdays := f[2].list(uint64(of.dates)), f[4].list(uint64(of.weekdays))
	switch {
	case or != days{}: // one of them is enough, and neither begins with *
		weekdays = f[4].list(uint64(or.weekdays))
	case of.dates == allDates:
		dates = "*"
		if of.weekdays == allWeekdays {
			weekdays = "*"
		}
	case of.weekdays == allWeekdays:
		weekdays = "*"
	case of.dates&(1<<1) != 0: // both count, and one must begin with *
		dates = f[2].starred(uint64(of.dates))
	default:
		weekdays = f[4].starred(uint64(of.weekdays))
	}
	return fmt.Sprintf("%s %s %s %s %s", f[0].some(g.minutes), f[1].some(uint64(g.hours)), dates, f[3].some(uint64(of.months)), weekdays)
}

// some is a set in its shortest form.
func (f field) some(set uint64) string {
	if set == f.all() {
		return "*"
	}
	if n := step(set>>f.min, f.max+1-f.min); n > 1 && bits.OnesCount64(set) > 2 {
		return fmt.Sprintf("*/%d", n)
	}
	return f.list(set)
}

func (f field) all() uint64 { return 1<<(f.max+1) - 1<<f.min }

// list is a set as values and ranges.
func (f field) list(set uint64) string {
	var parts []string
	for n := f.min; n <= f.max; n++ {
		if set&(1<<n) == 0 {
			continue
		}
		first := n
		for n < f.max && set&(1<<(n+1)) != 0 {
			n++
		}
		switch n - first {
		case 0:
			parts = append(parts, strconv.Itoa(first))
		case 1:
			parts = append(parts, strconv.Itoa(first), strconv.Itoa(n))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", first, n))
		}
	}
	return strings.Join(parts, ",")
}

// starred is a set that has the field's first value, written so that it begins with *.
func (f field) starred(set uint64) string {
	for n := 2; ; n++ {
		if stepped := multiples(n, f.max+1-f.min) << f.min; stepped&^set == 0 || n == f.max {
			rest := fmt.Sprintf("*/%d", n)
			if left := set &^ stepped; left != 0 {
				rest += "," + f.list(left)
			}
			return rest
		}
	}
}
