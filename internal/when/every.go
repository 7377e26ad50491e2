package when

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// interval reads what follows `every` when it is a length of time: "15 minutes", "2 hours at :15", "1h30m". It reports
// false, and has read nothing, when days follow.
func (p *said) interval() (Schedule, bool, error) {
	switch {
	case p.skip("minute"):
		return Schedule{every: time.Minute}, true, nil
	case p.skip("hour"):
		s, err := p.eachHour()
		return s, err == nil, err
	case !regexp.MustCompile(`^[0-9]`).MatchString(p.word()):
		return Schedule{}, false, nil
	}
	if _, ok := ordinal(p.word()); ok {
		return Schedule{}, false, nil
	}
	start := p.i
	length, err := p.length()
	text := strings.Join(p.words[start:p.i], " ")
	switch {
	case err != nil:
		return Schedule{}, false, err
	case length < time.Minute:
		return Schedule{}, false, fmt.Errorf("`every %s` is too short; the shortest is `every minute`", text)
	case length > 24*time.Hour:
		return Schedule{}, false, tooLong(text)
	case length%time.Hour == 0 && 24*time.Hour%length == 0:
		s, err := p.hours(uint32(multiples(int(length/time.Hour), 24)))
		return s, err == nil, err
	}
	return Schedule{every: length}, true, nil
}

// length reads a length of time in hours and minutes. A number and its unit may be one word.
func (p *said) length() (total time.Duration, err error) {
	parts := regexp.MustCompile(`^(?:[0-9]{1,4}[a-z]+)+$`)
	for {
		word := p.word()
		if regexp.MustCompile(`^[0-9]{1,4}$`).MatchString(word) && p.i+1 < len(p.words) {
			p.i++
			word += p.word()
		}
		if !parts.MatchString(word) {
			return 0, p.notUnderstood("every 15 minutes")
		}
		for _, m := range regexp.MustCompile(`([0-9]+)([a-z]+)`).FindAllStringSubmatch(word, -1) {
			unit := unitOf(m[2])
			if slices.Contains([]string{"d", "day", "days", "w", "week", "weeks", "month", "months"}, m[2]) {
				return 0, tooLong(m[1] + " " + m[2])
			}
			if unit == 0 {
				p.words[p.i] = m[2]
				return 0, p.notUnderstood("every 15 minutes")
			}
			total += time.Duration(number(m[1])) * unit
		}
		p.i++
		p.skip("and")
		if p.over() || !regexp.MustCompile(`^[0-9]`).MatchString(p.word()) {
			return total, nil
		}
	}
}

func tooLong(text string) error {
	return fmt.Errorf("`every %s` does not say on which days; write them: `daily at 6:00`, `mondays and thursdays at 6:00`, `on the 1st and 15th at 6:00`", text)
}

func unitOf(name string) time.Duration {
	switch name {
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour
	}
	return 0
}

// eachHour reads at which minutes of each hour.
func (p *said) eachHour() (Schedule, error) { return p.hours(allHours) }

// hours reads at which minutes of these hours: ":15 and :45", or nothing for the full hour.
func (p *said) hours(which uint32) (Schedule, error) {
	minutes := uint64(1)
	if p.skip("at") {
		minutes = 0
		for {
			m := regexp.MustCompile(`^:([0-5][0-9])$`).FindStringSubmatch(p.word())
			if m == nil {
				return Schedule{}, fmt.Errorf("`%s` does not say which minutes of the hour; write them like `hourly at :15 and :45`", strings.Join(p.words, " "))
			}
			minutes |= 1 << number(m[1])
			p.i++
			if !p.more() {
				break
			}
		}
	}
	s, _ := byClock(at(minutes, which), everyDay())
	return s, nil
}

// multiples are those of step below end, as a set.
func multiples(step, end int) (set uint64) {
	for n := 0; n < end; n += step {
		set |= 1 << n
	}
	return set
}
