package traffic_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A HAProxy that is being reloaded has read the map, and takes over after a switch: users are where they were, and the load
// balancer contradicts itself. The same switch tells it again.
func TestHAProxyIsReloadedWhileUsersAreMoved(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	// Behind the map it reads a file that does not come to its end before we say so.
	require.NoError(t, syscall.Mkfifo(p.path("names.lst"), 0o600))
	names, err := os.OpenFile(p.path("names.lst"), os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { _ = names.Close() }()
	p.write("haproxy.cfg", p.read("haproxy.cfg")+"frontend more\n\tbind "+p.path("more.sock")+"\n\tuse_backend %[hdr(host),map("+p.path("names.lst")+")]\n")
	p.ready()
	before := p.pid()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGUSR2))
	eventually(t, "the new process has read the map", func() bool { return p.reads("names.lst") })
	require.NoError(t, p.move("there", "blue", "green"))
	require.Equal(t, before, p.pid(), "users were moved before the new process took over")
	_, err = names.WriteString("host blue\n")
	require.NoError(t, err)
	require.NoError(t, names.Close())
	eventually(t, "a new process answers", func() bool { now := p.pid(); return now != "" && now != before })
	require.Equal(t, "blue", p.served())
	_, err = p.balancer.Active(t.Context(), p.lb)
	require.ErrorContains(t, err, "at its next reload they would move")
	require.NoError(t, p.move("there", "blue", "green"))
	require.Equal(t, "green", p.served())
	require.Equal(t, "green", p.active())
}

// reads reports whether the master has a file open.
func (p *proxy) reads(name string) bool {
	dir := fmt.Sprintf("/proc/%d/fd/", p.cmd.Process.Pid)
	open, _ := os.ReadDir(dir)
	for _, fd := range open {
		if file, err := os.Readlink(dir + fd.Name()); err == nil && file == p.path(name) {
			return true
		}
	}
	return false
}
