package sshrun

import (
	"crypto/ed25519"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/skeema/knownhosts"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/job"
)

// knowing returns an option that knows the host by another key than its own.
func (m machine) knowing(t *testing.T, address string) func(*Options) {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "known_hosts")
	require.NoError(t, os.WriteFile(file, []byte(knownhosts.Line([]string{address}, key)+"\n"), 0o600))
	return func(o *Options) { o.KnownHosts = []string{file} }
}

func TestAChangedHostKeyIsRefused(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		s := m.script(`echo ran >>"$HOME/ran"`)
		var refused *HostKeyError
		_, err := m.runner(t, m.knowing(t, m.relay.address())).Start(deadline(t), s, process(1))
		require.ErrorAs(t, err, &refused)
		require.True(t, refused.Changed)
		_, err = m.runner(t, m.knowing(t, "elsewhere.test")).Watch(deadline(t), s, process(1), job.Progress{}, nil)
		require.ErrorAs(t, err, &refused)
		require.False(t, refused.Changed)
		_, err = m.runner(t, func(o *Options) { o.KnownHosts = []string{"/nonexistent"} }).Stop(deadline(t), s, process(1))
		require.ErrorAs(t, err, &refused)
		require.Empty(t, m.lines("ran"))
	})
}

func TestAWrongKeyIsNotLetIn(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		_, private, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "id")
		writeKey(t, file, private)
		var refused *LoginError
		_, err = m.runner(t, func(o *Options) { o.IdentityFiles = []string{file} }).Start(deadline(t), m.script("true"), process(1))
		require.ErrorAs(t, err, &refused)
		_, err = m.runner(t, func(o *Options) { o.IdentityFiles = nil }).Start(deadline(t), m.script("true"), process(1))
		require.ErrorAs(t, err, &refused)
	})
}

// A peer that accepts and says nothing would hold a handshake for ever.
func TestASilentPeerIsUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	m := machine{host: job.Host{Name: "toys", Address: "pawl@" + l.Addr().String()}}
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	m.opts = quick(Options{Signers: []ssh.Signer{signer}, Dial: 100 * time.Millisecond, GiveUp: 500 * time.Millisecond})
	r := m.runner(t, m.knowing(t, l.Addr().String()))
	began := time.Now()
	_, err = r.Start(deadline(t), m.script("true"), process(1))
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.Equal(t, "toys", unreachable.Host)
	require.Less(t, time.Since(began), 20*time.Second)
}

// A cut cable ends nothing by itself: the link is found out by its silence, and what was asked is asked again.
func TestACutCableIsNoticed(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t, func(o *Options) {
			// Of the cable we hear after the silence, and give up after one log-in more. Without a cut the log-in has all of this.
			o.KeepAlive, o.Silence, o.Dial, o.GiveUp = 100*time.Millisecond, 2*time.Second, 5*time.Second, 6*time.Second
			o.Answer = time.Hour // only the silence can tell
		}), deadline(t)
		s := m.script("true")
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		m.relay.cut()
		began := time.Now()
		_, err = r.Start(ctx, s, process(1))
		require.ErrorAs(t, err, new(*UnreachableError))
		require.Less(t, time.Since(began), 20*time.Second)
		m.relay.mend()
		eventually(t, "the host answers again", func() bool {
			got, err := r.Start(ctx, s, process(1))
			return err == nil && got.State == job.Exited
		})
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	me, _, err := splitAddress("x")
	require.NoError(t, err)
	for in, want := range map[string][2]string{
		"pawl@toys.acme.test":      {"pawl", "toys.acme.test:22"},
		"pawl@toys.acme.test:2222": {"pawl", "toys.acme.test:2222"},
		"toys":                     {me, "toys:22"},
		"pawl@127.0.0.1:20001":     {"pawl", "127.0.0.1:20001"},
		"pawl@[::1]:2222":          {"pawl", "[::1]:2222"},
		"pawl@[::1]":               {"pawl", "[::1]:22"},
	} {
		name, address, err := splitAddress(in)
		require.NoError(t, err, in)
		require.Equal(t, want, [2]string{name, address}, in)
	}
	for _, in := range []string{"", "@", "pawl@", "pawl@:22", "@toys"} {
		_, _, err := splitAddress(in)
		require.Error(t, err, in)
	}
}
