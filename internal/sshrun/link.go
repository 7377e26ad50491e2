package sshrun

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/job"
)

// link keeps the one connection to a host: made when needed, asked regularly whether it lives, replaced when it does
// not, and never loaded with more sessions than a server grants.
type link struct {
	host job.Host
	opts Options
	wg   *sync.WaitGroup

	dialing  chan struct{} // holds a token while somebody connects
	sessions chan struct{} // holds a token for every session

	mu      sync.Mutex
	current *connection          // what new sessions use
	all     map[*connection]bool // with those that were taken out of use while sessions ran on them
	closed  bool
}

// connection is one connection to the host.
type connection struct {
	client  *ssh.Client
	users   int
	retired bool
}

func newLink(h job.Host, o Options, wg *sync.WaitGroup) *link {
	return &link{host: h, opts: o, wg: wg, dialing: make(chan struct{}, 1), sessions: make(chan struct{}, o.Sessions), all: map[*connection]bool{}}
}

func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current, l.closed = nil, true
	for c := range l.all {
		_ = c.client.Close()
	}
}

// run executes the program and returns at most limit bytes of its output and a little of its error output. An error
// other than *ssh.ExitError leaves open whether the program ran.
func (l *link) run(ctx context.Context, text string, limit int64) ([]byte, string, error) {
	select {
	case l.sessions <- struct{}{}:
	case <-ctx.Done():
		return nil, "", context.Cause(ctx)
	}
	conn, err := l.connect(ctx)
	if err != nil {
		<-l.sessions
		return nil, "", err
	}
	type result struct {
		out     []byte
		errText string
		err     error
	}
	done := make(chan result, 1)
	cancelled := make(chan struct{})
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		// The slot is given back when the session ended, not when its caller lost patience.
		defer func() { <-l.sessions }()
		defer l.leave(conn)
		out, errText, err := exchange(conn.client, cancelled, text, limit)
		if errors.As(err, new(*ssh.OpenChannelError)) {
			// Servers release slots late while children of old sessions live: a new connection has all of them.
			l.retire(conn)
		}
		done <- result{out, errText, err}
	}()
	select {
	case res := <-done:
		return res.out, res.errText, res.err
	case <-ctx.Done():
		close(cancelled)
		return nil, "", context.Cause(ctx)
	}
}

// exchange is one session: the program in, its answer out.
func exchange(client *ssh.Client, cancelled <-chan struct{}, text string, limit int64) ([]byte, string, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, "", err
	}
	over := make(chan struct{})
	defer close(over)
	defer func() { _ = session.Close() }()
	out, errs := &limited{left: limit}, &limited{left: 4096}
	session.Stdin, session.Stdout, session.Stderr = strings.NewReader(text), out, errs
	go func() {
		select {
		case <-cancelled:
			_ = session.Close()
		case <-over:
		}
	}()
	err = session.Run(command)
	return out.buf.Bytes(), errs.buf.String(), err
}

// limited keeps the first bytes written to it and swallows the rest.
type limited struct {
	buf  bytes.Buffer
	left int64
}

func (w *limited) Write(p []byte) (int, error) {
	keep := p[:min(int64(len(p)), w.left)]
	w.left -= int64(len(keep))
	w.buf.Write(keep)
	return len(p), nil
}

// connect returns the living connection or makes one, and counts the caller as its user until it calls leave. Only one
// caller connects; the others wait for it.
func (l *link) connect(ctx context.Context) (*connection, error) {
	select {
	case l.dialing <- struct{}{}:
		defer func() { <-l.dialing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if conn, err := l.enter(); conn != nil || err != nil {
		return conn, err
	}
	client, err := dial(ctx, l.host, l.opts)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = client.Close()
		return nil, errClosed
	}
	conn := &connection{client: client, users: 1}
	l.current = conn
	l.all[conn] = true
	l.wg.Go(func() { l.keepAlive(conn) })
	return conn, nil
}

// enter returns the connection in use, or nil when there is none.
func (l *link) enter() (*connection, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if l.current != nil {
		l.current.users++
	}
	return l.current, nil
}

func (l *link) leave(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.users--; c.retired && c.users == 0 {
		_ = c.client.Close()
	}
}

// retire takes a connection out of use; what runs on it may finish.
func (l *link) retire(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.retired = true
	if l.current == c {
		l.current = nil
	}
	if c.users == 0 {
		_ = c.client.Close()
	}
}

// forget closes a connection that is broken, whatever runs on it.
func (l *link) forget(c *connection) {
	l.retire(c)
	_ = c.client.Close()
}

// keepAlive asks the other side regularly whether it is there and closes the connection when it is silent: neither TCP
// nor x/crypto/ssh notices a cut cable by itself (golang/go#19338). It returns when the connection has ended.
func (l *link) keepAlive(c *connection) {
	gone := make(chan struct{})
	go func() {
		_ = c.client.Wait()
		close(gone)
	}()
	defer func() {
		l.forget(c)
		l.mu.Lock()
		delete(l.all, c)
		l.mu.Unlock()
	}()
	tick := time.NewTicker(l.opts.KeepAlive)
	defer tick.Stop()
	for {
		select {
		case <-gone:
			return
		case <-tick.C:
		}
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			// Refused is an answer, too. An error is the end of the connection, which gone tells.
			_, _, _ = c.client.SendRequest("keepalive@openssh.com", true, nil)
		}()
		silence := time.NewTimer(l.opts.Silence)
		select {
		case <-answered:
			silence.Stop()
		case <-silence.C:
			l.opts.Log.Info().Str("host", l.host.Name).Dur("silent", l.opts.Silence).Msg("link silent, replacing it")
			l.forget(c)
			<-answered
		}
	}
}
