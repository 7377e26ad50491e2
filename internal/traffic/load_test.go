package traffic_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// answer is what a user saw.
type answer struct {
	asked, got time.Time
	by         string // the instance, or what went wrong
	failed     bool
	again      bool // the connection was closed under the request, and the client asked once more, as browsers do
}

// crowd are users with connections of their own, who ask again as soon as they have an answer.
type crowd struct {
	stop    context.CancelFunc
	count   atomic.Int64 // of answers so far
	wg      sync.WaitGroup
	mu      sync.Mutex
	answers []answer
}

func newCrowd(t *testing.T, users int, url string) *crowd {
	ctx, cancel := context.WithCancel(t.Context())
	c := &crowd{stop: cancel}
	for range users {
		c.wg.Go(func() {
			transport := &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
			var mine []answer
			for ctx.Err() == nil {
				conns := 0
				traced := httptrace.WithClientTrace(context.WithoutCancel(ctx), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { conns++ }})
				a := answer{asked: time.Now()}
				by, code, err := get(traced, client, url)
				a.got, a.by, a.again = time.Now(), by, conns > 1
				if err != nil || code != http.StatusOK {
					a.by, a.failed = fmt.Sprint(code, " ", by, " ", err), true
				}
				mine = append(mine, a)
				c.count.Add(1)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.answers = append(c.answers, mine...)
		})
	}
	t.Cleanup(func() { cancel(); c.wg.Wait() })
	return c
}

// end sends everybody home, and gives what they saw in the order in which they asked.
func (c *crowd) end() []answer {
	c.stop()
	c.wg.Wait()
	slices.SortFunc(c.answers, func(a, b answer) int { return a.asked.Compare(b.asked) })
	return c.answers
}

// more waits until they have seen more.
func (c *crowd) more(t *testing.T) {
	t.Helper()
	enough := c.count.Load() + 500
	eventually(t, "more answers", func() bool { return c.count.Load() >= enough })
}

func get(ctx context.Context, client *http.Client, url string) (string, int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", 0, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), resp.StatusCode, err
}

// underLoad moves 16 users from blue to green and back. Nobody may see an error, and nobody is sent to the old colour once it is said
// that users were moved; unless mixed, also not after the first answer of
// the new one.
func (c *colours) underLoad(mixed bool) {
	c.t.Helper()
	for _, to := range []string{"green", "blue"} {
		from := map[string]string{"green": "blue", "blue": "green"}[to]
		users := newCrowd(c.t, 16, "http://"+c.front+"/")
		users.more(c.t)
		began := time.Now()
		err := c.move(c.token(), from, to)
		said := time.Now()
		took := said.Sub(began)
		users.more(c.t)
		all := users.end()
		require.NoError(c.t, err)

		var failed, again, late int
		var first answer
		var mixing time.Duration
		for _, a := range all {
			switch {
			case a.failed:
				failed++
				c.t.Log(a.by)
			case a.by == to && (first.by == "" || a.got.Before(first.got)):
				first = a
			}
			if a.again {
				again++
			}
		}
		for _, a := range all {
			if a.by == from && a.asked.After(first.got) {
				late++
				mixing = max(mixing, a.asked.Sub(first.got))
			}
			require.False(c.t, a.by == from && a.asked.After(said), "asked %v after it was said that users were moved, and answered by %s", a.asked.Sub(said), from)
		}
		require.NotEmpty(c.t, first.by, "nobody reached %s", to)
		c.t.Logf("%s -> %s: switch %d ms, %d requests, %d failed, %d asked again, %d of the old colour up to %v after the first of the new",
			from, to, took.Milliseconds(), len(all), failed, again, late, mixing)
		require.Zero(c.t, failed)
		require.True(c.t, mixed || late == 0)
		require.Equal(c.t, from, all[0].by)
		require.Equal(c.t, to, all[len(all)-1].by)
		require.Equal(c.t, to, c.active())
	}
}
