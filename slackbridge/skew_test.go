package slackbridge

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAClockThatIsOffDoesNotMakeCommandsLate(t *testing.T) {
	t.Parallel()
	var s skew
	typed := time.Unix(1700000000, 0)
	require.Equal(t, typed, s.ours(typed))
	s.observe("", http.Header{"Date": {time.Now().Add(-10 * time.Minute).UTC().Format(http.TimeFormat)}})
	require.InDelta(t, 600, s.ours(typed).Sub(typed).Seconds(), 3, "our clock is ten minutes ahead")
	s.observe("", http.Header{"Date": {"yesterday"}})
	require.InDelta(t, 600, s.ours(typed).Sub(typed).Seconds(), 3, "what cannot be read changes nothing")
	s.observe("", http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}})
	require.Equal(t, typed, s.ours(typed), "a second or two is no skew")
}

func TestTimestampsAreExact(t *testing.T) {
	t.Parallel()
	for _, ts := range []string{"1700000000.000100", "1795299211.134380", "9999999999.999999"} {
		require.Equal(t, ts, tsOf(timeOf(ts)))
	}
	for _, bad := range []string{"", "1700000000", "1700000000.1", "x700000000.000100", "0700000000.000100", "1700000000.00010x"} {
		require.True(t, timeOf(bad).IsZero(), bad)
	}
}
