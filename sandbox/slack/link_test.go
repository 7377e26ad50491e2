package slack_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// link is a socket mode connection seen raw.
type link struct {
	w      *world
	ws     *websocket.Conn
	frames chan frame // closed when the link ends
	pings  atomic.Int64
	over   error // why it ended, once frames is closed
}

// frame is anything Slack sends.
type frame struct {
	Type           string  `json:"type"`
	Reason         string  `json:"reason"`
	NumConnections int     `json:"num_connections"`
	EnvelopeID     string  `json:"envelope_id"`
	Accepts        bool    `json:"accepts_response_payload"`
	RetryAttempt   *int    `json:"retry_attempt"`
	RetryReason    *string `json:"retry_reason"`
	Payload        struct {
		Type        string           `json:"type"`
		EventID     string           `json:"event_id"`
		Event       map[string]any   `json:"event"`
		TriggerID   string           `json:"trigger_id"`
		ResponseURL string           `json:"response_url"`
		Actions     []map[string]any `json:"actions"`
		Container   map[string]any   `json:"container"`
		User        map[string]any   `json:"user"`
		Channel     map[string]any   `json:"channel"`
		Message     map[string]any   `json:"message"`
		Command     string           `json:"command"`
		Text        string           `json:"text"`
	} `json:"payload"`
}

func (w *world) ticket() string {
	return w.must("xapp-sandbox-pawl", "apps.connections.open", nil)["url"].(string)
}

// dial opens a connection and reads its hello.
func (w *world) dial() *link {
	w.Helper()
	l := w.dialRaw()
	require.Equal(w, "hello", l.next().Type)
	return l
}

func (w *world) dialRaw() *link {
	w.Helper()
	ws, answer, err := websocket.DefaultDialer.DialContext(w.ctx, w.ticket(), nil)
	require.NoError(w, err)
	_ = answer.Body.Close()
	l := &link{w: w, ws: ws, frames: make(chan frame, 100)}
	ws.SetPingHandler(func(data string) error {
		l.pings.Add(1)
		return ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Minute))
	})
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(l.frames)
		for {
			_, text, err := ws.ReadMessage()
			if err != nil {
				l.over = err
				return
			}
			var f frame
			if err := json.Unmarshal(text, &f); err != nil {
				l.over = err
				return
			}
			l.frames <- f
		}
	})
	w.Cleanup(func() { _ = ws.Close(); reading.Wait() })
	return l
}

// next is the next frame; a link that ends instead fails the test.
func (l *link) next() frame {
	l.w.Helper()
	select {
	case f, ok := <-l.frames:
		if !ok {
			l.w.Fatalf("the link ended: %v", l.over)
		}
		return f
	case <-l.w.ctx.Done():
		l.w.Fatal("nothing came")
		return frame{}
	}
}

// ended waits for the end of the link, ignoring what still comes.
func (l *link) ended() error {
	l.w.Helper()
	for {
		select {
		case _, open := <-l.frames:
			if !open {
				return l.over
			}
		case <-l.w.ctx.Done():
			l.w.Fatal("the link does not end")
		}
	}
}

func (l *link) ack(f frame, payload ...any) {
	l.w.Helper()
	ack := map[string]any{"envelope_id": f.EnvelopeID}
	if len(payload) > 0 {
		ack["payload"] = payload[0]
	}
	require.NoError(l.w, l.ws.WriteJSON(ack))
}
