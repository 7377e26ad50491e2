package traffic_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/crowd"
)

// moved is what users and we saw of one switch under load.
type moved struct {
	took             time.Duration // the switch, until it was said
	requests, failed int
	again            int           // the connection was closed under the request, and the client asked once more
	late             int           // sent to the old colour after the first answer of the new one
	mixing           time.Duration // for so long
	trailing         time.Duration // the last of them after it was said that users were moved
	firstBy, lastBy  string        // who answered the first and the last
}

// underLoad moves 16 users who never pause, and watches them for a while after it was said that they were moved.
func (c *colours) underLoad(from, to string, while time.Duration) (m moved) {
	c.t.Helper()
	users := crowd.Send(c.t.Context(), crowd.Place{URL: "http://" + c.front + "/", Users: 16})
	c.t.Cleanup(func() { users.Home() })
	more(c.t, users)
	began := time.Now()
	err := c.move(c.token(), from, to)
	said := time.Now()
	eventually(c.t, "they were watched long enough", func() bool { return time.Since(said) > while })
	more(c.t, users)
	all := users.Home()
	require.NoError(c.t, err)

	m = moved{took: said.Sub(began), requests: len(all), firstBy: all[0].Body, lastBy: all[len(all)-1].Body}
	var first time.Time
	for _, a := range all {
		if a.Err != nil || a.Status != http.StatusOK {
			m.failed++
			c.t.Log(a.Status, a.Body, a.Err)
		} else if a.Body == to && (first.IsZero() || a.Got.Before(first)) {
			first = a.Got
		}
		if a.Again {
			m.again++
		}
	}
	for _, a := range all {
		if a.Body != from {
			continue
		}
		if a.Asked.After(first) {
			m.late++
			m.mixing = max(m.mixing, a.Asked.Sub(first))
		}
		m.trailing = max(m.trailing, a.Asked.Sub(said))
	}
	return m
}

// more waits until they have seen more.
func more(t testing.TB, users *crowd.Crowd) {
	t.Helper()
	enough := users.Count() + 500
	eventually(t, "more answers", func() bool { return users.Count() >= enough })
}

// allowed is what a kind of load balancer does to users who are moved; the zero value is what HAProxy does: nothing.
type allowed struct {
	mixed    bool          // some are sent to the old colour after the first answer of the new one
	trailing time.Duration // so long after it was said that they were moved, too
}

// thereAndBack moves users from blue to green and back.
func (c *colours) thereAndBack(may allowed) {
	c.t.Helper()
	from, to := "blue", "green"
	for range 2 {
		m := c.underLoad(from, to, may.trailing)
		c.t.Logf("%s -> %s: %+v", from, to, m)
		require.Zero(c.t, m.failed)
		require.LessOrEqual(c.t, m.trailing, may.trailing, "after it was said that users were moved, somebody asked and was answered by %s", from)
		require.True(c.t, may.mixed || m.late == 0)
		require.Equal(c.t, from, m.firstBy)
		require.Equal(c.t, to, m.lastBy)
		require.Equal(c.t, to, c.active())
		from, to = to, from
	}
}

// BenchmarkSwitch moves 16 users who never pause, to and fro.
func BenchmarkSwitch(b *testing.B) {
	for name, start := range map[string]func(testing.TB) *colours{
		"HAProxy": func(t testing.TB) *colours { t.Helper(); return newHAProxy(t).colours },
		"nginx":   newNginx,
		"Caddy":   newCaddy,
	} {
		b.Run(name, func(b *testing.B) {
			c := start(b)
			var took []time.Duration
			requests, failed := 0, 0
			from, to := "blue", "green"
			for b.Loop() {
				m := c.underLoad(from, to, 0)
				failed += m.failed
				took = append(took, m.took)
				requests += m.requests
				from, to = to, from
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "median-ns")
			b.ReportMetric(float64(took[len(took)-1]), "worst-ns")
			b.ReportMetric(float64(requests), "requests")
			b.ReportMetric(float64(failed), "failed")
			b.ReportMetric(0, "ns/op") // it is mostly the users' time before and after
		})
	}
}

func get(ctx context.Context, client *http.Client, url string) (string, int, error) {
	a := crowd.Ask(ctx, client, url)
	return a.Body, a.Status, a.Err
}
