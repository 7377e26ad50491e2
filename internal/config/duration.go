package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const likeDuration = "write one like 30s, 15m, 2h or 3d"

// maxDuration bounds what a file may ask to wait for: a year and a day.
const maxDuration = 366 * 24 * time.Hour

// parseDuration reads a length of time as people write it: "15m", "1h30m", "2 hours", "3d". Units are ms, s, m, h, d
// and w, and their names in English; a day is 24 hours. Zero is allowed, a negative length is not.
func parseDuration(text string) (time.Duration, error) {
	wrong := fmt.Errorf("`%s` is not a length of time; "+likeDuration, text)
	rest := strings.ToLower(strings.TrimSpace(text))
	part := regexp.MustCompile(`^([0-9]{1,9}) ?([a-z]+)\s*`)
	if rest == "" {
		return 0, wrong
	}
	var total time.Duration
	for rest != "" {
		m := part.FindStringSubmatch(rest)
		if m == nil {
			return 0, wrong
		}
		unit, ok := unitOf(m[2])
		if !ok {
			return 0, wrong
		}
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return 0, wrong
		}
		if n > int64(maxDuration/unit) {
			return 0, fmt.Errorf("`%s` is longer than a year", text)
		}
		if total += time.Duration(n) * unit; total > maxDuration {
			return 0, fmt.Errorf("`%s` is longer than a year", text)
		}
		rest = rest[len(m[0]):]
	}
	return total, nil
}

func unitOf(name string) (time.Duration, bool) {
	for _, u := range units() {
		if slices.Contains(u.names, name) {
			return u.long, true
		}
	}
	return 0, false
}

// unit is a unit of time, and its names.
type unit struct {
	long  time.Duration
	names []string
}

func units() []unit {
	return []unit{
		{7 * 24 * time.Hour, []string{"w", "week", "weeks"}},
		{24 * time.Hour, []string{"d", "day", "days"}},
		{time.Hour, []string{"h", "hour", "hours"}},
		{time.Minute, []string{"m", "min", "minute", "minutes"}},
		{time.Second, []string{"s", "sec", "second", "seconds"}},
		{time.Millisecond, []string{"ms", "millisecond", "milliseconds"}},
	}
}

// durationPattern is what parseDuration reads, except that there is no end to how long it is.
func durationPattern() string {
	var names []string
	for _, u := range units() {
		for _, name := range u.names {
			var b strings.Builder
			for _, c := range name {
				fmt.Fprintf(&b, "[%c%c]", unicode.ToUpper(c), c)
			}
			names = append(names, b.String())
		}
	}
	return `^\s*([0-9]{1,9} ?(` + strings.Join(names, "|") + `)\s*)+$`
}

// WriteDuration writes a length of time as the file has it: 15m, 1h30m, 3d.
func WriteDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	text := ""
	for _, u := range units() {
		if d >= u.long && u.long < 7*24*time.Hour {
			text += fmt.Sprintf("%d%s", d/u.long, u.names[0])
			d %= u.long
		}
	}
	return text
}
