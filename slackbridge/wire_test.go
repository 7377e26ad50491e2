package slackbridge

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// rawSlack is a Slack that sends whatever the test wants, byte for byte.
type rawSlack struct {
	*httptest.Server
	mu    sync.Mutex
	acks  []string
	calls []string
	send  chan string
}

func newRawSlack(t *testing.T) *rawSlack {
	t.Helper()
	s := &rawSlack{send: make(chan string)}
	done := make(chan struct{})
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux := http.NewServeMux()
	mux.HandleFunc("/socket", func(rw http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		if ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","num_connections":1}`)) != nil {
			return
		}
		go func() {
			for {
				var ack struct {
					ID string `json:"envelope_id"`
				}
				if ws.ReadJSON(&ack) != nil {
					return
				}
				s.mu.Lock()
				s.acks = append(s.acks, ack.ID)
				s.mu.Unlock()
			}
		}()
		ping := time.NewTicker(50 * time.Millisecond)
		defer ping.Stop()
		for {
			select {
			case m := <-s.send:
				if ws.WriteMessage(websocket.TextMessage, []byte(m)) != nil {
					return
				}
			case <-ping.C:
				if ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Minute)) != nil {
					return
				}
			case <-done:
				return
			}
		}
	})
	mux.HandleFunc("/api/{method}", func(rw http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls = append(s.calls, r.PathValue("method")+" "+r.FormValue("text"))
		s.mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		answer := map[string]any{"ok": true}
		switch r.PathValue("method") {
		case "auth.test":
			answer["team_id"], answer["user_id"], answer["bot_id"] = "T1", "U0PAWL", "B0PAWL"
		case "apps.connections.open":
			answer["url"] = "ws" + strings.TrimPrefix(s.URL, "http") + "/socket"
		case "users.list":
			answer["members"] = []any{map[string]any{"id": "U1", "name": "ann", "team_id": "T1"}}
		case "chat.postMessage", "chat.postEphemeral", "chat.update":
			answer["ts"], answer["channel"], answer["message_ts"] = "1700000001.000100", r.FormValue("channel"), "1700000001.000100"
			answer["message"] = map[string]any{"thread_ts": r.FormValue("thread_ts")}
		}
		_ = json.NewEncoder(rw).Encode(answer)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() { close(done); s.Close() })
	return s
}

func (s *rawSlack) acked(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.acks {
		if a == id {
			return true
		}
	}
	return false
}

func (s *rawSlack) called(prefix string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.HasPrefix(c, prefix) {
			return true
		}
	}
	return false
}

// rawWorld is a bridge in front of a raw Slack.
func rawWorld(t *testing.T) (*rawSlack, *door) {
	t.Helper()
	s, d := newRawSlack(t), newDoor()
	b, err := New(Options{
		APIURL: s.URL + "/api/", BotToken: job.NewSecret("xoxb-1"), AppToken: job.NewSecret("xapp-1"), Door: d,
		Words: words.New(specs()), Timers: quick(), Log: zerolog.Nop(),
	})
	require.NoError(t, err)
	require.NoError(t, b.Start(context.Background()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, b.Drain(ctx))
	})
	require.Eventually(t, func() bool { return b.Ready() == nil }, time.Minute, time.Millisecond)
	return s, d
}

func TestWhatSlackGoCannotReadIsAcknowledgedAndAnswered(t *testing.T) {
	t.Parallel()
	now := tsOf(time.Now())
	for name, c := range map[string]struct {
		frame string
		so    func(s *rawSlack, d *door) bool
	}{
		"a message with blocks of tomorrow": {
			`{"envelope_id":"E","type":"events_api","payload":{"team_id":"T1","type":"event_callback","event":{"type":"message","channel":"D1","channel_type":"im","user":"U1","text":"toy","ts":"` + now + `","blocks":[{"type":"table","rows":[[{"type":"raw_hologram","text":7}]]}]}}}`,
			func(_ *rawSlack, d *door) bool { return len(d.started()) == 1 },
		},
		"an event nobody knows": {
			`{"envelope_id":"E","type":"events_api","payload":{"team_id":"T1","type":"event_callback","event":{"type":"workflow_step_execute","x":1}}}`, nil,
		},
		"an envelope of a kind nobody knows": {`{"envelope_id":"E","type":"telepathy","payload":{"a":1}}`, nil},
		"a payload that is no object":        {`{"envelope_id":"E","type":"events_api","payload":"hm"}`, nil},
		"a press in a message of tomorrow": {
			`{"envelope_id":"E","type":"interactive","accepts_response_payload":true,"payload":{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"container":{"type":"message","message_ts":"1700000000.000100","channel_id":"C1","thread_ts":"1700000000.000001"},"channel":{"id":"C1"},"message":{"blocks":[{"type":"table","rows":[[{"type":7}]]}]},"actions":[{"action_id":"decide:1","block_id":"pawl","value":"toy-k4m7q2|1|stop","type":{"odd":true},"action_ts":"` + now + `"}]}}`,
			func(s *rawSlack, d *door) bool {
				return len(d.decided()) == 1 && s.called("chat.postEphemeral Counted")
			},
		},
		"a press without its action": {
			`{"envelope_id":"E","type":"interactive","payload":{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"channel":{"id":"C1"},"actions":{"was":"a list"},"message":{"blocks":[{"type":"table","rows":3}]}}}`,
			func(s *rawSlack, _ *door) bool { return s.called("chat.postEphemeral I could not read that press") },
		},
		"a slash command": {
			`{"envelope_id":"E","type":"slash_commands","accepts_response_payload":true,"payload":{"command":"/pawl","text":"toy","user_id":"U1","channel_id":"C1","trigger_id":"1.2.3"}}`,
			func(_ *rawSlack, d *door) bool { return len(d.started()) == 1 },
		},
		"a slash command without its sender": {
			`{"envelope_id":"E","type":"slash_commands","accepts_response_payload":true,"payload":{"command":"/pawl","text":"toy"}}`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := rawWorld(t)
			s.send <- c.frame
			require.Eventually(t, func() bool { return s.acked("E") }, time.Minute, time.Millisecond, "acknowledged")
			if c.so != nil {
				require.Eventually(t, func() bool { return c.so(s, d) }, time.Minute, time.Millisecond, "answered")
			}
		})
	}
}

func TestGarbageBetweenEnvelopesIsHarmless(t *testing.T) {
	t.Parallel()
	s, d := rawWorld(t)
	for _, garbage := range []string{"", "{", "[]", "null", `{"type":7}`, `{"envelope_id":{},"type":"events_api","payload":{}}`} {
		s.send <- garbage
	}
	s.send <- `{"envelope_id":"E","type":"events_api","payload":{"team_id":"T1","event":{"type":"message","channel":"D1","channel_type":"im","user":"U1","text":"toy","ts":"` + tsOf(time.Now()) + `"}}}`
	require.Eventually(t, func() bool { return len(d.started()) == 1 && s.acked("E") }, time.Minute, time.Millisecond)
}

func FuzzEnvelope(f *testing.F) {
	f.Add("events_api", `{"team_id":"T1","event":{"type":"message","user":"U1","text":"toy","ts":"1700000000.000100","channel":"D1"}}`)
	f.Add("interactive", `{"type":"block_actions","user":{"id":"U1"},"channel":{"id":"C1"},"actions":[{"action_id":"decide:1","value":"toy-k4m7q2|1|stop"}]}`)
	f.Add("slash_commands", `{"command":"/pawl"}`)
	f.Add("events_api", `{"event":{"type":"subteam_updated","subteam":{"id":"S1","users":[]}}}`)
	f.Fuzz(func(t *testing.T, kind, payload string) {
		d := newDoor()
		b, err := New(Options{
			APIURL: "http://127.0.0.1:1/api/", BotToken: job.NewSecret("xoxb-1"), AppToken: job.NewSecret("xapp-1"), Door: d,
			Words: words.New(specs()), Timers: quick(), Log: zerolog.Nop(),
		})
		require.NoError(t, err)
		ended, cancel := contextEnded()
		defer cancel()
		b.life, b.leisure = ended, ended
		b.handle(ended, envelope{kind: kind, payload: json.RawMessage(payload), came: time.Now()})
		b.errands.Wait()
		require.Empty(t, d.asked(), "nobody is known, so nothing is started")
		require.Empty(t, d.decided())
		b.poster.Close()
	})
}
