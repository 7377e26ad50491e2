package pages

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestPace(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)}
	p := &pace{now: c.Now}
	ask := func(times int, every time.Duration) {
		for range times {
			require.Zero(t, p.wait())
			p.begin()
			c.pass(every)
			p.ok()
		}
	}
	ask(80, 50*time.Millisecond) // 20 a second, for four seconds
	p.tooFast()
	require.InDelta(t, 10, p.rate, 0.2)
	require.Equal(t, 50, int(p.wait()/time.Millisecond))
	p.tooFast()
	require.InDelta(t, 10, p.rate, 0.2, "the second 429 of the same burst")
	c.pass(6 * time.Second)
	p.tooFast()
	require.InDelta(t, 5, p.rate, 0.1)
	ask(49, time.Second)
	require.InDelta(t, 5, p.rate, 0.1)
	ask(1, time.Second)
	require.InDelta(t, 5.5, p.rate, 0.1)
	for range 20 {
		c.pass(time.Minute)
		p.tooFast()
	}
	require.InDelta(t, slowest, p.rate, 0.001)
}

func TestASlowPaceIsTold(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good) })
	r, c := open(t, byCursor(s.URL))
	r.pace.rate = 0.2
	for range 2 {
		_, err := r.Page(t.Context(), job.Position{})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"HubSpot lets us ask every 5 s"}, c.said)
	require.Equal(t, []time.Duration{5 * time.Second}, c.waits)
}
