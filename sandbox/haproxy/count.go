package haproxy

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// count is what is counted of a frontend, of a backend or of a server.
type count struct {
	mu     sync.Mutex
	cur    int64 // at this moment: connections of a frontend, requests of the others
	most   int64 // cur at its highest
	total  int64
	asked  int64 // requests: of a frontend when they arrive, of the others when they are answered
	econ   int64 // the connection to the server could not be made
	eresp  int64 // the server did not answer, or not properly
	codes  [6]int64
	linked int64 // connections that were made, or tried
	last   time.Time
}

// begin counts a session.
func (c *count) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cur++
	c.total++
	c.most = max(c.most, c.cur)
	c.last = time.Now()
}

// end counts that it is over.
func (c *count) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cur--
}

// do changes it.
func (c *count) do(change func(*count)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// answered counts an answer with this status.
func (c *count) answered(status int) {
	if status/100 < len(c.codes) {
		c.codes[status/100]++
	}
}

// Conn is for http.Server.ConnState of the port of a frontend: it counts connections.
func (s *Server) Conn(frontend string) func(net.Conn, http.ConnState) {
	var mu sync.Mutex
	in := map[net.Conn]*count{} // in which process each began
	return func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch state {
		case http.StateNew:
			in[c] = s.now.Load().counts[frontend]
			in[c].begin()
		case http.StateClosed, http.StateHijacked:
			if n := in[c]; n != nil {
				n.end()
				delete(in, c)
			}
		}
	}
}
