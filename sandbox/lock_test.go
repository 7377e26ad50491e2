package sandbox

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/lives"
)

func TestOneWorldInADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := hold(dir)
	require.NoError(t, err)

	_, err = hold(dir)
	require.EqualError(t, err, fmt.Sprintf("this demo is already running, pid %d", os.Getpid()), "it has not said where yet")
	require.NoError(t, first.Announce("http://127.0.0.1:8065"))
	_, err = hold(dir)
	var running *lives.HeldError
	require.ErrorAs(t, err, &running)
	require.Equal(t, lives.HeldError{PID: os.Getpid(), URL: "http://127.0.0.1:8065"}, *running)

	require.ErrorAs(t, Clean(t.Context(), dir), &running, "nobody's world is removed under their feet")
	require.DirExists(t, dir)

	first.Release()
	second, err := hold(dir)
	require.NoError(t, err)
	second.Release()
	require.NoError(t, Clean(t.Context(), dir))
	require.NoDirExists(t, dir)
	require.NoError(t, Clean(t.Context(), dir), "there was none")
}
