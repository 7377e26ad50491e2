package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds what a file may ask to wait for: a year and a day.
const maxDuration = 366 * 24 * time.Hour

// parseDuration reads a length of time as people write it: "15m", "1h30m", "2 hours", "3d". Units are ms, s, m, h, d
// and w, and their names in English; a day is 24 hours. Zero is allowed, a negative length is not.
func parseDuration(text string) (time.Duration, error) {
	wrong := fmt.Errorf("`%s` is not a length of time; write one like 30s, 15m, 2h or 3d", text)
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
	switch name {
	case "ms", "millisecond", "milliseconds":
		return time.Millisecond, true
	case "s", "sec", "second", "seconds":
		return time.Second, true
	case "m", "min", "minute", "minutes":
		return time.Minute, true
	case "h", "hour", "hours":
		return time.Hour, true
	case "d", "day", "days":
		return 24 * time.Hour, true
	case "w", "week", "weeks":
		return 7 * 24 * time.Hour, true
	}
	return 0, false
}
