package slack

import (
	"time"
)

// tier is how many calls a minute Slack lets one app make to one method in one
// workspace; see https://docs.slack.dev/apis/web-api/rate-limits. Zero is unlimited.
type tier int

const (
	tier2       tier = 20
	tier3       tier = 50
	tier4       tier = 100
	tierPost    tier = 300 // "several hundred messages per minute per workspace"
	tierSpecial tier = 600 // "hundreds of requests per minute"
)

// tiers remembers the calls of the last window. Slack tolerates some bursts and
// does not say which; here the window slides and nothing above the limit passes.
type tiers struct {
	limits Limits
	calls  map[string][]time.Time
}

func newTiers(l Limits) tiers { return tiers{limits: l, calls: map[string][]time.Time{}} }

// throttle is how long the caller has to wait, 0 when the call may go on. People's
// tokens stand for Slack's own client, which has no tiers.
func (s *Server) throttle(c *call, m method) time.Duration {
	if s.opts.Limits.Off || !c.who.app() {
		return 0
	}
	now := s.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	app := c.who.name()
	if c.method == "chat.postMessage" {
		channel := c.args["channel"]
		if ch := s.postTarget(c.who.user, channel); ch != nil {
			channel = ch.ID
		}
		l := s.opts.Limits
		wait := s.tiers.wait(app+" posts in "+channel, now, l.PostBurst, time.Duration(l.PostBurst)*l.PostEvery)
		if wait > 0 {
			return wait
		}
	}
	return s.tiers.wait(app+" "+c.method, now, int(m.tier), s.opts.Limits.Window)
}

// wait books one call when fewer than n were made within the window before now;
// otherwise it says when the oldest of them leaves the window, and books nothing.
func (t *tiers) wait(key string, now time.Time, n int, window time.Duration) time.Duration {
	if n <= 0 {
		return 0
	}
	recent := t.calls[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= window {
		recent = recent[1:]
	}
	if len(recent) >= n {
		t.calls[key] = recent
		return window - now.Sub(recent[0])
	}
	t.calls[key] = append(recent, now)
	return 0
}
