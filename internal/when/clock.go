package when

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// time of day as it was said.
type timeOfDay struct {
	hour, minute int
	word         string
	half         string // am, pm, or empty
	bare         bool   // the hour may be meant in either half of the day
}

// times reads times of day: "at 6:00, noon and 7pm".
func (p *said) times() (times [60]uint32, err error) {
	const example = "weekdays at 6:00 and 18:00"
	if !p.skip("at") && p.over() {
		return times, fmt.Errorf("`%s` does not say at what time; write it like `%s`", p.words[len(p.words)-1], example)
	}
	var list []timeOfDay
	for {
		t, err := p.timeOfDay(example)
		if err != nil {
			return times, err
		}
		list = append(list, t)
		times[t.minute] |= 1 << t.hour
		if !p.more() {
			break
		}
	}
	if slices.ContainsFunc(list, func(t timeOfDay) bool { return t.half != "" }) {
		if i := slices.IndexFunc(list, func(t timeOfDay) bool { return t.bare }); i >= 0 {
			return times, fmt.Errorf("`%s` beside times with am and pm could be either; write `%sam` or `%spm`", list[i].word, list[i].word, list[i].word)
		}
	}
	return times, nil
}

// timeOfDay reads one of them: 6:00, 18:30, 6, 7pm, 7:30 pm, noon, midnight.
func (p *said) timeOfDay(example string) (t timeOfDay, err error) {
	switch {
	case p.skip("midnight"):
		return timeOfDay{}, nil
	case p.skip("noon"):
		return timeOfDay{hour: 12}, nil
	}
	word := p.word()
	m := regexp.MustCompile(`^([0-9]{1,2})(?::([0-9]{2}))?(am|pm)?$`).FindStringSubmatch(word)
	if m == nil {
		return t, p.noTime(example)
	}
	p.i++
	half := m[3]
	for _, h := range []string{"am", "pm"} {
		if half == "" && p.skip(h) {
			half = h
		}
	}
	t = timeOfDay{word: word, half: half, hour: number(m[1]), minute: number(m[2])}
	t.bare = half == "" && t.hour >= 1 && t.hour <= 12
	switch {
	case t.minute > 59, t.hour > 24, half == "" && t.hour == 24 && t.minute > 0, half != "" && (t.hour < 1 || t.hour > 12):
		return t, fmt.Errorf("`%s` is no time of day; write it like 6:00, 18:30 or 7pm", word+half[:len(half)-len(m[3])])
	case t.hour == 24:
		return t, fmt.Errorf("`%s` is 0:00 of the next day; write that", word)
	case half == "am":
		t.hour %= 12
	case half == "pm":
		t.hour = t.hour%12 + 12
	}
	return t, nil
}

// noTime is what is wrong with a word that should be a time of day.
func (p *said) noTime(example string) error {
	if _, isDay := weekday(p.word()); isDay || slices.Contains([]string{"on", "weekdays", "weekends", "daily", "every"}, p.word()) {
		return errors.New("days and times are said once: first the days, then the times, such as `" + example + "`; for others make a schedule of its own")
	}
	if m := regexp.MustCompile(`^([0-9]{1,2})[.h]([0-9]{2})$`).FindStringSubmatch(p.word()); m != nil {
		return fmt.Errorf("`%s` is not understood; did you mean `%s:%s`?%s", p.word(), m[1], m[2], accepted())
	}
	return p.notUnderstood(example)
}

// number is that of up to nine digits; nothing is 0.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
