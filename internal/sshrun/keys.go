package sshrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentWithin is how long an ssh-agent may take to list its keys. It asks nobody for that; signing may take longer,
// because somebody may have to touch a token first.
const agentWithin = 4 * time.Second

// keys are those we may log in with. What could not be used is remembered, to be told when the rest is not enough: a key
// with a passphrase is no trouble while the agent has it, nor is a dead agent while there is a key without one.
type keys struct {
	signers []ssh.Signer
	trouble []error
	close   func() // of the agent, which signs until the login is over
}

func (k *keys) unusable() error { return errors.Join(k.trouble...) }

// collect finds every key we may log in with. The end of ctx also ends a signature the agent is asked for later.
func collect(ctx context.Context, o Options) *keys {
	k := &keys{signers: append([]ssh.Signer(nil), o.Signers...), close: func() {}}
	for _, file := range o.IdentityFiles {
		signer, err := readKey(file)
		if err != nil {
			k.trouble = append(k.trouble, err)
			continue
		}
		k.signers = append(k.signers, signer)
	}
	if o.AgentSocket != "" {
		if err := k.ask(ctx, o.AgentSocket); err != nil {
			k.trouble = append(k.trouble, fmt.Errorf("asking ssh-agent: %w", err))
		}
	}
	return k
}

func readKey(file string) (ssh.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a private key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if errors.As(err, new(*ssh.PassphraseMissingError)) {
		return nil, fmt.Errorf("reading the private key %s: it has a passphrase; load it into ssh-agent", file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the private key %s: %w", file, err)
	}
	return signer, nil
}

// ask adds the keys of an agent.
func (k *keys) ask(ctx context.Context, socket string) error {
	conn, err := (&net.Dialer{Timeout: agentWithin}).DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	// The client of the agent knows no context: only the end of the connection ends a question.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	k.close = func() {
		stop()
		_ = conn.Close()
	}
	if err := conn.SetDeadline(time.Now().Add(agentWithin)); err != nil {
		return err
	}
	more, err := agent.NewClient(conn).Signers()
	if err != nil {
		return err
	}
	k.signers = append(k.signers, more...)
	return conn.SetDeadline(time.Time{})
}
