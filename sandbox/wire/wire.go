// Package wire is how the servers of the pretend world misbehave: late, and without a word.
package wire

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Pause waits, and reports whether somebody still wants the answer.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Reset ends the connection of a request without a word, as a machine does on which nobody listens.
func Reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or a test's recorder: the server ends the connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
