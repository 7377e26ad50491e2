package sshrun

import (
	"bytes"
	"context"
	"errors"
	"io"
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

	mu     sync.Mutex
	client *ssh.Client
	closed bool
}

func newLink(h job.Host, o Options, wg *sync.WaitGroup) *link {
	return &link{host: h, opts: o, wg: wg, dialing: make(chan struct{}, 1), sessions: make(chan struct{}, o.Sessions)}
}

func (l *link) close() {
	l.mu.Lock()
	client := l.client
	l.client, l.closed = nil, true
	l.mu.Unlock()
	if client != nil {
		_ = client.Close()
	}
}

// run executes the program and returns at most limit bytes of its output and a little of its error output. An error
// other than *ssh.ExitError leaves open whether the program ran.
func (l *link) run(ctx context.Context, text string, limit int64) ([]byte, string, error) {
	client, err := l.connect(ctx)
	if err != nil {
		return nil, "", err
	}
	select {
	case l.sessions <- struct{}{}:
	case <-ctx.Done():
		return nil, "", context.Cause(ctx)
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
		out, errText, err := exchange(client, cancelled, text, limit)
		if errors.As(err, new(*ssh.OpenChannelError)) {
			// Servers release slots late while children of old sessions live: a new connection has all of them.
			l.retire(client)
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

// connect returns the living connection or makes one. Only one caller connects; the others wait for it.
func (l *link) connect(ctx context.Context) (*ssh.Client, error) {
	select {
	case l.dialing <- struct{}{}:
		defer func() { <-l.dialing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	l.mu.Lock()
	client, closed := l.client, l.closed
	l.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if client != nil {
		return client, nil
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
	l.client = client
	l.wg.Add(2)
	go l.keepAlive(client)
	go func() {
		defer l.wg.Done()
		_ = client.Wait()
		l.retire(client)
		_ = client.Close()
	}()
	return client, nil
}

// retire takes a connection out of use; what runs on it may finish.
func (l *link) retire(client *ssh.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client == client {
		l.client = nil
	}
}

// keepAlive asks the other side regularly whether it is there and closes the connection when it is silent: neither TCP
// nor x/crypto/ssh notices a cut cable by itself (golang/go#19338).
func (l *link) keepAlive(client *ssh.Client) {
	defer l.wg.Done()
	gone := make(chan struct{})
	go func() {
		_ = client.Wait()
		close(gone)
	}()
	tick := time.NewTicker(l.opts.KeepAlive)
	defer tick.Stop()
	for {
		select {
		case <-gone:
			return
		case <-tick.C:
		}
		answered := make(chan error, 1)
		go func() {
			_, _, err := client.SendRequest("keepalive@openssh.com", true, nil) // refused is an answer, too
			answered <- err
		}()
		silence := time.NewTimer(l.opts.Silence)
		select {
		case err := <-answered:
			silence.Stop()
			if err != nil && !errors.Is(err, io.EOF) {
				l.opts.Log.Debug().Str("host", l.host.Name).Err(err).Msg("link broken")
			}
			if err != nil {
				l.retire(client)
				_ = client.Close()
			}
		case <-silence.C:
			l.opts.Log.Info().Str("host", l.host.Name).Dur("silent", l.opts.Silence).Msg("link silent, replacing it")
			l.retire(client)
			_ = client.Close()
			<-answered
		}
	}
}
