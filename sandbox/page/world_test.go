package page_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/page"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

const pawlToken = "xoxb-sandbox-pawl"

// world is the whole demo without Pawl: the sandbox's Slack, the panel and the
// page behind one address.
type world struct {
	*testing.T
	URL    string
	slack  *slack.Server
	panel  *sandbox.Panel
	server *httptest.Server
	things map[string]*thing
}

// cut breaks every connection to the world at once.
func (w *world) cut() { w.server.CloseClientConnections() }

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := slack.New(slack.Options{Limits: slack.Limits{Off: true}})
	require.NoError(t, err)
	w := &world{T: t, slack: s, panel: sandbox.NewPanel(s.Broadcast), things: map[string]*thing{}}
	mux := http.NewServeMux()
	mux.Handle("/sandbox/world", w.panel)
	mux.Handle("/sandbox/world/", w.panel)
	mux.Handle("/api/", s.Handler())
	mux.Handle("/socket/", s.Handler())
	mux.Handle("/response/", s.Handler())
	mux.Handle("/upload/", s.Handler())
	mux.Handle("/files-pri/", s.Handler())
	mux.Handle("/sandbox/", s.Handler())
	mux.Handle("/", page.Handler())
	server := httptest.NewServer(mux)
	w.URL, w.server = server.URL, server
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		server.CloseClientConnections() // open pages keep their streams
		server.Close()
	})
	return w
}

// as opens the page as somebody.
func (w *world) as(ctx context.Context, t *testing.T, v view, name, rest string) *tab {
	t.Helper()
	return open(ctx, t, v, w.URL+"/?as="+name+rest)
}

type args map[string]any

// call calls a method of the Web API with a form and returns the answer.
func (w *world) call(token, method string, a args) map[string]any {
	w.Helper()
	form := url.Values{"token": {token}}
	for name, value := range a {
		text, ok := value.(string)
		if !ok {
			encoded, err := json.Marshal(value)
			require.NoError(w, err)
			text = string(encoded)
		}
		form.Set(name, text)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.URL+"/api/"+method, strings.NewReader(form.Encode()))
	require.NoError(w, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	require.NoError(w, err)
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	require.NoError(w, json.NewDecoder(response.Body).Decode(&answer))
	require.Equal(w, true, answer["ok"], "%s %v: %v", method, a, answer)
	return answer
}

// post posts as Pawl and returns the ts; update edits.
func (w *world) post(channel string, a args) string {
	w.Helper()
	return w.postAs(pawlToken, channel, a)
}

func (w *world) postAs(token, channel string, a args) string {
	w.Helper()
	a["channel"] = channel
	return w.call(token, "chat.postMessage", a)["ts"].(string)
}

func (w *world) update(channel, ts string, a args) {
	w.Helper()
	a["channel"], a["ts"] = channel, ts
	w.call(pawlToken, "chat.update", a)
}

// whisper posts what only one person sees.
func (w *world) whisper(channel, user string, a args) string {
	w.Helper()
	a["channel"], a["user"] = channel, user
	return w.call(pawlToken, "chat.postEphemeral", a)["message_ts"].(string)
}

func mrkdwn(text string) args  { return args{"type": "mrkdwn", "text": text} }
func section(text string) args { return args{"type": "section", "text": mrkdwn(text)} }

func button(id, label, style string) args {
	b := args{"type": "button", "action_id": id, "text": args{"type": "plain_text", "text": label}, "value": id}
	if style != "" {
		b["style"] = style
	}
	return b
}

// click is what an app gets to know of a press.
type click struct {
	User, Action, Message string
}

// app is the receiving half of Pawl: it acknowledges what comes over Socket Mode
// and hands clicks to the test. While it is deaf it acknowledges nothing.
type app struct {
	clicks   chan click
	commands chan command
	sent     chan string // reasons that were sent in

	mu      sync.Mutex
	deaf    bool
	trigger string         // of the last click
	answer  map[string]any // payload of the next acknowledgement; nil: none
}

// command is what an app gets to know of a slash command.
type command struct{ User, Channel, Text string }

// answers makes the next acknowledgement say something.
func (a *app) answers(payload map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = payload
}

// lastTrigger is the right to open one window.
func (a *app) lastTrigger() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trigger
}

func (a *app) setDeaf(deaf bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deaf = deaf
}

// connect starts the receiving half; it ends with the test.
func (w *world) connect() *app {
	w.Helper()
	address := w.call("xapp-sandbox-pawl", "apps.connections.open", args{})["url"].(string)
	conn, response, err := websocket.DefaultDialer.Dial(address, nil)
	require.NoError(w, err)
	if response.Body != nil {
		_ = response.Body.Close()
	}
	a := &app{clicks: make(chan click, 16), commands: make(chan command, 16), sent: make(chan string, 16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for a.receive(conn) {
		}
	}()
	w.Cleanup(func() { _ = conn.Close(); <-done })
	return a
}

// receive handles one envelope and reports whether there can be more.
func (a *app) receive(conn *websocket.Conn) bool {
	var e struct {
		ID      string `json:"envelope_id"`
		Type    string
		Payload struct {
			User      struct{ ID string }
			Container struct {
				TS string `json:"message_ts"`
			}
			Actions []struct {
				ID string `json:"action_id"`
			}
			Trigger string `json:"trigger_id"`
			UserID  string `json:"user_id"`
			Channel any    `json:"channel_id"`
			Text    string
			View    struct {
				State struct {
					Values map[string]map[string]struct{ Value string }
				}
			}
		}
	}
	if err := conn.ReadJSON(&e); err != nil {
		return false
	}
	a.mu.Lock()
	deaf := a.deaf
	ack := map[string]any{"envelope_id": e.ID}
	if !deaf && a.answer != nil && e.Type != "events_api" {
		ack["payload"], a.answer = a.answer, nil
	}
	if e.Payload.Trigger != "" {
		a.trigger = e.Payload.Trigger
	}
	a.mu.Unlock()
	if e.ID == "" || deaf {
		return true
	}
	if err := conn.WriteJSON(ack); err != nil {
		return false
	}
	switch {
	case e.Type == "slash_commands":
		channel, _ := e.Payload.Channel.(string)
		a.commands <- command{e.Payload.UserID, channel, e.Payload.Text}
	case e.Type == "interactive" && len(e.Payload.Actions) == 1:
		a.clicks <- click{e.Payload.User.ID, e.Payload.Actions[0].ID, e.Payload.Container.TS}
	case e.Type == "interactive" && len(e.Payload.View.State.Values) > 0:
		a.sent <- e.Payload.View.State.Values["why"]["text"].Value
	}
	return true
}

func (w *world) clicked(a *app) click {
	w.Helper()
	select {
	case c := <-a.clicks:
		return c
	case <-time.After(patience):
		require.Fail(w, "nothing was clicked")
		return click{}
	}
}

// faults is what is wrong with Slack.
func (w *world) faults() []slack.Fault {
	w.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.URL+"/sandbox/faults", http.NoBody)
	require.NoError(w, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(w, err)
	defer func() { _ = response.Body.Close() }()
	var answer struct{ Faults []slack.Fault }
	require.NoError(w, json.NewDecoder(response.Body).Decode(&answer))
	return answer.Faults
}

// waitFor asks the world again and again until a condition holds.
func (w *world) waitFor(condition func() bool, format string, a ...any) {
	w.Helper()
	require.Eventually(w, condition, patience, 20*time.Millisecond, append([]any{format}, a...)...)
}

// thing is a part of the world with switches, as the composed demo has them.
type thing struct {
	changed func()

	mu    sync.Mutex
	is    sandbox.Thing
	flips []string
	fail  error
}

func (w *world) register(is sandbox.Thing) *thing {
	x := &thing{is: is, changed: w.panel.Changed}
	w.panel.Register(x)
	w.things[is.ID] = x
	return x
}

func (x *thing) Thing() sandbox.Thing {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := x.is
	t.Switches = append([]sandbox.Switch{}, t.Switches...)
	return t
}

func (x *thing) Flip(_ context.Context, id string, on bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fail != nil {
		return x.fail
	}
	for i, s := range x.is.Switches {
		if s.ID != id {
			continue
		}
		position := "off"
		if on {
			position = "on"
		}
		x.flips = append(x.flips, id+" "+position)
		if x.is.Kind == sandbox.KindPawl {
			x.is.State, x.is.Word, x.is.Since = sandbox.StateDown, "killed", time.Now()
			return nil
		}
		x.is.Switches[i].On, x.is.Switches[i].Label = on, "Cut the cable"
		if on {
			x.is.Switches[i].Label = "Mend the cable"
		}
		return nil
	}
	return sandbox.ErrNoSwitch
}

// become puts a thing into a state, as the world does by itself.
func (x *thing) become(state, word string, since time.Time) {
	x.mu.Lock()
	x.is.State, x.is.Word, x.is.Since = state, word, since
	x.mu.Unlock()
	x.changed()
}

func (w *world) pawl() *thing {
	return w.register(sandbox.Thing{
		ID: "pawl", Kind: sandbox.KindPawl, Name: "Pawl", State: sandbox.StateOK, Word: "alive",
		Since: time.Now().Add(-2 * time.Minute), Detail: "pid 4242",
		Switches: []sandbox.Switch{{
			ID: "plug", Label: "Pull the plug", Danger: true,
			Help: "Kills the process with SIGKILL. It is started again after 3 seconds.",
		}},
	})
}

func (w *world) host(name string) *thing {
	return w.register(sandbox.Thing{
		ID: name, Kind: sandbox.KindHost, Name: name, State: sandbox.StateOK, Word: "up",
		Since:    time.Now().Add(-12 * time.Minute),
		Switches: []sandbox.Switch{{ID: "cable", Label: "Cut the cable", Danger: true}},
	})
}

// board is the message of a run as Pawl draws it.
func board(title, id string, lines ...string) args {
	return args{
		"text": strings.TrimSuffix(title, ".") + ".",
		"blocks": []args{
			section("*" + title + "*"),
			section(strings.Join(lines, "\n")),
			{"type": "context", "elements": []args{mrkdwn(id + " · usually 4 minutes")}},
			{"type": "actions", "block_id": "controls", "elements": []args{button("cancel", "Cancel", "")}},
		},
	}
}
