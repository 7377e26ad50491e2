package lives_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/lives"
)

// liveEnv makes this test binary a process that lives in the directory named by it until it is killed.
const liveEnv = "PAWL_LIVES_TEST_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(liveEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	name := lives.Name("other")
	if _, err := lives.Begin(dir, name); err != nil {
		os.Exit(1)
	}
	turn, err := lives.Take(dir, "one.lock")
	if err != nil || turn == nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(name + "\n")
	select {}
}

// other starts a process that lives in dir, and gives its name.
func other(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), liveEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the process says its name")
	return cmd, lines.Text()
}

func TestALifeEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lives")
	cmd, name := other(t, dir)
	all, err := lives.All(dir)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, name, all[0].Name)
	require.True(t, all[0].Alive)
	require.Equal(t, cmd.Process.Pid, all[0].PID)
	require.False(t, all[0].Began.IsZero())
	require.Equal(t, "other", lives.RoleOf(name))
	require.NoError(t, lives.Bury(dir, name), "whoever is alive is left alone")
	alive, err := lives.Alive(dir, name)
	require.NoError(t, err)
	require.True(t, alive)

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	all, err = lives.All(dir)
	require.NoError(t, err)
	require.Len(t, all, 1, "the dead stay until they are buried")
	require.False(t, all[0].Alive)
	require.NoError(t, lives.Bury(dir, name))
	require.NoError(t, lives.Bury(dir, name), "twice is harmless")
	all, err = lives.All(dir)
	require.NoError(t, err)
	require.Empty(t, all)
}

// The lock belongs to the file that was opened, not to the process: one process can look at its own life.
func TestALifeOfOurOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := lives.Name("worker")
	l, err := lives.Begin(dir, name)
	require.NoError(t, err)
	_, err = lives.Begin(dir, name)
	require.ErrorIs(t, err, os.ErrExist, "a name is used once")
	alive, err := lives.Alive(dir, name)
	require.NoError(t, err)
	require.True(t, alive)

	require.NoError(t, l.Leave())
	require.NoError(t, l.Leave(), "twice is harmless")
	all, err := lives.All(dir)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.False(t, all[0].Alive)
	require.NoError(t, l.End())
	all, err = lives.All(dir)
	require.NoError(t, err)
	require.Empty(t, all)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestNamesThatAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README"), nil, 0o600))
	for _, name := range []string{"", "..", "../worker-1", "worker 1", "README", ".begins-1"} {
		_, err := lives.Begin(dir, name)
		require.ErrorContains(t, err, "no name", name)
		alive, err := lives.Alive(dir, name)
		require.NoError(t, err)
		require.False(t, alive, name)
	}
	all, err := lives.All(dir)
	require.NoError(t, err)
	require.Empty(t, all)
	all, err = lives.All(filepath.Join(dir, "nowhere"))
	require.NoError(t, err)
	require.Empty(t, all)
}

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, _ := other(t, dir)
	turn, err := lives.Take(dir, "one.lock")
	require.NoError(t, err)
	require.Nil(t, turn, "the other process has it")
	turn.Give()
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	turn, err = lives.Take(dir, "one.lock")
	require.NoError(t, err)
	require.NotNil(t, turn, "a turn ends with its process")
	again, err := lives.Take(dir, "one.lock")
	require.NoError(t, err)
	require.Nil(t, again)
	turn.Give()
	again, err = lives.Take(dir, "one.lock")
	require.NoError(t, err)
	require.NotNil(t, again)
	again.Give()
}
