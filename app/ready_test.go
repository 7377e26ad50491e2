package app

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// says is a process that says this of itself, in turn; the last one for good.
func says(t *testing.T, codes ...int) (addr string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := codes[0]
		if r.URL.Path != "/readyz" {
			code = http.StatusNotFound
		}
		if len(codes) > 1 {
			codes = codes[1:]
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(http.StatusText(code) + "\nand more\n"))
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestReady(t *testing.T) {
	t.Parallel()
	fine, sick, none := says(t, http.StatusOK), says(t, http.StatusServiceUnavailable), closed(t)
	for _, c := range []struct {
		name  string
		addrs []string
		says  string
		err   string
	}{
		{"one is ready", []string{fine}, fine + ": OK; and more\n", ""},
		{"one is not", []string{sick}, "", sick + ": not ready: Service Unavailable; and more"},
		{"one that was named does not answer", []string{none}, "", none + ": nothing answers: connection refused"},
		{"those that do not run are passed over", []string{none, fine}, fine + ": OK; and more\n", ""},
		{"one of those that run is not", []string{none, fine, sick}, fine + ": OK", sick + ": not ready"},
		{"none runs", []string{none, none}, "", "no Pawl answers on " + none},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := untilAllReady(t.Context(), &out, c.addrs, 0)
			require.Contains(t, out.String(), c.says)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}

func TestReadyWaits(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	addr := says(t, http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK)
	require.NoError(t, untilAllReady(t.Context(), &out, []string{addr}, time.Minute))
	require.Contains(t, out.String(), "OK")
}

func TestUnderstands(t *testing.T) {
	t.Parallel()
	for line, wrong := range map[string]string{
		"up":                                   "",
		"up --roles engine,worker --data /x":   "",
		"worker --config a --listen 1:2":       "",
		"namespace --retention 7d --wait 10s":  "",
		"ready --listen 127.0.0.1:1 --wait 1s": "",
		"up --roles engine,cook":               `"cook" is none`,
		"workers":                              "no command",
		"worker --roles engine":                "unknown flag",
		"worker now":                           `"now" is not expected here`,
		"namespace --retention 7":              "a number of days",
		"ready --wait soon":                    "invalid argument",
		"":                                     "no command",
	} {
		err := Understands(strings.Fields(line))
		if wrong == "" {
			require.NoError(t, err, line)
		} else {
			require.ErrorContains(t, err, wrong, line)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"1d": 24 * time.Hour, "30d": 720 * time.Hour, "": 0, "0d": 0, "-1d": 0, "30": 0, "30dd": 0, "1.5d": 0, "d": 0, "9999d": 0, "30d ": 0} {
		got, err := days(text)
		require.Equal(t, want, got, text)
		require.Equal(t, want == 0, err != nil, text)
	}
}
