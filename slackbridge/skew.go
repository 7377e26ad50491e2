package slackbridge

import (
	"net/http"
	"sync/atomic"
	"time"
)

// skew is how far this machine's clock is ahead of Slack's. Whether a command comes late is read from Slack's timestamps:
// with a clock that is minutes off, every command would.
type skew struct{ ahead atomic.Int64 }

// tolerated is what the Date header (whole seconds) and the way of the answer may account for.
const tolerated = 5 * time.Second

// observe takes in the date of an answer of Slack.
func (s *skew) observe(_ string, h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	ahead := time.Since(date)
	if ahead.Abs() <= tolerated {
		ahead = 0
	}
	s.ahead.Store(int64(ahead))
}

// ours is what our clock showed at a moment of Slack's.
func (s *skew) ours(t time.Time) time.Time { return t.Add(time.Duration(s.ahead.Load())) }
