package slack_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// clock is a clock that only moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_800_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestTiers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		form   fields
		limit  int
	}{
		{"users.list", nil, 20},
		{"usergroups.users.list", fields{"usergroup": "S0ONCALL"}, 20},
		{"conversations.info", fields{"channel": ops}, 50},
		{"users.info", fields{"user": "U0BOB"}, 100},
		{"views.publish", fields{"user_id": "U0BOB", "view": "{}"}, 100},
	} {
		t.Run(c.method, func(t *testing.T) {
			t.Parallel()
			hand := newClock()
			w := open(t, slack.Options{Now: hand.Now})
			for range c.limit {
				require.Equal(t, http.StatusOK, w.call(pawl, c.method, c.form).Status)
			}
			over := w.call(pawl, c.method, c.form)
			require.Equal(t, http.StatusTooManyRequests, over.Status)
			require.Equal(t, "ratelimited", over.code())
			require.Equal(t, "60", over.Header.Get("Retry-After"))
			require.Equal(t, http.StatusOK, w.call("xoxb-otherbot", c.method, c.form).Status, "another app has its own budget")
			require.Equal(t, http.StatusOK, w.call("xoxp-alice", c.method, c.form).Status, "people have none")
			hand.pass(59500 * time.Millisecond)
			require.Equal(t, "1", w.call(pawl, c.method, c.form).Header.Get("Retry-After"))
			hand.pass(500 * time.Millisecond)
			require.Equal(t, http.StatusOK, w.call(pawl, c.method, c.form).Status)
		})
	}
}

// One message a second in a channel, with short bursts; other channels have a pace
// of their own.
func TestPaceOfPosts(t *testing.T) {
	t.Parallel()
	hand := newClock()
	w := open(t, slack.Options{Now: hand.Now})
	post := func(channel string) answer {
		return w.call(pawl, "chat.postMessage", fields{"channel": channel, "text": "x"})
	}
	for range 3 {
		require.Equal(t, http.StatusOK, post(shopDev).Status)
	}
	require.Equal(t, http.StatusTooManyRequests, post(shopDev).Status)
	require.Equal(t, http.StatusTooManyRequests, post("#shop-dev").Status, "a name is the same channel")
	require.Equal(t, http.StatusOK, post(ops).Status)
	sent := 0
	for range 60 {
		hand.pass(time.Second)
		if post(shopDev).Status == http.StatusOK {
			sent++
		}
	}
	require.InDelta(t, 60, sent, 3)
}

func TestPostsOfTheWholeWorkspace(t *testing.T) {
	t.Parallel()
	hand := newClock()
	w := open(t, slack.Options{Now: hand.Now, Limits: slack.Limits{PostBurst: 1000}})
	for range 300 {
		// Calls that are refused count like any other.
		require.Equal(t, http.StatusOK, w.call(pawl, "chat.postMessage", fields{"channel": "C0NOWHERE", "text": "x"}).Status)
	}
	over := w.call(pawl, "chat.postMessage", fields{"channel": shopDev, "text": "x"})
	require.Equal(t, http.StatusTooManyRequests, over.Status)
	seconds, err := strconv.Atoi(over.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, seconds)
}
