package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// AwayError says that no process runs the engine of a data directory.
type AwayError struct {
	Dir string
	Err error // what trying to reach it said
}

func (e *AwayError) Error() string {
	return fmt.Sprintf("the engine of %s is not running (it is started by `pawl up`, or `pawl up --roles engine`, with this data directory)", e.Dir)
}

// Unwrap gives what trying to reach it said.
func (e *AwayError) Unwrap() error { return e.Err }

const (
	// patience is how long one connection is waited for. While it is, calls
	// wait as well, each for as long as its own deadline.
	patience = 10 * time.Minute
	// lookAgain is how often the way is tried while nobody answers: a refusal
	// on loopback costs nothing, and this is what a restart of the engine adds.
	lookAgain = 50 * time.Millisecond
	// oneTry bounds one connection. The kernel takes it even for a process
	// that stands still; the handshake needs somebody who is at work.
	oneTry = 2 * time.Second
)

// way leads to the engine whose own folder dir is. Address and certificate are
// read anew each time: the next engine may have others.
//
// The connection is encrypted in here and not by gRPC, because gRPC wants to
// know the certificate beforehand.
type way struct{ dir string }

// once connects to the engine as it is described now.
func (w way) once(ctx context.Context) (net.Conn, error) {
	at, err := readAddress(w.dir)
	if err != nil {
		return nil, err
	}
	if at.Frontend == 0 {
		return nil, errors.New("it has never run")
	}
	id, err := readIdentity(w.dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at.frontend())
	if err != nil {
		return nil, err
	}
	config := id.client()
	config.NextProtos = []string{"h2"}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		// Its port may belong to somebody else by now, who has no such certificate.
		return nil, errors.Join(fmt.Errorf("greeting %s: %w", at.frontend(), err), conn.Close())
	}
	return secure, nil
}

// await connects as soon as there is an engine to connect to, or ends with ctx.
func (w way) await(ctx context.Context, _ string) (net.Conn, error) {
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		conn, err := w.once(ctx)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-again.C:
		}
	}
}
