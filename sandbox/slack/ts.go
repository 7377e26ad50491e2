package slack

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stamps hands out message timestamps: unique in the workspace, only ever rising,
// seconds and six decimals. The decimals look like microseconds and mostly are.
type stamps struct{ last int64 }

func (s *stamps) next(now time.Time) string {
	s.last = max(now.UnixMicro(), s.last+1)
	return fmt.Sprintf("%d.%06d", s.last/1e6, s.last%1e6)
}

// seen makes sure that no later stamp is at or before ts.
func (s *stamps) seen(ts string) {
	if micros, ok := parseTS(ts); ok {
		s.last = max(s.last, micros)
	}
}

// parseTS reads a timestamp as microseconds. It accepts what Slack accepts in
// oldest and latest: whole seconds, or seconds with up to six decimals.
func parseTS(ts string) (int64, bool) {
	whole, frac, _ := strings.Cut(ts, ".")
	if len(whole) > 12 || len(frac) > 6 {
		return 0, false
	}
	seconds, err := strconv.ParseUint(whole, 10, 63)
	if err != nil {
		return 0, false
	}
	micros := uint64(0)
	if frac != "" {
		micros, err = strconv.ParseUint(frac+strings.Repeat("0", 6-len(frac)), 10, 63)
		if err != nil {
			return 0, false
		}
	}
	return int64(seconds*1e6 + micros), true
}
