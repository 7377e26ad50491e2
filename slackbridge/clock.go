package slackbridge

import (
	"strconv"
	"strings"
	"time"
)

// validTS reports whether s has the form of a Slack timestamp: seconds, a dot, six digits.
func validTS(s string) bool {
	sec, frac, ok := strings.Cut(s, ".")
	return ok && len(sec) >= 9 && len(sec) <= 11 && len(frac) == 6 && sec[0] != '0' &&
		strings.Trim(sec, "0123456789") == "" && strings.Trim(frac, "0123456789") == ""
}

// timeOf is the moment a Slack timestamp stands for, and the zero time when it is none.
func timeOf(ts string) time.Time {
	if !validTS(ts) {
		return time.Time{}
	}
	sec, frac, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(sec, 10, 64)
	us, _ := strconv.ParseInt(frac, 10, 64)
	return time.Unix(s, us*1000)
}

// tsOf is the Slack timestamp of a moment.
func tsOf(t time.Time) string {
	return strconv.FormatInt(t.Unix(), 10) + "." + leftPad(strconv.Itoa(t.Nanosecond()/1000), 6)
}

func leftPad(s string, n int) string {
	if len(s) >= n {
		return s
	}
	return strings.Repeat("0", n-len(s)) + s
}
