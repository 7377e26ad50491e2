package sshrun

import (
	"crypto/ed25519"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// anAgent listens as ssh-agent does and gives each connection to serve, which must return when the connection is closed.
func anAgent(t *testing.T, serve func(net.Conn)) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") //nolint:usetesting // the path of a socket must be short
	require.NoError(t, err)
	socket = filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	require.NoError(t, err)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
		_ = os.RemoveAll(dir)
	})
	return socket
}

// silent is an agent that takes a question and never answers: one whose owner is away, or that stands still.
func silent(conn net.Conn) {
	for buf := make([]byte, 1<<10); ; {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}

// locked writes the private key of m once more, with a passphrase, and gives an agent that has it open.
func (m machine) locked(t *testing.T) (file string, ring agent.Agent) {
	t.Helper()
	text, err := os.ReadFile(m.opts.IdentityFiles[0])
	require.NoError(t, err)
	key, err := ssh.ParseRawPrivateKey(text)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("correct horse"))
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), "id_ed25519")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	ring = agent.NewKeyring()
	require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: key}))
	return file, ring
}

func (m machine) starts(t *testing.T, change func(*Options)) error {
	t.Helper()
	_, err := m.runner(t, change).Start(deadline(t), m.script("true"), process(1))
	return err
}

// Most people's key has a passphrase, and their agent has the key.
func TestAKeyWithAPassphraseIsTheAgents(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	file, ring := m.locked(t)
	socket := anAgent(t, func(conn net.Conn) { _ = agent.ServeAgent(ring, conn) })
	require.NoError(t, m.starts(t, func(o *Options) { o.IdentityFiles, o.AgentSocket = []string{file}, socket }))

	var refused *LoginError
	err := m.starts(t, func(o *Options) { o.IdentityFiles = []string{file} })
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "it has a passphrase; load it into ssh-agent")

	require.NoError(t, m.starts(t, func(o *Options) { o.IdentityFiles = append([]string{file}, o.IdentityFiles...) }), "another key is enough")
}

// An agent that died, or stands still, is no trouble for whoever has a key on file.
func TestAnAgentThatIsOfNoUse(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	for name, socket := range map[string]string{"dead": filepath.Join(t.TempDir(), "gone"), "silent": anAgent(t, silent)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, m.starts(t, func(o *Options) { o.AgentSocket = socket }))
			began := time.Now()
			err := m.starts(t, func(o *Options) { o.AgentSocket, o.IdentityFiles = socket, nil })
			require.ErrorAs(t, err, new(*LoginError))
			require.ErrorContains(t, err, "asking ssh-agent")
			require.Less(t, time.Since(began), 20*time.Second)
			_, other, err := ed25519.GenerateKey(nil)
			require.NoError(t, err)
			wrong := filepath.Join(t.TempDir(), "id")
			writeKey(t, wrong, other)
			err = m.starts(t, func(o *Options) { o.AgentSocket, o.IdentityFiles = socket, []string{wrong} })
			require.ErrorContains(t, err, "unable to authenticate")
			require.ErrorContains(t, err, "asking ssh-agent", "the key that was not asked for may have been the right one")
		})
	}
}

// waiting is an agent that signs only when somebody touches a token, which nobody does.
type waiting struct {
	agent.Agent
	over <-chan struct{}
}

func (w waiting) Sign(ssh.PublicKey, []byte) (*ssh.Signature, error) {
	<-w.over
	return nil, os.ErrClosed
}

func TestAnAgentThatDoesNotSignHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	_, ring := m.locked(t)
	over := make(chan struct{})
	socket := anAgent(t, func(conn net.Conn) { _ = agent.ServeAgent(waiting{ring, over}, conn) })
	t.Cleanup(func() { close(over) })
	began := time.Now()
	err := m.starts(t, func(o *Options) {
		o.AgentSocket, o.IdentityFiles, o.Dial, o.GiveUp = socket, nil, 300*time.Millisecond, 500*time.Millisecond
	})
	require.ErrorAs(t, err, new(*UnreachableError), "it may be touched the next time")
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestWhatOnlyAPersonCanMend(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&HostKeyError{}, &LoginError{}, &HostError{}, &MismatchError{}, &FileError{Err: os.ErrNotExist}} {
		require.True(t, Permanent(err), "%T", err)
	}
	for _, err := range []error{&UnreachableError{Err: net.ErrClosed}, &StillRunningError{}, &NotStartedError{}, net.ErrClosed} {
		require.False(t, Permanent(err), "%T", err)
	}
}
