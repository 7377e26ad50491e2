package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
)

// lamp is the smallest thing with a switch.
type lamp struct {
	id   string
	fail error

	mu sync.Mutex
	on bool
}

func (l *lamp) Thing() sandbox.Thing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sandbox.Thing{
		ID: l.id, Kind: sandbox.KindHost, Name: l.id, State: sandbox.StateOK, Word: "up",
		Since:    time.Date(2024, 12, 3, 14, 5, 0, 0, time.UTC),
		Switches: []sandbox.Switch{{ID: "light", Label: "Switch the light on", On: l.on}},
	}
}

func (l *lamp) Flip(_ context.Context, id string, on bool) error {
	if id != "light" {
		return sandbox.ErrNoSwitch
	}
	if l.fail != nil {
		return l.fail
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.on = on
	return nil
}

// bare is a thing without any switch.
type bare struct{ lamp }

func (b *bare) Thing() sandbox.Thing { return sandbox.Thing{ID: b.id} }

// audience keeps what was broadcast, as an open page would have read it.
type audience struct {
	mu     sync.Mutex
	events []sandbox.Picture
}

func (a *audience) broadcast(kind string, value any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if kind == "world" {
		a.events = append(a.events, value.(sandbox.Picture))
	}
	return errors.New("nobody listens") // a panel does not care
}

func (a *audience) last(t *testing.T) sandbox.Picture {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	require.NotEmpty(t, a.events, "nothing was broadcast")
	return a.events[len(a.events)-1]
}

func ask(p http.Handler, method, path, body string, header ...string) (int, string) {
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestPanelShowsThingsInTheOrderOfRegistration(t *testing.T) {
	t.Parallel()
	var pages audience
	p := sandbox.NewPanel(pages.broadcast)
	p.Register(&lamp{id: "pawl"})
	p.Register(&bare{lamp{id: "app-1"}})

	code, body := ask(p, http.MethodGet, "/sandbox/world", "")
	require.Equal(t, http.StatusOK, code)
	require.JSONEq(t, `{"things":[
		{"id":"pawl","kind":"host","name":"pawl","state":"ok","word":"up","since":"2024-12-03T14:05:00Z","detail":"","url":"",
		 "switches":[{"id":"light","label":"Switch the light on","on":false,"danger":false,"help":""}]},
		{"id":"app-1","kind":"","name":"","state":"","word":"","detail":"","url":"","switches":[]}]}`, body)
	require.Equal(t, p.Picture(), pages.last(t), "registering pushes the new picture")
}

func TestPanelEmptyWorldIsAList(t *testing.T) {
	t.Parallel()
	p := sandbox.NewPanel(func(string, any) error { return nil })
	_, body := ask(p, http.MethodGet, "/sandbox/world", "")
	require.JSONEq(t, `{"things":[]}`, body)
}

func TestPanelFlipsAndPushes(t *testing.T) {
	t.Parallel()
	var pages audience
	p := sandbox.NewPanel(pages.broadcast)
	l := &lamp{id: "lamp"}
	p.Register(l)

	for _, on := range []bool{true, true, false} {
		body, err := json.Marshal(map[string]bool{"on": on})
		require.NoError(t, err)
		code, answer := ask(p, http.MethodPost, "/sandbox/world/lamp/light", string(body))
		require.Equal(t, http.StatusOK, code)
		require.JSONEq(t, `{"ok":true}`, answer)
		require.Equal(t, on, l.on)
		require.Equal(t, on, pages.last(t).Things[0].Switches[0].On, "the push shows the new position")
	}
}

func TestPanelRefusals(t *testing.T) {
	t.Parallel()
	broken := errors.New("killing process 4242: not permitted")
	for name, c := range map[string]struct {
		path, body string
		header     []string
		code       int
		says       string
	}{
		"unknown thing":        {path: "/sandbox/world/moon/light", body: `{"on":true}`, code: 404, says: `nothing in the world is called \"moon\"`},
		"unknown switch":       {path: "/sandbox/world/lamp/moon", body: `{"on":true}`, code: 404, says: `lamp has no switch \"moon\"`},
		"the flip goes wrong":  {path: "/sandbox/world/broken/light", body: `{"on":true}`, code: 500, says: broken.Error()},
		"position not said":    {path: "/sandbox/world/lamp/light", body: `{}`, code: 400, says: "say {"},
		"no body":              {path: "/sandbox/world/lamp/light", code: 400, says: "reading the switch position"},
		"not JSON":             {path: "/sandbox/world/lamp/light", body: "on=true", code: 400, says: "reading the switch position"},
		"a body without end":   {path: "/sandbox/world/lamp/light", body: `{"x":"` + strings.Repeat("x", 4096) + `","on":true}`, code: 400, says: "too large"},
		"a page of other site": {path: "/sandbox/world/lamp/light", body: `{"on":true}`, header: []string{"Sec-Fetch-Site", "cross-site"}, code: 403},
		"a foreign origin":     {path: "/sandbox/world/lamp/light", body: `{"on":true}`, header: []string{"Origin", "https://evil.example"}, code: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var pages audience
			p := sandbox.NewPanel(pages.broadcast)
			l := &lamp{id: "lamp"}
			p.Register(l)
			p.Register(&lamp{id: "broken", fail: broken})
			before := len(pages.events)

			code, answer := ask(p, http.MethodPost, c.path, c.body, c.header...)
			require.Equal(t, c.code, code, answer)
			require.Contains(t, answer, c.says)
			require.False(t, l.on, "nothing was flipped")
			require.Len(t, pages.events, before, "nothing was pushed")
		})
	}
}

func TestPanelRefusesTwoThingsOfOneName(t *testing.T) {
	t.Parallel()
	p := sandbox.NewPanel(func(string, any) error { return nil })
	p.Register(&lamp{id: "lamp"})
	require.PanicsWithValue(t, `sandbox: two things are called "lamp"`, func() { p.Register(&lamp{id: "lamp"}) })
	require.Len(t, p.Picture().Things, 1, "the panel still works")
}

// Whatever the order in which goroutines report changes, the last picture a
// page gets is the newest.
func TestPanelLastPushIsTheNewest(t *testing.T) {
	t.Parallel()
	var pages audience
	p := sandbox.NewPanel(pages.broadcast)
	l := &lamp{id: "lamp"}
	p.Register(l)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_ = l.Flip(context.Background(), "light", i%2 == 0)
			p.Changed()
		})
	}
	wg.Wait()
	require.Equal(t, p.Picture(), pages.last(t))
}
