package sandbox

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneWorldInADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := acquire(dir)
	require.NoError(t, err)

	_, err = acquire(dir)
	require.EqualError(t, err, "this demo is running already", "it has not said where yet")
	require.NoError(t, first.announce("http://127.0.0.1:8065"))
	_, err = acquire(dir)
	var running *RunningError
	require.ErrorAs(t, err, &running)
	require.Equal(t, RunningError{PID: os.Getpid(), URL: "http://127.0.0.1:8065"}, *running)

	require.ErrorAs(t, Clean(t.Context(), dir), &running, "nobody's world is removed under their feet")
	require.DirExists(t, dir)

	first.release()
	second, err := acquire(dir)
	require.NoError(t, err)
	second.release()
	require.NoError(t, Clean(t.Context(), dir))
	require.NoDirExists(t, dir)
	require.NoError(t, Clean(t.Context(), dir), "there was none")
}
