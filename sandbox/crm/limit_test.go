package crm_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

func TestABurstIsAHundredInAnyTenSeconds(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Every: -1})
	a := p.get(deals)
	for name, value := range map[string]string{
		"Max": "100", "Remaining": "99", "Interval-Milliseconds": "10000", "Daily": "250000", "Daily-Remaining": "249999",
		"Secondly": "10", "Secondly-Remaining": "10",
	} {
		require.Equal(t, value, a.header.Get("X-HubSpot-RateLimit-"+name), name)
	}
	p.time.pass(4 * time.Second)
	for range 99 {
		a = p.get(deals)
		require.Equal(t, http.StatusOK, a.status)
	}
	require.Equal(t, "0", a.header.Get("X-HubSpot-RateLimit-Remaining"))

	a = p.get(deals)
	f := refusal(t, a, http.StatusTooManyRequests)
	require.Equal(t, failed{
		Status: "error", Message: "You have reached your ten_secondly_rolling limit.", CorrelationID: f.CorrelationID,
		Category: "RATE_LIMITS", ErrorType: "RATE_LIMIT", PolicyName: "TEN_SECONDLY_ROLLING",
	}, f)
	require.Equal(t, "6", a.header.Get("Retry-After"), "until the oldest one is ten seconds old")

	p.time.pass(5900 * time.Millisecond)
	require.Equal(t, "1", p.get(deals).header.Get("Retry-After"), "rounded up")
	p.time.pass(100 * time.Millisecond)
	require.Equal(t, http.StatusOK, p.get(deals).status, "the first one left the window, and refused ones do not count")
	require.Equal(t, http.StatusTooManyRequests, p.get(deals).status)
	p.time.pass(4 * time.Second)
	require.Equal(t, "98", p.get(deals).header.Get("X-HubSpot-RateLimit-Remaining"), "one of before, and this one")
}

func TestADayHasALimit(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Every: -1, Limits: crm.Limits{Daily: 2}})
	require.Equal(t, http.StatusOK, p.get(deals).status)
	require.Equal(t, http.StatusOK, p.get(deals).status)
	a := p.get(deals)
	f := refusal(t, a, http.StatusTooManyRequests)
	require.Equal(t, "DAILY", f.PolicyName)
	require.Equal(t, "You have reached your daily limit.", f.Message)
	require.Equal(t, "43200", a.header.Get("Retry-After"), "at midnight")
	p.time.pass(12 * time.Hour)
	require.Equal(t, http.StatusOK, p.get(deals).status)
}

// Only who has the token is counted, in every shape.
func TestWhatCounts(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Every: -1})
	a, err := p.ask(http.MethodGet, deals, "")
	require.NoError(t, err)
	require.Empty(t, a.header.Get("X-HubSpot-RateLimit-Remaining"))
	require.Equal(t, "99", p.get("/offset/deals").header.Get("X-HubSpot-RateLimit-Remaining"))
	require.Equal(t, "98", p.get("/link/deals").header.Get("X-HubSpot-RateLimit-Remaining"))
	require.Equal(t, "97", p.get(deals+"?limit=101").header.Get("X-HubSpot-RateLimit-Remaining"))
	require.Empty(t, quiet(t).get(deals).header.Get("X-HubSpot-RateLimit-Max"), "no limits, no headers")
}
