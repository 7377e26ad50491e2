package sshrun

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skeema/knownhosts"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine is a host under test: the sandbox's, or real OpenSSH. Both are reached through a relay.
type machine struct {
	host  job.Host
	home  string
	opts  Options
	relay *relay
}

// eachMachine runs a test against the sandbox's host and against OpenSSH.
func eachMachine(t *testing.T, test func(t *testing.T, m machine)) {
	t.Helper()
	t.Run("sandbox", func(t *testing.T) { t.Parallel(); test(t, newSandbox(t)) })
	t.Run("openssh", func(t *testing.T) { t.Parallel(); test(t, newOpenSSH(t)) })
}

// quick are pauses short enough for tests. What makes us give up stays as long as it is for users: a busy machine is slow.
func quick(o Options) Options {
	o.Poll, o.StopGrace = 20*time.Millisecond, 500*time.Millisecond
	o.RetryAtLeast, o.RetryAtMost = 20*time.Millisecond, 200*time.Millisecond
	return o
}

func newSandbox(t *testing.T) machine {
	t.Helper()
	dir := t.TempDir()
	world, err := hosts.New(hosts.Options{Dir: dir, Names: []string{"toys"}})
	require.NoError(t, err)
	t.Cleanup(func() { stopAll(t, dir); world.Close() })
	h := world.Host("toys")
	known, err := os.ReadFile(world.KnownHosts())
	require.NoError(t, err)
	key, _, _, _, err := ssh.ParseAuthorizedKey(known[strings.IndexByte(string(known), ' ')+1:])
	require.NoError(t, err)
	_, address, _ := strings.Cut(h.Address(), "@")
	return newMachine(t, h.Home(), hosts.User, address, world.IdentityFile(), key)
}

// newOpenSSH starts the real server as the user who runs the test, with a home, keys and a configuration of its own. Its
// login shell prints something before every command.
func newOpenSSH(t *testing.T) machine {
	t.Helper()
	sshd := testneed.Component(t, "sshd", "sshd", "/usr/sbin/sshd")
	dir := t.TempDir()
	home := filepath.Join(dir, "hosts", "toys") // laid out like the sandbox's, so that what is left is found the same way
	require.NoError(t, os.MkdirAll(home, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".bashrc"), []byte("echo Welcome to toys\n"), 0o600))
	if os.Geteuid() == 0 {
		require.NoError(t, os.MkdirAll("/run/sshd", 0o755)) // sshd as root insists on it
	}
	_, edKey, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, login, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	writeKey(t, filepath.Join(dir, "host_ed25519"), edKey)
	writeKey(t, filepath.Join(dir, "host_ecdsa"), ecKey)
	loginSigner := writeKey(t, filepath.Join(dir, "id"), login)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "authorized"), ssh.MarshalAuthorizedKey(loginSigner.PublicKey()), 0o600))
	port := freePort(t)
	config := fmt.Sprintf(`ListenAddress 127.0.0.1:%d
HostKey %[2]s/host_ecdsa
HostKey %[2]s/host_ed25519
AuthorizedKeysFile %[2]s/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 200
SetEnv HOME=%s
`, port, dir, home)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sshd_config"), []byte(config), 0o600))
	cmd := exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "sshd_config"))
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stopAll(t, dir)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	eventually(t, "sshd listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	me, _, err := splitAddress("x")
	require.NoError(t, err)
	// The key on file is not the kind the server would offer first.
	edSigner, err := ssh.NewSignerFromKey(edKey)
	require.NoError(t, err)
	return newMachine(t, home, me, address, filepath.Join(dir, "id"), edSigner.PublicKey())
}

func newMachine(t *testing.T, home, user, address, identity string, key ssh.PublicKey) machine {
	t.Helper()
	relay := newRelay(t, address)
	m := machine{home: home, relay: relay, host: job.Host{Name: "toys", Address: user + "@" + relay.address()}}
	file := filepath.Join(t.TempDir(), "known_hosts")
	require.NoError(t, os.WriteFile(file, []byte(knownhosts.Line([]string{relay.address()}, key)+"\n"), 0o600))
	m.opts = quick(Options{KnownHosts: []string{file}, IdentityFiles: []string{identity}})
	return m
}

func writeKey(t *testing.T, file string, key any) ssh.Signer {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	return signer
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func stopAll(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, hosts.StopAll(ctx, dir))
}

func (m machine) runner(t *testing.T, change ...func(*Options)) *Runner {
	t.Helper()
	o := m.opts
	for _, c := range change {
		c(&o)
	}
	r := New(o)
	t.Cleanup(r.Close)
	return r
}

// script is one whose arguments are given as names and values in turn.
func (m machine) script(body string, args ...string) job.Script {
	s := job.Script{Name: "test", Host: m.host, Body: body, Args: map[string]string{}}
	for i := 0; i < len(args); i += 2 {
		s.Args[args[i]] = args[i+1]
	}
	return s
}

func (m machine) path(elem ...string) string {
	return filepath.Join(append([]string{m.home}, elem...)...)
}

// lines are the lines of a file in the host's home; none when there is no file.
func (m machine) lines(elem ...string) []string {
	data, err := os.ReadFile(m.path(elem...))
	if err != nil || len(data) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// process is one of a run made up for the test.
func process(step int) job.Process {
	return job.Process{Run: "0199f3c2-5b7e-7d10-9c1e-2f6a3d4b5c6d", ID: "toy-k4m7q2", Step: step, Label: "test"}
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 5*time.Millisecond, what)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// relay is a cable between a client and a server, to be cut.
type relay struct {
	listener net.Listener
	to       string
	wg       sync.WaitGroup

	mu     sync.Mutex
	whole  chan struct{} // closed while the cable is whole
	conns  map[net.Conn]bool
	closed bool
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &relay{listener: l, to: to, whole: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(r.whole)
	r.wg.Go(r.serve)
	t.Cleanup(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		_ = l.Close()
		r.mend()
		r.drop()
		r.wg.Wait()
	})
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }

func (r *relay) serve() {
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		r.mu.Lock()
		if r.closed {
			_, _ = in.Close(), out.Close()
		}
		r.conns[in], r.conns[out] = true, true
		r.mu.Unlock()
		r.wg.Go(func() { r.pump(in, out) })
		r.wg.Go(func() { r.pump(out, in) })
	}
}

func (r *relay) pump(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		r.mu.Lock()
		whole := r.whole
		r.mu.Unlock()
		<-whole
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			_, _ = to.Close(), from.Close()
			return
		}
	}
}

// cut makes the link silent: nothing passes, nothing ends.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = make(chan struct{})
}

func (r *relay) mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.whole:
	default:
		close(r.whole)
	}
}

// drop ends every connection at once.
func (r *relay) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.Close()
		delete(r.conns, c)
	}
}
