package apps

import (
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// newPorts are the ports of a world that starts no process.
func newPorts(t *testing.T, dir string) *Apps {
	t.Helper()
	a := &Apps{opts: Options{Dir: dir}}
	require.NoError(t, a.loadPorts(t.Context()))
	t.Cleanup(a.freePorts)
	return a
}

// takes gives ports to so many names, whose instances are down.
func (a *Apps) takes(t *testing.T, names int) (all []int) {
	t.Helper()
	for n := range names {
		l, err := a.listen(t.Context(), fmt.Sprint("instance ", n))
		require.NoError(t, err)
		all = append(all, l.Addr().(*net.TCPAddr).Port)
		require.NoError(t, l.Close())
	}
	return all
}

// The port of an instance that is down is nobody else's: a front that had it would send its users to itself.
func TestNoPortIsGivenTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := newPorts(t, dir), newPorts(t, t.TempDir())
	mine := a.takes(t, 500)
	theirs := b.takes(t, 500)
	all := slices.Concat(mine, theirs)
	slices.Sort(all)
	require.Len(t, slices.Compact(all), 1000)

	require.NoError(t, a.savePorts())
	a.freePorts()
	again := newPorts(t, dir)
	third := newPorts(t, t.TempDir()).takes(t, 500)
	require.Equal(t, mine, again.takes(t, 500), "a world that is opened again has the ports it had")
	for _, port := range third {
		require.NotContains(t, mine, port, "and their blocks")
	}
}
