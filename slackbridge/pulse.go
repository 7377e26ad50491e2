package slackbridge

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// pulse is what can be told of a socket from outside: when Slack last sent anything at all, pings included, and how many
// messages of ours really left. slack-go tells neither: its own watchdog takes up to twice its interval, and its Ack only
// puts the acknowledgement into a queue.
type pulse struct {
	heard atomic.Int64 // unix nanoseconds
	sent  atomic.Int64 // text frames written
	calm  atomic.Bool  // close without haste: what was written has to arrive
}

func (p *pulse) beat()                  { p.heard.Store(time.Now().UnixNano()) }
func (p *pulse) silence() time.Duration { return time.Since(time.Unix(0, p.heard.Load())) }

// dialer opens sockets whose pulse can be felt. Slack does not put fragments together, so that the write buffer must
// hold the largest message (20 kB) whole.
func (p *pulse) dialer() *websocket.Dialer {
	raw := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	return &websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: 10 * time.Second,
		WriteBufferSize:  32 << 10,
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return p.watch(raw.DialContext(ctx, network, addr))
		},
		NetDialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return p.watch((&tls.Dialer{NetDialer: raw, Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext(ctx, network, addr))
		},
	}
}

func (p *pulse) watch(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	p.beat()
	return &watched{Conn: c, pulse: p}, nil
}

// watched is a connection whose traffic is noticed.
type watched struct {
	net.Conn
	pulse *pulse
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.pulse.beat()
	}
	return n, err
}

// lingering bounds how long a calm close waits for Slack to hang up in turn.
const lingering = 500 * time.Millisecond

// Close hangs up. Closing a connection on which bytes lie unread resets it, and a reset can overtake the last
// acknowledgements; a calm close says goodbye first and listens until the other side has, too.
func (w *watched) Close() error {
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok && w.pulse.calm.Load() && half.CloseWrite() == nil {
		_ = w.SetReadDeadline(time.Now().Add(lingering))
		_, _ = io.Copy(io.Discard, w.Conn)
	}
	return w.Conn.Close()
}

// Write counts text frames: the WebSocket library writes each frame whole, and its first byte holds the kind (RFC 6455,
// section 5.2). Behind a proxy the bytes are enciphered and nothing is counted; Drain then waits a moment instead.
func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	if err == nil && len(b) > 0 && b[0] == 0x80|websocket.TextMessage {
		w.pulse.sent.Add(1)
	}
	return n, err
}
