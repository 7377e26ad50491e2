package slack

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxConnections is how many sockets an app may have open.
	maxConnections = 10
	// maxAck is the size from which Slack drops an acknowledgement without a word.
	maxAck = 20_000
	// ticketLife is how long a socket URL may be used, once.
	ticketLife = 30 * time.Second
	// debugLifetime is how long a connection lives that asked for debug_reconnects.
	debugLifetime = 360 * time.Second
	// unread is how many frames may wait for a slow reader before it is cut off.
	unread = 256
)

// tickets are the socket URLs handed out and not used yet, with their end.
type tickets map[string]time.Time

// conn is one Socket Mode connection.
type conn struct {
	id      int
	ws      *websocket.Conn
	out     chan any           // frames to be written
	refresh chan time.Duration // ask for a reconnect, close after that long
	gone    chan struct{}      // closed when the connection is over
	once    sync.Once

	mu      sync.Mutex
	silent  bool
	leaving bool // was asked to go, guarded by the outbox
}

func (c *conn) number() int {
	if c == nil {
		return 0
	}
	return c.id
}

// kill cuts the link without a closing handshake.
func (c *conn) kill() {
	c.once.Do(func() {
		close(c.gone)
		_ = c.ws.Close()
	})
}

func (c *conn) silence() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = true
}

func (c *conn) isSilent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}

// send queues a frame. A silent connection swallows it; one that does not read is
// cut off.
func (c *conn) send(f any) {
	if c.isSilent() {
		return
	}
	select {
	case c.out <- f:
	default:
		c.kill()
	}
}

// connectionsOpen is apps.connections.open.
func connectionsOpen(c *call) (reply, *apiError) {
	for old, end := range c.tickets {
		if c.opts.Now().After(end) {
			delete(c.tickets, old)
		}
	}
	ticket := randomID(26)
	c.tickets[ticket] = c.opts.Now().Add(ticketLife)
	ws := "ws" + strings.TrimPrefix(c.base, "http")
	return reply{"url": ws + "/socket/?ticket=" + ticket + "&app_id=" + AppID}, nil
}

// redeem uses up a ticket.
func (s *Server) redeem(ticket string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	return ok && s.opts.Now().Before(end)
}

// serveSocket is a Socket Mode connection from hello to its end.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !s.redeem(r.URL.Query().Get("ticket")) {
		http.Error(w, "link expired", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{
		WriteBufferSize: 64 << 10, // clients exist that do not put fragments together
		CheckOrigin:     func(*http.Request) bool { return true },
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	ws.SetReadLimit(maxBody)
	life := s.opts.Sockets.Lifetime
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = min(life, debugLifetime)
	}
	s.outbox.serve(ws, life)
}

// serve runs a connection until it ends.
func (o *outbox) serve(ws *websocket.Conn, life time.Duration) {
	c := &conn{ws: ws, out: make(chan any, unread), refresh: make(chan time.Duration, 1), gone: make(chan struct{})}
	if !o.join(c, life) {
		return
	}
	defer o.serving.Done()
	o.log.add(Entry{Kind: "connect", Connection: c.id})
	o.socketFaults()
	o.nudge()

	var writing sync.WaitGroup
	writing.Go(func() {
		defer c.kill()
		o.write(c, life)
	})
	o.read(c)
	c.kill()
	o.leave(c)
	writing.Wait()
	o.log.add(Entry{Kind: "disconnect", Connection: c.id})
}

func debugInfo() map[string]any { return map[string]any{"host": "applink-sandbox"} }

// join adds a connection, with hello as the first frame it will see. It is false
// when there are too many or the server is closing; the link is then closed.
func (o *outbox) join(c *conn, life time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	open := len(o.conns) + 1
	about := map[string]any{"app_id": AppID}
	switch {
	case o.closed:
		c.kill()
		return false
	case open > maxConnections:
		_ = c.ws.WriteJSON(map[string]any{
			"type": "disconnect", "reason": "too_many_websockets", "num_connections": open,
			"debug_info": debugInfo(), "connection_info": about,
		})
		c.kill()
		return false
	}
	o.serving.Add(1)
	o.nextID++
	c.id = o.nextID
	info := debugInfo()
	info["build_number"], info["approximate_connection_time"] = 1, int(life.Seconds())
	c.out <- map[string]any{"type": "hello", "num_connections": open, "debug_info": info, "connection_info": about}
	o.conns = append(o.conns, c)
	return true
}

func (o *outbox) leave(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conns = slices.DeleteFunc(o.conns, func(other *conn) bool { return other == c })
}

// read takes acknowledgements until the link ends.
func (o *outbox) read(c *conn) {
	for {
		kind, message, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if kind != websocket.TextMessage || len(message) >= maxAck ||
			json.Unmarshal(message, &ack) != nil || ack.EnvelopeID == "" {
			continue // Slack does not say a word about such messages either
		}
		o.acknowledge(c, ack.EnvelopeID, ack.Payload)
	}
}

// pingWithin is how long a ping may take to leave. A machine that stands still for a moment does not end a link.
const pingWithin = 5 * time.Second

// write sends frames and pings until the link ends or its time is over.
func (o *outbox) write(c *conn, life time.Duration) {
	ping := time.NewTicker(o.opts.Sockets.PingEvery)
	defer ping.Stop()
	warn := time.NewTimer(max(life-o.opts.Sockets.Warning, 0))
	defer warn.Stop()
	end := time.NewTimer(life)
	defer end.Stop()
	farewell := func(reason string) error {
		return c.ws.WriteJSON(map[string]any{"type": "disconnect", "reason": reason, "debug_info": debugInfo()})
	}
	for {
		var err error
		select {
		case <-c.gone:
			return
		case f := <-c.out:
			err = c.ws.WriteJSON(f)
		case <-ping.C:
			if !c.isSilent() {
				err = c.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(pingWithin))
			}
		case <-warn.C:
			err = farewell("warning")
		case in := <-c.refresh:
			end.Reset(in)
			err = farewell("warning")
		case <-end.C:
			if farewell("refresh_requested") == nil {
				_ = c.ws.WriteControl(websocket.CloseMessage,
					websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
			}
			return
		}
		if err != nil {
			return
		}
	}
}

// socketFaults lets the faults of connections hit the ones that are open. A fault
// with a number of times hits as many connections, one without hits every one,
// including those that come while it lasts.
func (o *outbox) socketFaults() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range slices.Clone(o.conns) {
		if c.leaving || c.isSilent() {
			continue
		}
		f, ok := o.faults.take("", "", faultDropSocket, faultSilentSocket, faultRefreshSocket)
		if !ok {
			return
		}
		switch f.Kind {
		case faultDropSocket:
			c.kill()
			o.conns = slices.DeleteFunc(o.conns, func(other *conn) bool { return other == c })
		case faultSilentSocket:
			c.silence()
		case faultRefreshSocket:
			c.leaving = true
			c.refresh <- f.pause(o.opts.Sockets.Warning) // has room: asked only once
		}
	}
}

// close cuts all connections and waits for them to be over.
func (o *outbox) close() {
	o.end()
	o.mu.Lock()
	o.closed = true
	for _, c := range o.conns {
		c.kill()
	}
	o.mu.Unlock()
	o.serving.Wait()
	o.sender.client.CloseIdleConnections()
}
