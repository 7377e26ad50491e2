package testneed

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// witness is a testing.TB that notes how a test would have ended. Skip and
// Fatal stop the goroutine in the original, so here they panic with the outcome.
type witness struct {
	testing.TB
}

type outcome struct{ how, why string }

func (w witness) Helper()      {}
func (w witness) Name() string { return "TestSomething/deep" }
func (w witness) Skip(args ...any) {
	panic(outcome{"skipped", fmt.Sprint(args...)})
}

func (w witness) Fatal(args ...any) {
	panic(outcome{"failed", fmt.Sprint(args...)})
}

func (w witness) Fatalf(format string, args ...any) {
	panic(outcome{"failed", fmt.Sprintf(format, args...)})
}

// end runs Component and returns how it ended; how is empty if it returned.
func end(t *testing.T, name string, candidates ...string) (path string, end outcome) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			o, ok := r.(outcome)
			require.True(t, ok, "panic: %v", r)
			end = o
		}
	}()
	return Component(witness{t}, name, candidates...), end
}

func TestComponentReturnsTheFirstCandidateThatIsThere(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	path, o := end(t, "anything", "no-such-program-here", exe, "sh")
	require.Empty(t, o.how)
	require.Equal(t, exe, path)
}

func TestComponentFallsBackToItsName(t *testing.T) {
	path, o := end(t, "sh")
	require.Empty(t, o.how)
	require.Equal(t, "sh", filepath.Base(path))
}

func TestMissingComponentFailsWhenEverythingIsRequired(t *testing.T) {
	t.Setenv("REQUIRE", "all")
	t.Setenv("PAWL_LEFT_OUT", filepath.Join(t.TempDir(), "left-out"))
	_, o := end(t, "sshd", "/nowhere/sshd")
	require.Equal(t, "failed", o.how)
	require.Contains(t, o.why, "apt-get install -y openssh-server")
	require.NoFileExists(t, os.Getenv("PAWL_LEFT_OUT"), "a failure is not something left out")
}

func TestMissingComponentIsSkippedAndRecorded(t *testing.T) {
	t.Setenv("REQUIRE", "")
	file := filepath.Join(t.TempDir(), "left-out")
	t.Setenv("PAWL_LEFT_OUT", file)
	for range 2 {
		_, o := end(t, "chromium", "/nowhere/chromium")
		require.Equal(t, "skipped", o.how)
		require.Contains(t, o.why, "chromium is not installed")
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	line := "TestSomething/deep: chromium is not installed (looked for /nowhere/chromium); on Debian: apt-get install -y chromium\n"
	require.Equal(t, line+line, string(got))
}

func TestMissingComponentIsSkippedWithoutAFileToo(t *testing.T) {
	t.Setenv("REQUIRE", "")
	t.Setenv("PAWL_LEFT_OUT", "")
	_, o := end(t, "chromium", "/nowhere/chromium")
	require.Equal(t, "skipped", o.how)
}

func TestARecordThatCannotBeWrittenFailsTheTest(t *testing.T) {
	t.Setenv("REQUIRE", "")
	t.Setenv("PAWL_LEFT_OUT", filepath.Join(t.TempDir(), "no", "such", "folder"))
	_, o := end(t, "chromium", "/nowhere/chromium")
	require.Equal(t, "failed", o.how)
}
