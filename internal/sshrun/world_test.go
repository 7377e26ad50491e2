package sshrun

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine is a host under test: the sandbox's or real OpenSSH.
type machine struct {
	host  job.Host
	home  string
	opts  Options
	world *hosts.World // nil for OpenSSH
}

// quick are waits short enough for tests.
func quick(o Options) Options {
	o.Poll, o.StopGrace, o.StartWithin = 20*time.Millisecond, 300*time.Millisecond, 3*time.Second
	o.RetryAtLeast, o.RetryAtMost = 20*time.Millisecond, 200*time.Millisecond
	return o
}

func newSandbox(t *testing.T) machine {
	t.Helper()
	dir := t.TempDir()
	world, err := hosts.New(hosts.Options{Dir: dir, Names: []string{"toys"}})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, world.StopAll(ctx))
		world.Close()
	})
	h := world.Host("toys")
	return machine{
		host: job.Host{Name: "toys", Address: h.Address()}, home: h.Home(), world: world,
		opts: quick(Options{KnownHosts: []string{world.KnownHosts()}, IdentityFiles: []string{world.IdentityFile()}}),
	}
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

func (m machine) script(name, body string, args ...string) job.Script {
	s := job.Script{Name: name, Host: m.host, Body: body, Args: map[string]string{}}
	for i := 0; i < len(args); i += 2 {
		s.Args[args[i]] = args[i+1]
	}
	return s
}

func (m machine) path(elem ...string) string {
	return filepath.Join(append([]string{m.home}, elem...)...)
}

func (m machine) read(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(m.path(elem...))
	require.NoError(t, err)
	return string(data)
}

// process is one of a run made up for the test.
func process(t *testing.T, step int) job.Process {
	run := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())
	return job.Process{Run: run, ID: "toy-k4m7q2", Step: step, Label: "test"}
}

func withDeadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 20*time.Second, 5*time.Millisecond, what)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

var _ = fmt.Sprint
