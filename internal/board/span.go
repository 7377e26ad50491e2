package board

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Span is how long something took, as exactly as a person can use it: "0.4 s", "41 s", "3 min 48 s", "1 h 12 min",
// "2 days 3 h". Two units at most; the smaller one is left out when it is zero. A negative span counts as none.
func Span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute-500*time.Millisecond:
		return whole(d, time.Second, "s")
	case d < time.Hour-500*time.Millisecond:
		return twoUnits(d, time.Minute, "min", time.Second, "s")
	case d < 24*time.Hour-30*time.Second:
		return twoUnits(d, time.Hour, "h", time.Minute, "min")
	default:
		return twoUnits(d, 24*time.Hour, "days", time.Hour, "h")
	}
}

// Rough is how long something usually takes, in one unit spelled out: "40 seconds", "1 minute", "4 minutes",
// "2 hours", "3 days". Seconds are rounded to tens. It fits after "usually", "about" and "within".
func Rough(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = max(d, 0); {
	case d < 5*time.Second:
		return "a few seconds"
	case d < 55*time.Second:
		return several(10*int64(math.Round(d.Seconds()/10)), "second")
	case d < time.Hour-30*time.Second:
		return several(rounded(d, time.Minute), "minute")
	case d < 36*time.Hour:
		return several(rounded(d, time.Hour), "hour")
	default:
		return several(rounded(d, day), "day")
	}
}

// Bytes is a size in decimal units, as disks are sold and people speak: "214 bytes", "41 MB", "1.5 GB". Below ten
// there is one decimal. A negative size counts as none.
func Bytes(n int64) string {
	if n = max(n, 0); n < 1000 {
		return several(n, "byte")
	}
	units := []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	size := float64(n) / 1000
	for len(units) > 1 && size >= 999.5 {
		size, units = size/1000, units[1:]
	}
	if size < 9.95 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", size), ".0") + " " + units[0]
	}
	return fmt.Sprintf("%.0f %s", size, units[0])
}

// Count is a whole number with its thousands set apart: "214,000".
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// rounded is how many whole units d is nearest to, at least one.
func rounded(d, unit time.Duration) int64 { return max(1, int64(d.Round(unit)/unit)) }

func whole(d, unit time.Duration, name string) string {
	return fmt.Sprintf("%d %s", rounded(d, unit), name)
}

// twoUnits is "3 min 48 s": a unit and the rest in the next smaller one, rounded to that.
func twoUnits(d, unit time.Duration, name string, small time.Duration, smallName string) string {
	d = d.Round(small)
	n, rest := d/unit, d%unit/small
	if n == 1 {
		name = strings.TrimSuffix(name, "s")
	}
	if rest == 0 {
		return fmt.Sprintf("%d %s", n, name)
	}
	return fmt.Sprintf("%d %s %d %s", n, name, rest, smallName)
}

func several(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
