package hosts

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/skeema/knownhosts"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newWorld(t *testing.T, dir string, names ...string) *World {
	t.Helper()
	w, err := New(Options{Dir: dir, Names: names})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

// login connects to a host as whoever has the key.
func login(t *testing.T, w *World, name, keyFile string) (*ssh.Client, error) {
	t.Helper()
	signer, err := loadKey(keyFile)
	require.NoError(t, err)
	known, err := knownhosts.NewDB(w.KnownHosts())
	require.NoError(t, err)
	_, address, _ := strings.Cut(w.Host(name).Address(), "@")
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		return nil, err
	}
	require.NoError(t, conn.SetDeadline(time.Now().Add(2*time.Minute)))
	c, chans, reqs, err := ssh.NewClientConn(conn, address, &ssh.ClientConfig{
		User: User, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: known.HostKeyCallback(),
		HostKeyAlgorithms: known.HostKeyAlgorithms(address),
	})
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	client := ssh.NewClient(c, chans, reqs)
	t.Cleanup(func() { _ = client.Close() })
	return client, nil
}

func connect(t *testing.T, w *World, name string) *ssh.Client {
	t.Helper()
	client, err := login(t, w, name, w.IdentityFile())
	require.NoError(t, err)
	return client
}

// run executes a command and returns its output and how it ended.
func run(client *ssh.Client, command, input string) (stdout, stderr string, err error) {
	session, err := client.NewSession()
	if err != nil {
		return "", "", err
	}
	defer func() { _ = session.Close() }()
	var out, errs bytes.Buffer
	session.Stdin, session.Stdout, session.Stderr = strings.NewReader(input), &out, &errs
	err = session.Run(command)
	return out.String(), errs.String(), err
}

func TestACommand(t *testing.T) {
	t.Setenv("SECRET_OF_THE_NEWCOMER", "x")
	w := newWorld(t, t.TempDir(), "toys")
	client := connect(t, w, "toys")
	out, errs, err := run(client, "cat; echo problem >&2; exit 7", "hello")
	var exit *ssh.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 7, exit.ExitStatus())
	require.Equal(t, []string{"hello", "problem\n"}, []string{out, errs})

	out, _, err = run(client, `env; umask; pwd; touch made`, "")
	require.NoError(t, err)
	require.NotContains(t, out, "SECRET_OF_THE_NEWCOMER")
	require.Contains(t, out, "HOME="+w.Host("toys").Home()+"\n")
	require.Contains(t, out, "PATH="+w.Bin()+":")
	require.True(t, strings.HasSuffix(out, "0077\n"+w.Host("toys").Home()+"\n"), out)
	info, err := os.Stat(filepath.Join(w.Host("toys").Home(), "made"))
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077)
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, dir, "toys")
	client := connect(t, w, "toys")
	session, err := client.NewSession()
	require.NoError(t, err)
	require.ErrorContains(t, session.Setenv("A", "b"), "setenv failed")
	require.Error(t, session.RequestPty("xterm", 24, 80, nil))
	require.Error(t, session.RequestSubsystem("sftp"))
	require.Error(t, session.Shell())
	_, err = client.Dial("tcp", "127.0.0.1:1")
	require.Error(t, err)
	_, err = client.Listen("tcp", "127.0.0.1:0")
	require.Error(t, err)

	_, err = login(t, w, "toys", filepath.Join(dir, "stranger"))
	require.ErrorContains(t, err, "unable to authenticate")
	_, address, _ := strings.Cut(w.Host("toys").Address(), "@")
	_, err = ssh.Dial("tcp", address, &ssh.ClientConfig{User: User, Auth: []ssh.AuthMethod{ssh.Password("")}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	require.ErrorContains(t, err, "unable to authenticate")
}

func TestTenSessionsAConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir(), "toys")
	client := connect(t, w, "toys")
	var open []*ssh.Session
	for range 10 {
		s, err := client.NewSession()
		require.NoError(t, err)
		open = append(open, s)
	}
	_, err := client.NewSession()
	var refused *ssh.OpenChannelError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "open failed", refused.Message)
	require.NoError(t, open[0].Close())
	require.Eventually(t, func() bool { _, err := client.NewSession(); return err == nil }, time.Minute, 5*time.Millisecond)
}

func TestSignalsGoToTheGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir(), "toys")
	client := connect(t, w, "toys")
	session, err := client.NewSession()
	require.NoError(t, err)
	out, err := session.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, session.Start("echo up; sleep 300"))
	_, err = io.ReadFull(out, make([]byte, 3))
	require.NoError(t, err)
	require.NoError(t, session.Signal(ssh.SIGTERM))
	var exit *ssh.ExitError
	require.ErrorAs(t, session.Wait(), &exit)
	require.Equal(t, "TERM", exit.Signal())
}

// The status is there when the shell ended; the session stays open while something holds its output.
func TestABackgroundChildHoldsTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir(), "toys")
	client := connect(t, w, "toys")
	session, err := client.NewSession()
	require.NoError(t, err)
	in := filepath.Join(w.Host("toys").Home(), "enough")
	done := make(chan error, 1)
	require.NoError(t, session.Start(`(while [ ! -e "$HOME/enough" ]; do sleep 0.02; done) & echo started`))
	go func() { done <- session.Wait() }()
	select {
	case err := <-done:
		t.Fatalf("the session ended while a child held it: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	require.NoError(t, os.WriteFile(in, nil, 0o600))
	require.NoError(t, <-done)

	out, _, err := run(client, `setsid sleep 300 >/dev/null 2>&1 </dev/null & echo $!`, "")
	require.NoError(t, err, "what closed its files holds nothing")
	require.NoError(t, syscall.Kill(pid(t, out), syscall.SIGKILL))
}

func pid(t *testing.T, text string) int {
	t.Helper()
	n := 0
	for _, c := range strings.TrimSpace(text) {
		require.True(t, c >= '0' && c <= '9', text)
		n = n*10 + int(c-'0')
	}
	require.Positive(t, n)
	return n
}

// A lost connection leaves the command alone, attached or not.
func TestALostConnectionKillsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir(), "toys")
	client := connect(t, w, "toys")
	session, err := client.NewSession()
	require.NoError(t, err)
	out, err := session.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, session.Start(`echo up; while [ ! -e "$HOME/go" ]; do sleep 0.02; done; touch "$HOME/went"`))
	_, err = io.ReadFull(out, make([]byte, 3))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	require.Error(t, session.Wait())
	home := w.Host("toys").Home()
	require.NoError(t, os.WriteFile(filepath.Join(home, "go"), nil, 0o600))
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(home, "went")); return err == nil }, time.Minute, 5*time.Millisecond)
}

func TestACutCableIsSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir(), "toys", "db-master")
	client := connect(t, w, "toys")
	require.Error(t, w.Cut("elsewhere"))
	require.NoError(t, w.Cut("toys"))
	require.True(t, w.Host("toys").IsCut())
	type result struct {
		out string
		err error
	}
	done := make(chan result, 1)
	go func() {
		out, _, err := run(client, "echo late", "")
		done <- result{out, err}
	}()
	_, address, _ := strings.Cut(w.Host("toys").Address(), "@")
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(300*time.Millisecond)))
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "not even a banner")
	require.Empty(t, done, "the old connection neither answers nor ends")
	out, _, err := run(connect(t, w, "db-master"), "echo fine", "")
	require.NoError(t, err)
	require.Equal(t, "fine\n", out, "other hosts are not concerned")

	require.NoError(t, w.Mend("toys"))
	require.Equal(t, result{"late\n", nil}, <-done, "what was sent arrives late")
}

// A cable cuts both ways: connections from the host to another one fall silent, too.
func TestACutCableCutsBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir(), "toys", "db-master")
	client, err := login(t, w, "db-master", w.ownKeyFile("toys"))
	require.NoError(t, err)
	require.NoError(t, w.Cut("toys"))
	done := make(chan error, 1)
	go func() { _, _, err := run(client, "true", ""); done <- err }()
	select {
	case err := <-done:
		t.Fatalf("it answered over a cut cable: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	require.NoError(t, w.Mend("toys"))
	require.NoError(t, <-done)
}

func TestAWorldIsTheSameAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := New(Options{Dir: dir, Names: []string{"toys", "db-master"}})
	require.NoError(t, err)
	client := connect(t, first, "toys")
	_, _, err = run(client, `PAWL_KEY="$HOME/.pawl/run.1.0/" setsid sh -c 'while :; do sleep 0.05; done' >/dev/null 2>&1 </dev/null & echo kept >"$HOME/file"`, "")
	require.NoError(t, err)
	addresses := map[string]string{}
	for _, h := range first.Hosts() {
		addresses[h.Name()] = h.Address()
	}
	known, err := os.ReadFile(first.KnownHosts())
	require.NoError(t, err)
	first.Close()

	second := newWorld(t, dir, "toys", "db-master")
	for _, h := range second.Hosts() {
		require.Equal(t, addresses[h.Name()], h.Address())
	}
	again, err := os.ReadFile(second.KnownHosts())
	require.NoError(t, err)
	require.Equal(t, string(known), string(again))
	out, _, err := run(connect(t, second, "toys"), "cat file", "")
	require.NoError(t, err)
	require.Equal(t, "kept\n", out)

	var left []Orphan
	require.Eventually(t, func() bool { left, err = second.Orphans(); return len(left) > 0 }, time.Minute, 5*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, "toys", left[0].Host)
	require.Equal(t, "run.1.0", left[0].Script)
	require.NoError(t, second.StopAll(context.Background()))
	left, err = second.Orphans()
	require.NoError(t, err)
	require.Empty(t, left)
}

// Only the world's own scripts are stopped, the stubborn ones as well.
func TestStopAllStopsOurOwn(t *testing.T) {
	t.Parallel()
	ours, theirs := newWorld(t, t.TempDir(), "toys"), newWorld(t, t.TempDir(), "toys")
	for _, w := range []*World{ours, theirs} {
		_, _, err := run(connect(t, w, "toys"), `PAWL_KEY="$HOME/.pawl/run.1.0/" setsid sh -c 'trap "" TERM; while :; do sleep 0.05; done' >/dev/null 2>&1 </dev/null &`, "")
		require.NoError(t, err)
		require.Eventually(t, func() bool { left, err := w.Orphans(); return err == nil && len(left) > 0 }, time.Minute, 5*time.Millisecond)
	}
	require.NoError(t, ours.StopAll(context.Background()))
	left, err := theirs.Orphans()
	require.NoError(t, err)
	require.NotEmpty(t, left)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, theirs.StopAll(cancelled))
	require.NoError(t, theirs.StopAll(context.Background()))
}

// Closing the world ends what is attached to a connection, and waits for it.
func TestCloseEndsWhatIsAttached(t *testing.T) {
	t.Parallel()
	w, err := New(Options{Dir: t.TempDir(), Names: []string{"toys"}})
	require.NoError(t, err)
	client := connect(t, w, "toys")
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			_, _, err := run(client, "trap '' HUP TERM; sleep 300", "")
			if err == nil {
				t.Error("a command that was killed ended well")
			}
		})
	}
	require.Eventually(t, func() bool {
		w.Host("toys").mu.Lock()
		defer w.Host("toys").mu.Unlock()
		return len(w.Host("toys").attached) == 5
	}, time.Minute, 5*time.Millisecond)
	w.Close()
	all.Wait()
	_, err = net.Dial("tcp", w.Host("toys").listener.Addr().String())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestAWorldThatCannotBe(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Dir: "relative"})
	require.ErrorContains(t, err, "not absolute")
	for _, names := range [][]string{{"../x"}, {""}, {"A"}, {"toys", "toys"}} {
		_, err := New(Options{Dir: t.TempDir(), Names: names})
		require.Error(t, err, names)
	}
	dir := t.TempDir()
	newWorld(t, dir, "toys")
	_, err = New(Options{Dir: dir, Names: []string{"toys"}})
	require.ErrorIs(t, err, syscall.EADDRINUSE, "two worlds in one directory")
}

func TestToolsAreOnThePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe := filepath.Join(dir, "exe")
	require.NoError(t, os.WriteFile(exe, []byte("#!/bin/sh\necho \"I am $(basename \"$0\")\"\n"), 0o700))
	for range 2 { // a second world replaces them
		w, err := New(Options{Dir: filepath.Join(dir, "world"), Names: []string{"toys"}, Exe: exe, Tools: []string{"sqlite3", "scp"}})
		require.NoError(t, err)
		out, _, err := run(connect(t, w, "toys"), "sqlite3; scp", "")
		require.NoError(t, err)
		require.Equal(t, "I am sqlite3\nI am scp\n", out)
		entries, err := os.ReadDir(w.Bin())
		require.NoError(t, err)
		require.Len(t, entries, 2)
		w.Close()
	}
}

// Servers on a host have ports that no cable of ours leads to: they learn from a file that it is cut.
func TestACutCableIsMarked(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, dir, "app-1")
	file := filepath.Join(w.Host("app-1").Home(), CutFile)
	require.NoFileExists(t, file)
	require.NoError(t, w.Mend("app-1"), "it is whole")
	require.NoError(t, w.Cut("app-1"))
	require.FileExists(t, file)
	require.False(t, isClosed(w.Host("app-1").cable.whole()))
	w.Close()
	w = newWorld(t, dir, "app-1")
	require.NoFileExists(t, file, "the cables of a new world are whole")
	select {
	case <-w.Host("app-1").Whole():
	default:
		t.Fatal("it is cut")
	}
}
