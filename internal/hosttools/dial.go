package hosttools

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// dial logs in to the other host, whose key has to be known.
func (t *transfer) dial(ctx context.Context) (*ssh.Client, error) {
	address := net.JoinHostPort(t.host, t.port)
	known, err := knownhosts.NewDB(t.known)
	if err != nil {
		return nil, fmt.Errorf("reading known hosts: %w", err)
	}
	pem, err := os.ReadFile(t.identity)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	key, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", t.identity, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, t.connect, errors.New("connection timed out"))
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", address, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // a silent peer would hold the handshake for ever
	c, channels, requests, err := ssh.NewClientConn(conn, address, &ssh.ClientConfig{
		User: t.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: known.HostKeyCallback(), HostKeyAlgorithms: known.HostKeyAlgorithms(address),
	})
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("logging in to %s: %w", address, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

// keepAlive closes the connection when the other side left the allowed number of questions unanswered.
func (t *transfer) keepAlive(ctx context.Context, client *ssh.Client) {
	tick := time.NewTicker(t.alive)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			_, _, _ = client.SendRequest("keepalive@openssh.com", true, nil)
		}()
		select {
		case <-answered:
		case <-ctx.Done():
		case <-time.After(t.alive * time.Duration(t.misses)):
			_ = client.Close()
			return
		}
	}
}
