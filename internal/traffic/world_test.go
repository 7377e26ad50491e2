package traffic_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// here runs scripts on this machine, as a host does it that answers at once.
type here struct {
	t    testing.TB
	home string

	mu     sync.Mutex
	killAt string            // the point at which the next scripts are killed
	env    map[string]string // more variables
	path   string            // instead of PATH
}

// errLost is what is seen of a host that was cut off.
var errLost = errors.New("the connection is gone")

func (h *here) set(f func(h *here)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h)
}

func (h *here) Look(ctx context.Context, s job.Script, within time.Duration, _ int64) ([]byte, int, error) {
	h.mu.Lock()
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": h.home, "KILL_AT": h.killAt}
	if h.path != "" {
		env["PATH"] = h.path
	}
	maps.Copy(env, h.env)
	h.mu.Unlock()
	maps.Copy(env, s.Args)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	body := strings.Replace(s.Body, "point() {\n\t:\n", "point() {\n\t[ \"$1\" != \"$KILL_AT\" ] || kill -9 $$\n", 1)
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", body)
	cmd.Dir, cmd.WaitDelay = h.home, time.Second
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		return nil, 0, errLost
	case exit != nil:
		return out, exit.ExitCode(), nil
	}
	return out, 0, err
}

func (h *here) ReadFile(_ context.Context, _ job.Host, path string, _ int64) ([]byte, error) {
	return os.ReadFile(path)
}

// colours are two instances of an app, and what is told of their load balancer.
type colours struct {
	t        testing.TB
	dir      string
	host     *here
	lb       job.Traffic
	balancer *traffic.Balancers
	address  map[string]string // of the instances
	front    string            // where users ask
	n        int
	slow     atomic.Int64  // requests for /slow that came to an instance
	finish   chan struct{} // ends one of them
}

// newColours starts blue and green, which answer with their names.
func newColours(t testing.TB, kind string) *colours {
	t.Helper()
	dir, err := os.MkdirTemp("", "lb") //nolint:usetesting // the path of a socket may have 107 characters
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c := &colours{t: t, dir: dir, address: map[string]string{}, finish: make(chan struct{}), front: "127.0.0.1:" + strconv.Itoa(freePort(t))}
	for _, name := range []string{"blue", "green"} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				c.slow.Add(1)
				select {
				case <-c.finish:
				case <-t.Context().Done():
				}
			}
			if r.URL.Path == "/broken" {
				w.WriteHeader(http.StatusInternalServerError)
			}
			_, _ = fmt.Fprint(w, name)
		}))
		t.Cleanup(s.Close)
		c.address[name] = strings.TrimPrefix(s.URL, "http://")
	}
	c.host = &here{t: t, home: dir}
	c.balancer = traffic.New(traffic.Options{Files: c.host, Scripts: c.host, HAProxy: scripts.Traffic("haproxy"), Nginx: scripts.Traffic("nginx")})
	c.lb = job.Traffic{Kind: kind, Host: job.Host{Name: "lb"}, Key: "shop/master"}
	return c
}

func (c *colours) path(name string) string { return filepath.Join(c.dir, name) }

func (c *colours) write(name, text string) {
	c.t.Helper()
	require.NoError(c.t, os.WriteFile(c.path(name), []byte(text), 0o644))
}

func (c *colours) read(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(c.path(name))
	require.NoError(c.t, err)
	return string(text)
}

// token is one nobody had.
func (c *colours) token() string {
	c.n++
	return fmt.Sprintf("deploy-%06d/1", c.n)
}

func (c *colours) active() string {
	c.t.Helper()
	name, err := c.balancer.Active(c.t.Context(), c.lb)
	require.NoError(c.t, err)
	return name
}

func (c *colours) move(token, from, to string) error {
	return c.balancer.Switch(c.t.Context(), c.lb, traffic.Switch{To: to, From: from, Token: token})
}

// refused is the sentence of a switch that never took place.
func (c *colours) refused(err error) string {
	c.t.Helper()
	var e *traffic.Error
	require.ErrorAs(c.t, err, &e)
	require.False(c.t, e.Unknown, "%v", err)
	return e.Says
}

// unknown is the sentence of a switch that may have taken place.
func (c *colours) unknown(err error) string {
	c.t.Helper()
	var e *traffic.Error
	require.ErrorAs(c.t, err, &e)
	require.True(c.t, e.Unknown, "%v", err)
	return e.Says
}

// served is who answers a user who comes now.
func (c *colours) served() string {
	c.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	got, code, err := get(c.t.Context(), client, "http://"+c.front+"/")
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, code)
	return got
}

// run starts a server that stays in the foreground, and ends it with the test.
func (c *colours) run(program string, args ...string) *exec.Cmd {
	c.t.Helper()
	log, err := os.Create(c.path(filepath.Base(program) + ".log"))
	require.NoError(c.t, err)
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "HOME="+c.dir, "XDG_DATA_HOME="+c.dir, "XDG_CONFIG_HOME="+c.dir)
	require.NoError(c.t, cmd.Start())
	c.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		_ = log.Close()
		if c.t.Failed() {
			c.t.Log(c.read(filepath.Base(program) + ".log"))
		}
	})
	eventually(c.t, program+" answers", func() bool {
		conn, err := net.Dial("tcp", c.front)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return cmd
}

var ports sync.Map // that were given to a test

// freePort is below those that connections get: clients by the thousand take one of those at any moment.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10000 + rand.IntN(20000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			require.NoError(t, l.Close())
			if _, given := ports.LoadOrStore(port, true); !given {
				return port
			}
		}
	}
	t.Fatal("no port is free")
	return 0
}

// slowly is a user whose request lasts until somebody sends to finish. The channel has what the user saw in the end.
func (c *colours) slowly() <-chan string {
	c.t.Helper()
	saw := make(chan string, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		body, _, err := get(c.t.Context(), client, "http://"+c.front+"/slow")
		saw <- fmt.Sprint(body, err)
	}()
	eventually(c.t, "it is under way", func() bool { return c.slow.Load() == 1 })
	return saw
}

func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	require.Eventually(t, f, time.Minute, 10*time.Millisecond, what)
}

// hold takes a lock as somebody else, and returns what gives it back.
func (c *colours) hold(file string) func() {
	c.t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDONLY, 0o644)
	require.NoError(c.t, err)
	require.NoError(c.t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	return func() { _ = f.Close() }
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

// onlyCommonTools leaves on the host's PATH what every host has, in a directory that is returned.
func (c *colours) onlyCommonTools() string {
	c.t.Helper()
	bin := c.path("bin")
	require.NoError(c.t, os.Mkdir(bin, 0o755))
	for _, tool := range strings.Fields("awk cat cp cut flock grep head mv readlink sync tail touch tr") {
		at, err := exec.LookPath(tool)
		require.NoError(c.t, err)
		require.NoError(c.t, os.Symlink(at, bin+"/"+tool))
	}
	c.host.path = bin
	return bin
}
