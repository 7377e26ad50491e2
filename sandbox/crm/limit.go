package crm

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// window is over how long the burst of a private app is counted.
const window = 10 * time.Second

// Limits are how often the CRM may be asked with the token. A request that is refused counts for neither.
type Limits struct {
	Burst int  // requests in any 10 s; 100 when zero, which is what HubSpot gives free and starter accounts
	Daily int  // requests from midnight to midnight UTC; 250,000 when zero
	Off   bool // no limits at all
}

func (l Limits) withDefaults() Limits {
	if l.Burst <= 0 {
		l.Burst = 100
	}
	if l.Daily <= 0 {
		l.Daily = 250_000
	}
	return l
}

// rate counts the requests of the one token there is: a sliding window without tolerance, as TEN_SECONDLY_ROLLING says.
type rate struct {
	limits Limits
	recent []time.Time // of the last 10 s, oldest first
	day    time.Time
	today  int
}

// take counts one request, or refuses it.
func (l *rate) take(now time.Time) *refusal {
	for len(l.recent) > 0 && !l.recent[0].After(now.Add(-window)) {
		l.recent = l.recent[1:]
	}
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(l.day) {
		l.day, l.today = day, 0
	}
	switch {
	case l.limits.Off:
		return nil
	case l.today >= l.limits.Daily:
		return tooMany("DAILY", "daily", l.day.Add(24*time.Hour).Sub(now))
	case len(l.recent) >= l.limits.Burst:
		return tooMany("TEN_SECONDLY_ROLLING", "ten_secondly_rolling", l.recent[0].Add(window).Sub(now))
	}
	l.recent = append(l.recent, now)
	l.today++
	return nil
}

// say puts into the headers how much is left.
func (l *rate) say(h http.Header) {
	if l.limits.Off {
		return
	}
	// Secondly is what older clients read; HubSpot calls it deprecated and sends it on.
	second := max(1, l.limits.Burst/10)
	left := l.limits.Burst - len(l.recent)
	for name, n := range map[string]int{
		"Daily": l.limits.Daily, "Daily-Remaining": l.limits.Daily - l.today,
		"Max": l.limits.Burst, "Remaining": left, "Interval-Milliseconds": int(window.Milliseconds()),
		"Secondly": second, "Secondly-Remaining": min(second, left),
	} {
		h.Set("X-HubSpot-RateLimit-"+name, strconv.Itoa(n))
	}
}

// tooMany is HubSpot's 429. Retry-After is in whole seconds
// (https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines); zero leaves it out, as older answers do.
func tooMany(policy, word string, after time.Duration) *refusal {
	f := &refusal{
		status: http.StatusTooManyRequests, Category: tooOften, ErrorType: "RATE_LIMIT", PolicyName: policy,
		Message: "You have reached your " + word + " limit.", header: http.Header{},
	}
	if after > 0 {
		f.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	return f
}
