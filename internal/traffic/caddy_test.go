package traffic_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// newCaddy is a real Caddy. A route nobody asks keeps both colours in sight.
func newCaddy(t testing.TB) *colours {
	t.Helper()
	program := testneed.Component(t, "caddy")
	c := newColours(t, job.TrafficCaddy)
	c.lb.Host = job.Host{}
	c.lb.URL, c.lb.ID = fmt.Sprintf("http://127.0.0.1:%d", freePort(t)), "shop-master"
	c.lb.Backends = map[string]string{"blue": c.address["blue"], "green": c.address["green"]}
	c.write("caddy.json", fmt.Sprintf(`{
		"admin": {"listen": %q, "config": {"persist": false}},
		"apps": {"http": {"servers": {"users": {"listen": [%q], "automatic_https": {"disable": true}, "routes": [
			{"match": [{"host": ["nobody.invalid"]}], "handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": %[3]q}, {"dial": %[4]q}]}]},
			{"handle": [{"@id": "shop-master", "handler": "reverse_proxy", "upstreams": [{"dial": %[3]q, "max_requests": 1000}]}]},
			{"handle": [{"@id": "own", "handler": "reverse_proxy", "upstreams": [{"@id": "mine", "dial": %[3]q}]}]},
			{"handle": [{"@id": "both", "handler": "reverse_proxy", "upstreams": [{"dial": %[3]q}, {"dial": %[4]q}]}]}
		]}}}}}`, strings.TrimPrefix(c.lb.URL, "http://"), c.front, c.address["blue"], c.address["green"]))
	c.run(program, "run", "--config", c.path("caddy.json"))
	return c
}

func TestCaddyMovesUsersUnderLoad(t *testing.T) {
	if !whereConnectionsAreHandedOver(t) {
		return
	}
	c := newCaddy(t)
	require.Equal(t, "blue", c.active())
	// 0.02 to 0.5 ms, seen in one of fifty to a hundred switches on a busy machine (caddy.go)
	c.thereAndBack(allowed{mixed: true, trailing: 250 * time.Millisecond})
}

func TestCaddyRefuses(t *testing.T) {
	t.Parallel()
	c := newCaddy(t)
	c.lb.Backends["red"] = "127.0.0.1:1"
	require.Equal(t, "Users are on blue, not on green. I moved nobody.", c.refused(c.move("b", "green", "red")))
	require.Equal(t, "Users are on blue already, and it was not this switch that moved them.", c.refused(c.move("c", "green", "blue")))
	require.Contains(t, c.refused(c.move("d", "blue", "white")), "white does not take turns in serving users of shop/master")
	for id, want := range map[string]string{
		"none": `404, unknown object ID 'none'`,
		"own":  `the upstream of the handler "own" has an @id of its own, and that is where I write down what I did`,
		"both": `the handler "both" has 2 upstreams, it should have the one that serves users`,
	} {
		c.lb.ID = id
		_, err := c.balancer.Active(t.Context(), c.lb)
		require.EqualError(t, err, "asking Caddy at "+c.lb.URL+" who has users: "+want)
		c.unknown(c.move("e", "blue", "green"))
		_, err = c.balancer.Settle(t.Context(), c.lb, "e")
		require.ErrorContains(t, err, want)
	}
	c.lb.URL = fmt.Sprintf("http://127.0.0.1:%d", freePort(t))
	require.Equal(t, "I do not know whether users were moved: Caddy did not answer as it should.", c.unknown(c.move("f", "blue", "green")))
	_, err := c.balancer.Active(t.Context(), c.lb)
	require.ErrorContains(t, err, "connection refused")
}

// Answers nobody could make the real one give.
func TestCaddyAnswersThatAreNotGood(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status  int
		body    string
		changed bool // meanwhile
		want    string
		unknown bool
	}{
		{status: 500, body: `{"error":"loading new config: no"}`, want: "Caddy does not take that: 500, loading new config: no. Users stay on blue."},
		{status: 500, body: `{"error":"loading new config: no"}`, changed: true, want: "I do not know whether users were moved", unknown: true},
		{status: 412, body: `{"error":"If-Match header did not match"}`, want: "Somebody else changed Caddy at the same moment. I moved nobody."},
		{status: 502, body: "<html>", want: "I do not know whether users were moved", unknown: true},
		{status: 500, body: "<html>", want: "I do not know whether users were moved", unknown: true},
		{status: 504, body: `{"error":"gateway"}`, want: "I do not know whether users were moved", unknown: true},
		{status: 307, body: "", want: "I do not know whether users were moved", unknown: true},
		{status: 403, body: `{"error":"host not allowed"}`, want: "I do not know whether users were moved", unknown: true},
	} {
		var patched atomic.Int64
		fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				patched.Add(1)
				assert.Equal(t, `"/x 1"`, r.Header.Get("If-Match"))
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
				return
			}
			w.Header().Set("Etag", `"/x 1"`)
			if test.changed && patched.Load() > 0 {
				w.Header().Set("Etag", `"/x 2"`)
			}
			_, _ = io.WriteString(w, `[{"dial":"app-1:80"}]`)
		}))
		c := &colours{t: t, balancer: traffic.New(traffic.Options{}), lb: job.Traffic{
			Kind: job.TrafficCaddy, URL: fake.URL, ID: "x", Key: "shop/master",
			Backends: map[string]string{"blue": "app-1:80", "green": "app-2:80"},
		}}
		err := c.move("a", "blue", "green")
		fake.Close()
		if test.unknown {
			require.Contains(t, c.unknown(err), test.want, test)
		} else {
			require.Equal(t, test.want, c.refused(err), test)
		}
		require.EqualValues(t, 1, patched.Load(), "an answer is an answer")
	}
	for _, text := range []string{"", "{}", "[]", "[1]", `[{"dial":1}]`, `[{"dial":""}]`, `[{"dial":"a b"}]`, `[{"dial":"a:1","@id":1}]`, `[{"dial":"a:1","@id":"pawl.y.1"}]`, `[{"dial":"a:1"},{"dial":"a:1"}]`, `[{"dial":"a:1"}]`} {
		fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
		_, err := traffic.New(traffic.Options{}).Active(t.Context(), job.Traffic{Kind: job.TrafficCaddy, URL: fake.URL, ID: "x"})
		fake.Close()
		require.Error(t, err, text) // the last for its lack of an ETag
	}
}

func TestCaddyAnAttemptThatComesLateDoesNothing(t *testing.T) {
	t.Parallel()
	c := newCaddy(t)
	require.NoError(t, c.move("there", "blue", "green"))
	require.NoError(t, c.move("there", "blue", "green"), "and once more")
	require.NoError(t, c.move("back", "green", "blue"))
	require.Equal(t, "This switch was carried out already; since then users were moved on to blue. I did nothing.", c.refused(c.move("there", "blue", "green")))
	for i := range 20 { // the journal is bounded, and goes on
		require.NoError(t, c.move(fmt.Sprint("on-", i), "blue", "green"))
		require.NoError(t, c.move(fmt.Sprint("off-", i), "green", "blue"))
	}
	require.Equal(t, "blue", c.served())

	name, err := c.balancer.Settle(t.Context(), c.lb, "given-up")
	require.NoError(t, err)
	require.Equal(t, "blue", name)
	require.Equal(t, "This switch was given up before it was begun. Users were not moved.", c.refused(c.move("given-up", "blue", "green")))
	name, err = c.balancer.Settle(t.Context(), c.lb, "off-19")
	require.NoError(t, err)
	require.Equal(t, "blue", name)
}

func TestCaddyOneOfManyMovesUsers(t *testing.T) {
	t.Parallel()
	c := newCaddy(t)
	from, to := "blue", "green"
	for round := range 5 {
		var wg sync.WaitGroup
		results := make([]error, 6)
		for i := range results {
			wg.Go(func() {
				results[i] = c.balancer.Switch(t.Context(), c.lb, traffic.Switch{To: to, From: from, Token: fmt.Sprintf("race-%d-%d", round, i/2)})
			})
		}
		wg.Wait()
		won := 0
		for i := 0; i < len(results); i += 2 {
			require.Equal(t, results[i] == nil, results[i+1] == nil, "two attempts at one switch end the same: %v and %v", results[i], results[i+1])
			if results[i] == nil {
				won++
				continue
			}
			c.refused(results[i])
		}
		require.Equal(t, 1, won)
		require.Equal(t, to, c.served())
		from, to = to, from
	}
}

// The answer of a switch is lost, or the request is.
func TestCaddyALostAnswerIsUnknownUntilSomebodyLooks(t *testing.T) {
	t.Parallel()
	c := newCaddy(t)
	target, err := url.Parse(c.lb.URL)
	require.NoError(t, err)
	var lose atomic.Value // the "answer" of the next PATCH, or the "request" of all
	lose.Store("")
	var late func()
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }} // with the host Caddy expects
	cable := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := lose.Load().(string)
		if r.Method != http.MethodPatch || what == "" {
			proxy.ServeHTTP(w, r)
			return
		}
		if what == "answer" {
			lose.Store("")
			proxy.ServeHTTP(httptest.NewRecorder(), r)
		} else {
			body := readAll(t, r.Body)
			late = func() {
				var status int
				eventually(t, "it is answered", func() bool { // after a change Caddy's admin server is a new one
					sent, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, target.String()+"/id/shop-master/upstreams", strings.NewReader(body))
					require.NoError(t, err)
					sent.Header = r.Header.Clone()
					resp, err := http.DefaultTransport.RoundTrip(sent)
					if err != nil {
						return false
					}
					status = resp.StatusCode
					return resp.Body.Close() == nil
				})
				require.Equal(t, http.StatusPreconditionFailed, status)
			}
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(cable.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	c.lb.URL = cable.URL

	lose.Store("answer")
	require.NoError(t, c.move("a", "blue", "green"), "the next attempt finds it done")
	require.Equal(t, "green", c.active())
	lose.Store("request")
	c.unknown(c.move("b", "green", "blue"))
	require.Equal(t, "green", c.active())
	lose.Store("")
	require.NoError(t, c.move("c", "green", "blue"))
	require.NoError(t, c.move("d", "blue", "green"))
	late()
	require.Equal(t, "green", c.served(), "what was on its way all the while moves nobody")

	lose.Store("request")
	c.unknown(c.move("e", "green", "blue"))
	lose.Store("")
	name, err := c.balancer.Settle(t.Context(), c.lb, "e")
	require.NoError(t, err)
	require.Equal(t, "green", name)
	late()
	require.Equal(t, "green", c.served(), "and neither does what was given up")
}

func TestCaddyDrains(t *testing.T) {
	t.Parallel()
	c := newCaddy(t)
	saw := c.slowly()
	require.NoError(t, c.move("a", "blue", "green"))
	left, err := c.balancer.Drained(t.Context(), c.lb, "blue")
	require.NoError(t, err)
	require.Equal(t, 1, left)
	c.finish <- struct{}{}
	require.Equal(t, "blue<nil>", <-saw)
	eventually(t, "it is over", func() bool {
		left, err := c.balancer.Drained(t.Context(), c.lb, "blue")
		require.NoError(t, err)
		return left == 0
	})
	c.lb.Backends["red"] = "127.0.0.1:1"
	_, err = c.balancer.Drained(t.Context(), c.lb, "red")
	require.ErrorIs(t, err, traffic.ErrNotCounted, "no handler has it")
	_, err = c.balancer.Drained(t.Context(), c.lb, "white")
	require.ErrorContains(t, err, "pawl.yaml does not say its address")
	_, err = c.balancer.Count(t.Context(), c.lb, "blue")
	require.ErrorIs(t, err, traffic.ErrNotCounted)
}
