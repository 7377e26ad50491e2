package sshrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/pawl-ops/pawl/job"
)

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
	signers, closeAgent, err := keys(ctx, o)
	defer closeAgent()
	if err != nil {
		return nil, &LoginError{Host: h.Name, User: name, Err: err}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	// ClientConfig.Timeout covers the TCP connect only; a silent peer would hold the handshake for ever (golang/go#51926).
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, chans, reqs, err := ssh.NewClientConn(conn, address, &ssh.ClientConfig{
		User:              name,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signers...)},
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
		return nil, explain(ctx, h, name, address, err)
	}
	return ssh.NewClient(c, chans, reqs), nil
}

// explain finds out what a failed handshake means.
func explain(ctx context.Context, h job.Host, name, address string, err error) error {
	switch {
	case knownhosts.IsHostKeyChanged(err), knownhosts.IsHostUnknown(err):
		return &HostKeyError{Host: h.Name, Address: address, Changed: knownhosts.IsHostKeyChanged(err), Err: err}
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return &HostKeyError{Host: h.Name, Address: address, Changed: true, Err: err}
	case strings.Contains(err.Error(), "unable to authenticate"):
		return &LoginError{Host: h.Name, User: name, Err: err}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return err
}

// splitAddress takes [user@]host[:port] apart. Without a user it is ours; without a port it is 22.
func splitAddress(s string) (name, address string, err error) {
	name, address, found := strings.Cut(s, "@")
	if !found {
		u, err := user.Current()
		if err != nil {
			return "", "", fmt.Errorf("finding out who we are: %w", err)
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

// keys collects every key we may log in with.
func keys(ctx context.Context, o Options) (signers []ssh.Signer, closeAgent func(), err error) {
	closeAgent = func() {}
	signers = append(signers, o.Signers...)
	for _, file := range o.IdentityFiles {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, closeAgent, fmt.Errorf("reading a private key: %w", err)
		}
		signer, err := ssh.ParsePrivateKey(pem)
		if errors.As(err, new(*ssh.PassphraseMissingError)) {
			return nil, closeAgent, fmt.Errorf("reading the private key %s: it has a passphrase; load it into ssh-agent", file)
		}
		if err != nil {
			return nil, closeAgent, fmt.Errorf("reading the private key %s: %w", file, err)
		}
		signers = append(signers, signer)
	}
	if o.AgentSocket != "" {
		conn, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", o.AgentSocket)
		if err != nil {
			return nil, closeAgent, fmt.Errorf("asking ssh-agent: %w", err)
		}
		closeAgent = func() { _ = conn.Close() }
		more, err := agent.NewClient(conn).Signers()
		if err != nil {
			return nil, closeAgent, fmt.Errorf("asking ssh-agent: %w", err)
		}
		signers = append(signers, more...)
	}
	if len(signers) == 0 {
		return nil, closeAgent, errors.New("there is no private key to log in with")
	}
	return signers, closeAgent, nil
}
