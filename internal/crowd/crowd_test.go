package crowd_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/crowd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachUserHasOneConnectionAndNoAnswerIsLost(t *testing.T) {
	var mu sync.Mutex
	from := map[string]int64{} // by connection
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from[r.RemoteAddr]++
		mu.Unlock()
		w.Header().Set("X-Served-By", "blue")
		_, _ = w.Write([]byte("hello"))
	}))
	defer s.Close()
	users := crowd.Send(t.Context(),
		crowd.Place{Name: "busy", URL: s.URL, Users: 3}, crowd.Place{Name: "calm", URL: s.URL, Users: 2, Every: time.Hour})
	require.Eventually(t, func() bool { return users.Count() >= 50 }, time.Minute, time.Millisecond)
	all := users.Home()
	require.Equal(t, all, users.Home())
	require.Len(t, from, 4, "the second of the calm ones was to begin in half an hour")
	var served int64
	for _, n := range from {
		served += n
	}
	require.Len(t, all, int(served))
	calm := 0
	for i, a := range all {
		require.NoError(t, a.Err)
		require.Equal(t, http.StatusOK, a.Status)
		require.Equal(t, "hello", a.Body)
		require.Equal(t, "blue", a.Header.Get("X-Served-By"))
		require.False(t, a.Again)
		require.False(t, a.Got.Before(a.Asked))
		require.True(t, i == 0 || !a.Asked.Before(all[i-1].Asked))
		if a.Place == "calm" {
			calm++
		}
	}
	require.Equal(t, 1, calm)
}

func TestWhatIsWrongWithAnAnswerIsTold(t *testing.T) {
	first := true
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/half":
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("half"))
		case "/again":
			if first {
				first = false
				_, _ = w.Write([]byte("once"))
				return
			}
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = conn.Close()
			}
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ask := func(path string) crowd.Answer { return crowd.Ask(context.Background(), client, s.URL+path) }
	a := ask("/")
	require.NoError(t, a.Err)
	require.Equal(t, http.StatusBadGateway, a.Status)
	require.ErrorContains(t, ask("/half").Err, "reading the answer: unexpected EOF")
	require.Equal(t, "once", ask("/again").Body)
	a = ask("/again")
	require.Error(t, a.Err, "and the second time as well")
	require.True(t, a.Again, "the client asked once more over another connection")
	s.Close()
	require.ErrorContains(t, ask("/").Err, "connection refused")
	require.Error(t, crowd.Ask(context.Background(), client, "http://a b/").Err)
}
