package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/sandbox/apps"
)

// balancer is a real HAProxy in front of the instances of the world, in the place of the world's own.
type balancer struct {
	f      *fleet
	home   string
	master *exec.Cmd
	fronts map[string]string // where users ask, by environment
}

// What it has below the home of its host.
const (
	realMap    = "real/active.map"
	realSocket = "real/admin.sock"
)

// balanced starts one, and has pawl.yaml name it.
func (f *fleet) balanced() *balancer {
	f.t.Helper()
	program := testneed.Component(f.t, "haproxy", "haproxy", "/usr/sbin/haproxy")
	testneed.Component(f.t, "socat")
	b := &balancer{f: f, home: f.world.Hosts.Host(apps.Balancer).Home(), fronts: map[string]string{}}
	config := `global
	stats socket unix@` + realSocket + ` mode 600 level admin expose-fd listeners
defaults
	mode http
	retries 0
	timeout connect 2s
	timeout client 30s
	timeout server 5s
`
	users, change := "", []string{apps.MapFile, realMap, apps.SocketFile, realSocket}
	for _, e := range f.world.Apps.Environments() {
		at := freeAddr(f.t)
		b.fronts[e.Name] = "http://" + at
		change = append(change, e.URL+`"`, b.fronts[e.Name]+`"`)
		users += fmt.Sprintf("shop/%s shop_%[1]s_blue\n", e.Name)
		config += fmt.Sprintf("frontend %s\n\tbind %s\n\tuse_backend %%[str(shop/%[1]s),map(%[3]s)]\n", e.Name, at, realMap)
		for _, i := range e.Instances {
			if i.Role == "" {
				config += fmt.Sprintf("backend shop_%s_%s\n\tserver %[2]s %[3]s\n", e.Name, i.Instance, i.Listen)
			}
		}
	}
	f.writes("", change...)
	require.NoError(f.t, os.MkdirAll(filepath.Join(b.home, "real"), 0o700))
	require.NoError(f.t, os.WriteFile(filepath.Join(b.home, realMap), []byte(users), 0o600))
	require.NoError(f.t, os.WriteFile(filepath.Join(b.home, "real/haproxy.cfg"), []byte(config), 0o600))
	b.master = exec.Command(program, "-W", "-db", "-f", "real/haproxy.cfg")
	b.master.Dir = b.home
	b.master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(f.t, b.master.Start())
	f.t.Cleanup(func() { // workers of before a reload as well
		_ = syscall.Kill(-b.master.Process.Pid, syscall.SIGKILL)
		_ = b.master.Wait()
	})
	f.eventually(20*time.Second, "haproxy answers", func() error { _, err := b.worker(); return err })
	return b
}

// worker is the process that takes new users.
func (b *balancer) worker() (string, error) {
	cmd := exec.Command("socat", "-t", "5", "-", "UNIX-CONNECT:"+realSocket)
	cmd.Dir, cmd.Stdin = b.home, strings.NewReader("show info\n")
	out, err := cmd.Output()
	_, rest, found := strings.Cut(string(out), "\nPid: ")
	if err == nil && !found {
		err = errors.New("it says no pid")
	}
	pid, _, _ := strings.Cut(rest, "\n")
	return pid, err
}

// reload has it read its files again, in another process, and returns when that one answers.
func (b *balancer) reload() {
	b.f.t.Helper()
	before, err := b.worker()
	require.NoError(b.f.t, err)
	b.f.eventually(10*time.Second, "haproxy is another process", func() error {
		// A master that is still becoming itself after the last time does not hear it.
		now, err := b.worker()
		if err != nil || now != before {
			return err
		}
		if err := b.master.Process.Signal(syscall.SIGUSR2); err != nil {
			return err
		}
		return errors.New("it is the same")
	})
}
