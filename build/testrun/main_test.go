package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fates is a module with tests of every fate, run by the real go test.
func fates() map[string]string {
	return map[string]string{
		"go.mod":            "module example.com/fates\n\ngo 1.26\n",
		"good/good_test.go": "package good\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) { t.Log(\"quiet word\") }\nfunc TestTwo(t *testing.T) { t.Run(\"sub\", func(*testing.T) {}) }\n",
		"bad/bad_test.go":   "package bad\n\nimport \"testing\"\n\nfunc TestBad(t *testing.T) { t.Log(\"loud word\"); t.Fail() }\nfunc TestGood(*testing.T) {}\n",
		"skip/skip_test.go": "package skip\n\nimport \"testing\"\n\nfunc TestSkip(t *testing.T) { t.Skip(\"sshd: is not installed\") }\n",
		"dead/dead_test.go": "package dead\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestDead(*testing.T) { fmt.Println(\"last word\"); os.Exit(3) }\n",
		"broken/b_test.go":  "package broken\n\nvar _ int = missing\n",
		"main/main_test.go": "package main\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) { m.Run(); os.Exit(1) }\nfunc TestFine(*testing.T) {}\n",
		"none/none.go":      "package none\n",
	}
}

func testrun(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range fates() {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestPassingTestsAreOneLineAndTheirOutputIsKept(t *testing.T) {
	keep := filepath.Join(t.TempDir(), "kept")
	code, out, errs := testrun(t, "-keep", keep, "./good", "./none")
	require.Zero(t, code, errs)
	require.Contains(t, out, "ok    example.com/fates/good")
	require.Contains(t, out, "3 passed, 0 failed, 0 skipped\n")
	require.NotContains(t, out, "quiet word")
	kept, err := os.ReadFile(keep)
	require.NoError(t, err)
	require.Contains(t, string(kept), "quiet word", "go test drops this one without -json")
}

func TestAFailureIsShownWithWhatItPrinted(t *testing.T) {
	code, out, _ := testrun(t, "./bad", "./good")
	require.Equal(t, 1, code)
	require.Contains(t, out, "FAIL  example.com/fates/bad.TestBad")
	require.Contains(t, out, "loud word")
	require.Contains(t, out, "4 passed, 1 failed, 0 skipped\n")
}

func TestASkippedTestIsLeftOutAndNotPassed(t *testing.T) {
	leftOut := filepath.Join(t.TempDir(), "left-out")
	code, out, _ := testrun(t, "-left-out", leftOut, "./skip")
	require.Zero(t, code)
	require.Contains(t, out, "0 passed, 0 failed, 1 skipped\n")
	got, err := os.ReadFile(leftOut)
	require.NoError(t, err)
	require.Equal(t, "example.com/fates/skip.TestSkip: sshd: is not installed\n", string(got))
}

func TestASkippedTestFailsWhenNothingMayBeLeftOut(t *testing.T) {
	code, _, errs := testrun(t, "-all", "--", "-count=1", "./skip", "./good")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "1 tests were skipped")
}

func TestABinaryThatDiesIsAFailureWithItsLastWords(t *testing.T) {
	code, out, _ := testrun(t, "./dead")
	require.Equal(t, 1, code)
	require.Contains(t, out, "last word")
	require.Contains(t, out, "0 passed, 1 failed")
}

func TestATestThatDoesNotCompileIsAFailure(t *testing.T) {
	code, out, _ := testrun(t, "./broken", "./good")
	require.Equal(t, 1, code)
	require.Contains(t, out, "undefined: missing")
	require.Contains(t, out, "FAIL  example.com/fates/broken")
}

func TestAPackageThatFailsAfterItsTestsIsAFailure(t *testing.T) {
	code, out, _ := testrun(t, "./main", "./bad")
	require.Equal(t, 1, code)
	require.Contains(t, out, "FAIL  example.com/fates/main")
	require.Contains(t, out, "2 passed, 2 failed, 0 skipped\n")
}

func TestNoTestAtAllIsNoSuccess(t *testing.T) {
	code, _, errs := testrun(t, "./none")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no test ran")
}

func TestWhatCannotBeKeptIsAnError(t *testing.T) {
	code, _, errs := testrun(t, "-keep", filepath.Join(t.TempDir(), "no", "folder"), "./good")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "keeping the output")
}

func TestReasonOfASkip(t *testing.T) {
	t.Parallel()
	for want, output := range map[string][]string{
		"why it is":       {"=== RUN   TestX\n", "    x_test.go:12: why it is\n", "--- SKIP: TestX (0.00s)\n"},
		"free text":       {"free text\n"},
		"no reason given": {"=== RUN   TestX\n", "--- SKIP: TestX (0.00s)\n"},
	} {
		require.Equal(t, want, reason(output))
	}
}

func TestLinesThatAreNoEventsAreShown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := newStory(&out, nothing{})
	require.NoError(t, s.follow(strings.NewReader("go: something odd\n{\"Action\":\"pass\",\"Package\":\"a\",\"Test\":\"T\"}")))
	require.Equal(t, "go: something odd\n", out.String())
	require.Equal(t, 1, s.passed)
}
