package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// streamKept is how many notices a reader who was away can catch up on.
const streamKept = 8192

// notice is one event of the stream.
type notice struct {
	seq  int64
	to   []string // user ids; nil is everybody
	data []byte
}

func newNotice(kind string, to []string, value any) (notice, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return notice{}, fmt.Errorf("encoding a %s event: %w", kind, err)
	}
	if !bytes.HasPrefix(body, []byte("{")) {
		return notice{}, fmt.Errorf("encoding a %s event: %T is not a JSON object", kind, value)
	}
	data := fmt.Appendf(nil, `{"type":%q`, kind)
	if rest := body[1:]; len(rest) > 1 {
		data = append(append(data, ','), rest...)
	} else {
		data = append(data, '}')
	}
	return notice{to: to, data: data}, nil
}

// tell adds a notice to a change. The values are our own and always encode.
func (c *change) tell(kind string, to []string, value any) {
	n, err := newNotice(kind, to, value)
	if err != nil {
		panic(err)
	}
	c.notices = append(c.notices, n)
}

// hub keeps the last notices and wakes whoever waits for more. Publishing never
// blocks: readers come and fetch, and one that falls too far behind is told so.
type hub struct {
	mu      sync.Mutex
	kept    []notice
	next    int64
	changed chan struct{}
}

// newHub starts the sequence at the clock, so that it rises across restarts and a
// reader of the former process is recognised.
func newHub(now time.Time) *hub {
	return &hub{next: now.UnixMicro(), changed: make(chan struct{})}
}

func (h *hub) publish(n notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n.seq = h.next
	h.next++
	if len(h.kept) >= 2*streamKept {
		h.kept = slices.Clone(h.kept[len(h.kept)-streamKept:])
	}
	h.kept = append(h.kept, n)
	close(h.changed)
	h.changed = make(chan struct{})
}

// tail is the sequence the next notice will have.
func (h *hub) tail() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.next
}

// from returns the notices from seq on, whether nothing before them was lost, and
// a channel that is closed when there are more.
func (h *hub) from(seq int64) (notices []notice, whole bool, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	oldest := h.next - int64(len(h.kept))
	whole = seq >= oldest && seq <= h.next
	if !whole {
		seq = h.next
	}
	return slices.Clone(h.kept[seq-oldest:]), whole, h.changed
}

// serveStream is GET /sandbox/stream: Server-Sent Events for one person.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	who := s.personOf(r)
	if who == nil {
		writeJSON(w, http.StatusUnauthorized, errorReply("invalid_auth"))
		return
	}
	next := s.hub.tail()
	if last, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		next = last + 1
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	send := func(format string, args ...any) bool {
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !send(": you are %s\n\n", who.Name) {
		return
	}
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	for {
		notices, whole, changed := s.hub.from(next)
		if !whole {
			next = s.hub.tail()
			if !send("id: %d\ndata: {\"type\":\"resync\"}\n\n", next-1) {
				return
			}
			continue
		}
		for _, n := range notices {
			next = n.seq + 1
			if n.to != nil && !slices.Contains(n.to, who.ID) {
				continue
			}
			if !send("id: %d\ndata: %s\n\n", n.seq, n.data) {
				return
			}
		}
		select {
		case <-changed:
		case <-alive.C:
			if !send(": still here\n\n") {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
	}
}
