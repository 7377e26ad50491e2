package terminal_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// A socket that a dead process left is replaced, and is nobody's but its owner's and the group's.
func TestTheSocketOfTheDeadIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.ErrorIs(t, h.dials(), os.ErrNotExist)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: h.opt.Socket, Net: "unix"})
	require.NoError(t, err)
	dead.SetUnlinkOnClose(false)
	require.NoError(t, dead.Close())
	require.ErrorIs(t, h.dials(), syscall.ECONNREFUSED)
	s := h.serve()
	require.NoError(t, h.dials())
	info, err := os.Stat(h.opt.Socket)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o660), info.Mode().Perm())
	require.NoError(t, s.Stop(context.Background()))
	require.NoFileExists(t, h.opt.Socket)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(h.opt.Socket), ".pawl*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// Of two processes on one data directory one serves; the other takes over when it is gone, and not before.
func TestTheSecondTakesOverFromTheFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.serve()
	before, err := os.Stat(h.opt.Socket)
	require.NoError(t, err)
	h.serve()
	after, err := os.Stat(h.opt.Socket)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "it left the first one's socket alone")
	require.NoError(t, first.Stop(context.Background()))
	require.Eventually(t, func() bool { return h.dials() == nil }, time.Minute, 20*time.Millisecond)
}

// A path that is longer than the path of a socket may be works all the same.
func TestALongPath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	dir := filepath.Join(filepath.Dir(h.opt.Socket), strings.Repeat("long", 30))
	require.NoError(t, os.Mkdir(dir, 0o700))
	h.opt.Socket = filepath.Join(dir, terminal.SocketFile)
	require.Greater(t, len(h.opt.Socket), 108)
	h.serve()
	require.NoError(t, h.dials())
}

// A folder in which no socket can be made is told; the turn is given back.
func TestAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.opt.Socket = filepath.Join(filepath.Dir(h.opt.Socket), "nowhere", terminal.SocketFile)
	for range 2 {
		s := terminal.New(h.opt)
		err := s.Start(t.Context())
		require.ErrorContains(t, err, "making the socket")
		require.NoError(t, s.Stop(context.Background()))
	}
}
