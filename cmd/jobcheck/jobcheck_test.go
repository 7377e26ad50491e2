package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// company is a repository outside Pawl's: its jobs, and stand-ins for what
// they import, without anything to be fetched.
var company = map[string]string{
	"go.mod": `module example.com/company

go 1.26

require (
	github.com/pawl-ops/pawl v0.0.0
	go.temporal.io/sdk v0.0.0
)

replace (
	github.com/pawl-ops/pawl => ./pawl
	go.temporal.io/sdk => ./sdk
)
`,
	"main.go": "package main\n\nimport _ \"example.com/company/jobs\"\n\nfunc main() {}\n",
	"jobs/jobs.go": `package jobs

import "github.com/pawl-ops/pawl/workflows/frame"

var Tidy = frame.Define(frame.Job[string, string]{Name: "tidy", Run: tidy})

func tidy(f *frame.F, p string) error { return nil }
`,
	"pawl/go.mod": "module github.com/pawl-ops/pawl\n\ngo 1.26\n\nrequire go.temporal.io/sdk v0.0.0\n",
	"sdk/go.mod":  "module go.temporal.io/sdk\n\ngo 1.26\n",
}

// write lays the company's repository out, changed by the test, and returns its folder.
func write(t *testing.T, changes map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := maps.Clone(company)
	maps.Copy(files, changes)
	for from, to := range map[string]string{
		"github.com/pawl-ops/pawl/workflows/frame/frame.go": "pawl/workflows/frame/frame.go",
		"go.temporal.io/sdk/workflow/workflow.go":           "sdk/workflow/workflow.go",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "src", from))
		require.NoError(t, err)
		files[to] = string(text)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

// jobcheck runs the command as it is run in a shell.
func jobcheck(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-mod=mod")
	code = run(command{args: args, dir: dir, env: env, out: &stdout, errs: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestACompanysJobsPass(t *testing.T) {
	t.Parallel()
	code, out, errs := jobcheck(t, write(t, nil), "./...")
	require.Equal(t, exitClean, code, errs)
	require.Equal(t, "jobcheck: 1 function in 1 package of jobs: all deterministic\n", out)
}

func TestAClockInACompanysJobFails(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"jobs/clock.go": "package jobs\n\nimport \"time\"\n\nfunc late() bool { return time.Now().Hour() > 22 }\n"})
	code, out, errs := jobcheck(t, dir, "./...")
	require.Equal(t, exitFindings, code, errs)
	require.Contains(t, out, filepath.Join("jobs", "clock.go")+":5:6: late is not deterministic: it calls time.Now")
	require.Equal(t, "jobcheck: 1 finding: a run could not be replayed\n", errs)
}

func TestTheFlagHoldsAPackageWithoutJobs(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"shared/shared.go": "package shared\n\nimport \"time\"\n\nfunc Wait() { time.Sleep(1) }\n"})
	code, out, _ := jobcheck(t, dir, "./...")
	require.Equal(t, exitClean, code, out)
	code, out, _ = jobcheck(t, dir, "-also", "example.com/company/shared", "./...")
	require.Equal(t, exitFindings, code)
	require.Contains(t, out, "Wait is not deterministic: it calls time.Sleep")
}

func TestFrameUnderAnotherNameIsFound(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`import . "github.com/pawl-ops/pawl/workflows/frame"`, `import pawl "github.com/pawl-ops/pawl/workflows/frame"`} {
		prefix := map[bool]string{true: "", false: "pawl."}[strings.Contains(line, " . ")]
		dir := write(t, map[string]string{"jobs/jobs.go": "package jobs\n\nimport \"time\"\n\n" + line + "\n\n" +
			"var Tidy = " + prefix + "Define(" + prefix + "Job[string, string]{Run: tidy})\n\n" +
			"func tidy(*" + prefix + "F, string) error { time.Sleep(1); return nil }\n"})
		code, out, errs := jobcheck(t, dir, "./...")
		require.Equal(t, exitFindings, code, errs)
		require.Contains(t, out, "tidy is not deterministic")
	}
}

func TestNothingCheckedIsNeverClean(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		changes map[string]string
		args    []string
		says    string
	}{
		"no packages named":      {nil, nil, "usage: jobcheck"},
		"no such flag":           {nil, []string{"-deep", "./..."}, "flag provided but not defined"},
		"no such package":        {nil, []string{"./nowhere"}, "finding packages"},
		"a package without jobs": {nil, []string{"."}, "no jobs in"},
		"jobs that do not compile": {
			map[string]string{"jobs/broken.go": "package jobs\n\nvar x int = \"text\"\n"}, []string{"./..."}, "loading packages",
		},
		"jobs that do not parse": {
			map[string]string{"jobs/broken.go": "package jobs\n\nfunc {\n"}, []string{"./..."}, "broken.go",
		},
		"a package of jobs without functions": {
			map[string]string{"jobs/jobs.go": "package jobs\n\nimport \"github.com/pawl-ops/pawl/workflows/frame\"\n\nvar Tidy = frame.Define(frame.Job[string, string]{})\n"},
			[]string{"./jobs"},
			"nothing was checked",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := jobcheck(t, write(t, c.changes), c.args...)
			require.Equal(t, exitNothing, code, out)
			require.Contains(t, errs, c.says)
			require.Empty(t, out)
		})
	}
}
