package instances

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answering is an instance that answers with this.
func answering(t *testing.T, handler http.HandlerFunc) job.Instance {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return job.Instance{App: "shop", Environment: "master", Name: "blue", URL: s.URL, Health: "/health", Tasks: "/tasks"}
}

// saying is one that answers with a status, a media type and a body.
func saying(t *testing.T, code int, kind, body string) job.Instance {
	t.Helper()
	return answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	})
}

// speaking is one that sends exactly these bytes to whoever connects.
func speaking(t *testing.T, text string) job.Instance {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			_, _ = c.Read(buf)
			_, _ = io.WriteString(c, text)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return job.Instance{URL: "http://" + l.Addr().String(), Health: "/health"}
}

// patient is a client whose patience only a hanging test reaches.
func patient() *Client { return New(Options{Within: 20 * time.Second}) }

func TestAHealthyInstanceSaysHowItIs(t *testing.T) {
	t.Parallel()
	var asked string
	i := answering(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path
		_, _ = io.WriteString(w, `{"version":"2024.50","started":"2026-11-20T09:00:00Z","checks":{"database":"ok","queue":"4,000 waiting","odd":7}}`)
	})
	h := New(Options{}).Probe(t.Context(), i)
	require.Equal(t, "GET /health", asked)
	require.Positive(t, h.Took)
	h.Took = 0
	require.Equal(t, Health{
		OK: true, Answered: true, Code: 200, Version: "2024.50", Since: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		Checks: map[string]string{"database": "ok", "queue": "4,000 waiting"},
	}, h)
	require.Equal(t, []string{"queue"}, h.Failing())
}

func TestThePathIsTheConfiguredOne(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	i := answering(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.RequestURI() })
	for path, want := range map[string]string{"": "/health", "up?deep=1": "/up?deep=1", "/a/b": "/a/b"} {
		i.Health = path
		require.True(t, patient().Probe(t.Context(), i).OK)
		require.Equal(t, want, <-asked)
	}
}

func TestWhatAnInstanceSaysBecomesASentence(t *testing.T) {
	t.Parallel()
	const html = "<html><h1>502</h1></html>"
	for name, c := range map[string]struct {
		of   func(*testing.T) job.Instance
		want Health
	}{
		"a check": {func(t *testing.T) job.Instance {
			return saying(t, 503, "application/json", `{"version":"2024.51","checks":{"database":"migration 0412 is missing","cache":"ok"}}`)
		}, Health{
			Answered: true, Code: 503, Version: "2024.51", Problem: "503: migration 0412 is missing",
			Checks: map[string]string{"database": "migration 0412 is missing", "cache": "ok"},
		}},
		"two checks": {func(t *testing.T) job.Instance {
			return saying(t, 500, "application/json", `{"checks":{"b":"is away","a":"is full"}}`)
		}, Health{Answered: true, Code: 500, Problem: "500: is full (and 1 more)", Checks: map[string]string{"b": "is away", "a": "is full"}}},
		"a plain text": {func(t *testing.T) job.Instance {
			return saying(t, 503, "text/plain; charset=utf-8", "\nwarming up, 40 %\nstack trace\n")
		}, Health{Answered: true, Code: 503, Problem: "503: warming up, 40 %"}},
		"a page": {
			func(t *testing.T) job.Instance { return saying(t, 502, "text/html", html) },
			Health{Answered: true, Code: 502, Problem: "502: bad gateway"},
		},
		"an unknown status": {
			func(t *testing.T) job.Instance { return saying(t, 599, "text/html", html) },
			Health{Answered: true, Code: 599, Problem: "599: not well"},
		},
		"a healthy page": {
			func(t *testing.T) job.Instance { return saying(t, 200, "text/html", html) },
			Health{OK: true, Answered: true, Code: 200},
		},
		"garbage": {
			func(t *testing.T) job.Instance { return speaking(t, "\x00\x01SSH-2.0-OpenSSH\r\n\r\n") },
			Health{Answered: true, Problem: "what it answers is not HTTP"},
		},
		"endless headers": {func(t *testing.T) job.Instance {
			return speaking(t, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-More: "+strings.Repeat("x", 1000)+"\r\n", 100)+"\r\n")
		}, Health{Answered: true, Problem: "what it answers is too large"}},
		"an end too soon": {
			func(t *testing.T) job.Instance { return speaking(t, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{") },
			Health{Answered: true, Code: 200, Problem: "it begins to answer and does not come to an end"},
		},
		"closed at once": {func(t *testing.T) job.Instance { return speaking(t, "") }, Health{Problem: "no answer"}},
		"nobody there": {func(t *testing.T) job.Instance {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, l.Close())
			return job.Instance{URL: "http://" + l.Addr().String()}
		}, Health{Problem: "no answer: nothing listens there"}},
		"an impossible address": {func(*testing.T) job.Instance { return job.Instance{URL: "http://[::1"} }, Health{Problem: "no answer"}},
		"another host": {func(t *testing.T) job.Instance {
			return answering(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://elsewhere.test/health", http.StatusFound)
			})
		}, Health{Answered: true, Code: 302, Problem: "302: it sends us elsewhere, to http://elsewhere.test/health"}},
		"a healthy body of 64 MB": {func(t *testing.T) job.Instance {
			return answering(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"version":"`)
				for range 1 << 16 {
					if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
						return
					}
				}
			})
		}, Health{OK: true, Answered: true, Code: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := New(Options{}).Probe(t.Context(), c.of(t))
			h.Took = 0
			require.Equal(t, c.want, h)
		})
	}
}

func TestAnotherPathOfTheSameHostIsFollowed(t *testing.T) {
	t.Parallel()
	i := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			http.Redirect(w, r, "/health/", http.StatusMovedPermanently)
			return
		}
		_, _ = io.WriteString(w, `{"version":"2024.50"}`)
	})
	require.Equal(t, "2024.50", patient().Probe(t.Context(), i).Version)

	circle := answering(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/health", http.StatusFound) })
	require.Equal(t, "302: it sends us elsewhere, to /health", patient().Probe(t.Context(), circle).Problem)
}

// Somebody who listens and says nothing, and somebody whose answer does not come to an end: both cost what was allowed.
func TestSilenceAndSlowness(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler  http.HandlerFunc
		within   time.Duration
		answered bool
		want     string
	}{
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 300 * time.Millisecond, false, "no answer in time"},
		"slow": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
		}, 3 * time.Second, true, "it begins to answer and does not come to an end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := answering(t, c.handler)
			h := New(Options{Within: c.within}).Probe(t.Context(), i)
			require.Equal(t, []any{false, c.answered, c.want}, []any{h.OK, h.Answered, h.Problem})
			require.GreaterOrEqual(t, h.Took, c.within)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, "no answer", patient().Probe(ctx, answering(t, func(http.ResponseWriter, *http.Request) {})).Problem)
}

func TestACertificateIsHeldToItsName(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	i := job.Instance{URL: s.URL}
	h := New(Options{Within: 20 * time.Second}).Probe(t.Context(), i)
	require.Equal(t, []any{true, "its certificate is not one we trust"}, []any{h.Answered, h.Problem})

	// Trusted, but made for example.com and 127.0.0.1.
	trusting := New(Options{})
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	trusting.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, ServerName: "elsewhere.test", MinVersion: tls.VersionTLS12}
	require.Equal(t, "its certificate is for another name", trusting.Probe(t.Context(), i).Problem)

	plain := answering(t, func(http.ResponseWriter, *http.Request) {})
	plain.URL = strings.Replace(plain.URL, "http:", "https:", 1)
	require.Equal(t, "it does not speak TLS", patient().Probe(t.Context(), plain).Problem)
}

func TestTasks(t *testing.T) {
	t.Parallel()
	i := saying(t, 200, "application/json", `{"tasks":[{"name":"send invoices","started":"2026-11-20T09:00:00Z","note":"62 %"},{"name":"\u001b[31m"},{"name":"clean up"}]}`)
	got, err := patient().Tasks(t.Context(), i)
	require.NoError(t, err)
	require.Equal(t, []Task{
		{Name: "send invoices", Since: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Note: "62 %"}, {Name: "[31m"}, {Name: "clean up"},
	}, got)

	none, err := patient().Tasks(t.Context(), saying(t, 200, "application/json", `{"tasks":[]}`))
	require.NoError(t, err)
	require.Empty(t, none)

	for want, of := range map[string]job.Instance{
		"503: warming up":                         saying(t, 503, "text/plain", "warming up"),
		"what it answers is no list of tasks":     saying(t, 200, "text/html", "<html>"),
		"its list of tasks is larger than 64 kB":  saying(t, 200, "application/json", `{"tasks":[`+strings.Repeat(`{"name":"x"},`, 9000)+`{}]}`),
		"no answer: nothing listens there":        {URL: "http://127.0.0.1:1", Tasks: "/tasks"},
		"it has no tasks to show":                 {URL: "http://127.0.0.1:1"},
		"what it answers is not HTTP":             func() job.Instance { i := speaking(t, "hello\r\n"); i.Tasks = "/tasks"; return i }(),
		"404: not found":                          saying(t, 404, "text/html", ""),
		"500: division by zero in send_invoices.": saying(t, 500, "text/plain", "division by zero in send_invoices."),
	} {
		_, err := patient().Tasks(t.Context(), of)
		require.EqualError(t, err, want)
	}
	_, err = patient().Tasks(t.Context(), job.Instance{})
	require.ErrorIs(t, err, ErrNoTasks)
}

func TestTimesThatCannotHaveBeenAreNone(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, 7.0, "", "yesterday", "0001-01-01T00:00:00Z", time.Now().Add(time.Hour).Format(time.RFC3339)} {
		require.Zero(t, moment(v), "%v", v)
	}
	require.Equal(t, int64(1700000000), moment("2023-11-14T23:13:20+01:00").Unix())
}

// FuzzHealth holds that whatever an instance answers is short, clean and no panic.
func FuzzHealth(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"version":"2024.50","started":"2026-11-20T09:00:00Z","checks":{"a":"ok","b":"no"}}`))
	f.Add(503, "text/plain", []byte("migration \x1b[31m0412\u202e is missing\n"))
	f.Add(302, "text/html", []byte("\uE000user|U1|\uE001"))
	f.Add(-1, "", []byte(`{"checks":null,"version":[]}`))
	f.Fuzz(func(t *testing.T, code int, kind string, body []byte) {
		h := judge(reply{code: code, kind: kind, location: string(body), body: body, whole: true}, nil)
		require.Equal(t, h.OK, h.Problem == "")
		require.LessOrEqual(t, len(h.Checks), mostChecks)
		shown := []string{h.Version, h.Problem}
		for name, says := range h.Checks {
			shown = append(shown, name, says)
		}
		for _, text := range shown {
			require.True(t, utf8.ValidString(text))
			require.LessOrEqual(t, utf8.RuneCountInString(text), shownSentence+80)
			require.NotContains(t, text, "\n")
			require.NotContains(t, text, "\uE000")
			require.NotContains(t, text, "\x1b")
		}
		require.NotPanics(t, func() { _ = fmt.Sprint(h.Failing()) })
	})
}
