package sshrun

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/user"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/job"
)

// ErrNoKey is in a *LoginError when there was nothing to log in with.
var ErrNoKey = errors.New("there is no private key to log in with")

// dial connects to a host, proves that it is the one we know, and logs in, all within Options.Dial.
func dial(ctx context.Context, h job.Host, o Options) (*ssh.Client, error) {
	name, address, err := splitAddress(h.Address)
	if err != nil {
		return nil, &LoginError{Host: h.Name, User: name, Err: err}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Dial, fmt.Errorf("no connection within %s", o.Dial))
	defer cancel()
	known, err := knownhosts.NewDB(o.KnownHosts...)
	if err != nil {
		return nil, &HostKeyError{Host: h.Name, Address: address, Err: fmt.Errorf("reading known_hosts: %w", err)}
	}
	// Asking for the kinds of key on file: a server with several would else show one we do not have, which looks like
	// an attack (golang/go#29286).
	algorithms := known.HostKeyAlgorithms(address)
	if len(algorithms) == 0 {
		return nil, &HostKeyError{Host: h.Name, Address: address, Err: errors.New("no key of it is on file")}
	}
	have := collect(ctx, o)
	defer have.close()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case len(have.signers) == 0:
		return nil, &LoginError{Host: h.Name, User: name, Err: cmp.Or(have.unusable(), ErrNoKey)}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	// ClientConfig.Timeout covers the TCP connect only; a silent peer would hold the handshake for ever (golang/go#51926).
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, chans, reqs, err := ssh.NewClientConn(conn, address, &ssh.ClientConfig{
		User:              name,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(have.signers...)},
		HostKeyCallback:   known.HostKeyCallback(),
		HostKeyAlgorithms: algorithms,
		ClientVersion:     "SSH-2.0-Pawl",
		Timeout:           o.Dial,
	})
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, explain(ctx, h, name, address, have, err)
	}
	return ssh.NewClient(c, chans, reqs), nil
}

// explain finds out what a failed handshake means.
func explain(ctx context.Context, h job.Host, name, address string, have *keys, err error) error {
	switch {
	case knownhosts.IsHostKeyChanged(err), knownhosts.IsHostUnknown(err):
		return &HostKeyError{Host: h.Name, Address: address, Changed: knownhosts.IsHostKeyChanged(err), Err: err}
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return &HostKeyError{Host: h.Name, Address: address, Changed: true, Err: err}
	case ctx.Err() != nil: // before the next: an agent that hangs at the signature ends here, too
		return context.Cause(ctx)
	case strings.Contains(err.Error(), "unable to authenticate"):
		return &LoginError{Host: h.Name, User: name, Err: errors.Join(err, have.unusable())}
	}
	return err
}

// splitAddress takes [user@]host[:port] apart. Without a user it is ours; without a port it is 22.
func splitAddress(s string) (name, address string, err error) {
	name, address, found := strings.Cut(s, "@")
	if !found {
		u, err := user.Current()
		if err != nil {
			return "", "", fmt.Errorf("finding out who we are, as %q names no user (write user@host, and it need not be known): %w", s, err)
		}
		name, address = u.Username, s
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = strings.Trim(address, "[]"), "22"
	}
	if host == "" || name == "" {
		return "", "", fmt.Errorf("reading the address %q: it is not [user@]host[:port]", s)
	}
	return name, net.JoinHostPort(host, port), nil
}
