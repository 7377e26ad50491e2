package pages

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// times says how often, in words as far as people do: "five times".
func times(n int) string {
	words := []string{"never", "once", "twice", "three times", "four times", "five times", "six times", "seven times", "eight times", "nine times", "ten times", "eleven times", "twelve times"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n) + " times"
}

// within says in what time something happened.
func within(d time.Duration) string {
	if d < time.Second {
		return "within a second"
	}
	return "in " + span(d)
}

// span is a length of time in words: "2 minutes".
func span(d time.Duration) string {
	unit, name := time.Second, "second"
	switch {
	case d >= 48*time.Hour:
		unit, name = 24*time.Hour, "day"
	case d >= 90*time.Minute:
		unit, name = time.Hour, "hour"
	case d >= 90*time.Second:
		unit, name = time.Minute, "minute"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	n := int(math.Round(float64(d) / float64(unit)))
	if n != 1 {
		name += "s"
	}
	return strconv.Itoa(n) + " " + name
}

// brief is a length of time for the board: "10 s".
func brief(d time.Duration) string {
	if d < 100*time.Second {
		return fmt.Sprintf("%d s", max(1, int(math.Round(d.Seconds()))))
	}
	return span(d)
}

// size is a number of bytes for people: "10.5 MB".
func size(n int) string {
	const kb, mb = 1 << 10, 1 << 20
	switch {
	case n >= mb:
		return trimmed(float64(n)/mb) + " MB"
	case n >= kb:
		return trimmed(float64(n)/kb) + " kB"
	}
	return strconv.Itoa(n) + " bytes"
}

func trimmed(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// grouped is a number with commas: "100,000".
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
