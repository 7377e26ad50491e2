package slack

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// logKept is how many entries the log keeps.
const logKept = 50_000

// Entry is one line of the log: a call of the Web API, or something that happened
// to an envelope.
type Entry struct {
	N  int64     `json:"n"`
	At time.Time `json:"at"`
	// Kind is call, deliver, ack, give_up, click, connect, disconnect or response.
	Kind string `json:"kind"`

	// Of a call: who called what with which arguments (never the token), the HTTP
	// status, Slack's error code and how long it took.
	Method string            `json:"method,omitempty"`
	Actor  string            `json:"actor,omitempty"`
	Args   map[string]string `json:"args,omitempty"`
	Status int               `json:"status,omitempty"`
	Error  string            `json:"error,omitempty"`
	Fault  string            `json:"fault,omitempty"`
	Millis float64           `json:"ms,omitempty"`

	// Of an envelope: its type (events_api, interactive, slash_commands), the event's
	// type and id, the connection and which attempt it was.
	Type       string `json:"type,omitempty"`
	Event      string `json:"event,omitempty"`
	EventID    string `json:"event_id,omitempty"`
	EnvelopeID string `json:"envelope_id,omitempty"`
	Connection int    `json:"connection,omitempty"`
	Attempt    int    `json:"attempt,omitempty"`
}

// callLog remembers what went over the wire, so that a test can judge it from outside.
type callLog struct {
	mu      sync.Mutex
	next    int64
	entries []Entry
}

func newCallLog() *callLog { return &callLog{next: 1} }

func (l *callLog) add(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.N, e.At = l.next, time.Now()
	l.next++
	if len(l.entries) >= 2*logKept {
		l.entries = slices.Clone(l.entries[len(l.entries)-logKept:])
	}
	l.entries = append(l.entries, e)
}

// since returns the entries with a number above n.
func (l *callLog) since(n int64) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := l.next - int64(len(l.entries))
	from := max(n+1-oldest, 0)
	if from >= int64(len(l.entries)) {
		return []Entry{}
	}
	return slices.Clone(l.entries[from:])
}

// serveLog is GET /sandbox/log?since=n.
func (s *Server) serveLog(w http.ResponseWriter, r *http.Request) {
	since, _ := strconv.ParseInt(r.FormValue("since"), 10, 64) // absent is from the beginning
	entries := s.log.since(since)
	next := since
	if len(entries) > 0 {
		next = entries[len(entries)-1].N
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true, "entries": entries, "next": next})
}
