package when

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/internal/near"
)

// field is one of the five of a cron line.
type field struct {
	name     string // of one value
	min, max int
	names    []string // of the values from min on
}

func cronFields() [5]field {
	return [5]field{
		{"minute", 0, 59, nil},
		{"hour", 0, 23, nil},
		{"day of the month", 1, 31, nil},
		{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{"weekday", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}, // 7 is Sunday as well
	}
}

// looksLikeCron reports whether a text is meant as a cron line. Words never begin like one.
func looksLikeCron(fields []string) bool {
	is := regexp.MustCompile(`^[0-9*/,-]+$`)
	return is.MatchString(fields[0]) && (len(fields) == 5 || len(fields) > 1 && is.MatchString(fields[1]) || strings.Contains(fields[0], "*"))
}

// parseCron reads minute, hour, day of the month, month and weekday as Vixie cron does (crontab(5) of Debian): `*`, values,
// ranges `a-b`, lists `a,b` and steps `*/n` or `a-b/n`; months and weekdays also by the first three letters of their
// English names; 7 is Sunday too. When neither the day of the month nor the weekday begins with `*`, a day that fits one
// of the two is enough; otherwise it must fit both, also for `*/2`.
//
// It differs in two things. A range of weekdays may end with `sun`. And when the clocks change nothing is moved or left
// out, see the package: Vixie cron runs jobs of a skipped hour right after it, and none twice.
func parseCron(texts []string) (Schedule, error) {
	fields := cronFields()
	if len(texts) != len(fields) {
		return Schedule{}, fmt.Errorf("a cron line has 5 fields (minute, hour, day of the month, month, weekday), and this one has %d%s", len(texts), accepted())
	}
	var bits [5]uint64
	for i, f := range fields {
		var err error
		if bits[i], err = f.parse(texts[i]); err != nil {
			return Schedule{}, err
		}
	}
	months, dates, weekdays := uint16(bits[3]), uint32(bits[2]), uint8(bits[4]&0x7f|bits[4]>>7)
	some := []days{{months, dates, weekdays}}
	if texts[2][0] != '*' && texts[4][0] != '*' {
		some = []days{{months, dates, allWeekdays}, {months, allDates, weekdays}}
	}
	s, ok := byClock(at(bits[0], uint32(bits[1])), either(some)...)
	if !ok {
		return Schedule{}, fmt.Errorf("`%s` never comes: there is no such day in any year", strings.Join(texts, " "))
	}
	return s, nil
}

// either drops what adds nothing to the other.
func either(some []days) []days {
	for _, d := range some {
		if d.dates == allDates && d.weekdays == allWeekdays {
			return []days{d}
		}
	}
	return some
}

// parse reads a field as a set: a bit for each value.
func (f field) parse(text string) (set uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		span, by, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			if step, err = strconv.Atoi(by); err != nil || step < 1 || step > f.max {
				return 0, fmt.Errorf("`%s` is no step for the %s; steps go from 1 to %d", part, f.name, f.max)
			}
		}
		from, to, err := f.span(span, part)
		if err != nil {
			return 0, err
		}
		if stepped && !strings.ContainsAny(span, "*-") {
			return 0, fmt.Errorf("`%s` in the %s: a step needs a range, such as %d-%d/%d", part, f.name, from, f.max, step)
		}
		for ; from <= to; from += step {
			set |= 1 << from
		}
	}
	return set, nil
}

// span reads what stands before the step.
func (f field) span(text, part string) (from, to int, err error) {
	if text == "*" {
		return f.min, f.max, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if from, err = f.value(first, part); err != nil || !isRange {
		return from, from, err
	}
	if to, err = f.value(last, part); err != nil {
		return 0, 0, err
	}
	if to == 0 && last == "sun" {
		to = 7
	}
	if from > to {
		return 0, 0, fmt.Errorf("`%s` in the %s runs backwards; write the smaller value first", part, f.name)
	}
	return from, to, nil
}

func (f field) value(text, part string) (int, error) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.min + i, nil
	}
	if regexp.MustCompile(`^[0-9]{1,2}$`).MatchString(text) {
		if n, err := strconv.Atoi(text); err == nil && n >= f.min && n <= f.max {
			return n, nil
		}
	}
	says := fmt.Sprintf("`%s` in the %s", part, f.name)
	if part == "" {
		says = fmt.Sprintf("nothing where a %s is expected", f.name)
	}
	says += fmt.Sprintf("; it goes from %d to %d", f.min, f.max)
	if len(f.names) > 0 {
		says += fmt.Sprintf(" or from %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	if meant := near.Nearest(text, f.names); len(meant) > 0 {
		says += "; did you mean `" + meant[0] + "`?"
	}
	return 0, errors.New(says)
}
