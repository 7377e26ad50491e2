package traffic_test

import (
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
	p.write("names.lst", "host blue\n")
	p.write("haproxy.cfg", p.read("haproxy.cfg")+"frontend more\n\tbind "+p.path("more.sock")+"\n\tuse_backend %[hdr(host),map("+p.path("names.lst")+")]\n")
	p.ready()
	before := p.pid()
	names := p.path("names.lst") // which the next one reads behind the map, as long as we like
	require.NoError(t, os.Remove(names))
	require.NoError(t, syscall.Mkfifo(names, 0o600))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGUSR2))
	var reading *os.File
	eventually(t, "the new process has read the map", func() (opened bool) {
		var err error
		reading, err = os.OpenFile(names, os.O_WRONLY|syscall.O_NONBLOCK, 0) // not before somebody reads
		return err == nil
	})
	defer func() { _ = reading.Close() }()
	require.NoError(t, p.move("there", "blue", "green"))
	require.Equal(t, before, p.pid(), "users were moved before the new process took over")
	require.NoError(t, reading.Close())
	eventually(t, "a new process answers", func() bool { now := p.pid(); return now != "" && now != before })
	require.Equal(t, "blue", p.served())
	_, err := p.balancer.Active(t.Context(), p.lb)
	require.ErrorContains(t, err, "at its next reload they would move")
	require.NoError(t, p.move("there", "blue", "green"))
	require.Equal(t, "green", p.served())
	require.Equal(t, "green", p.active())
}
