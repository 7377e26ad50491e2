package outsider

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// titled is a block of code in a document that is a file: ```go title="main.go".
var titled = regexp.MustCompile("(?ms)^```[a-z]+ title=\"([^\"]+)\"\n(.*?)^```$")

// What docs/adding-a-job.md says is done, to the letter, as somebody outside this repository: the files of the page, in a
// module of their own, are vetted, built, checked, and their transcript is played. Pawl itself is the one of this folder; what
// the machine does not have yet of other modules, at the versions of our go.sum, is fetched as it would be for them.
func TestAddingAJob(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	page, err := os.ReadFile(filepath.Join(root, "docs", "adding-a-job.md"))
	require.NoError(t, err)
	var files []string
	for _, m := range titled.FindAllStringSubmatch(string(page), -1) {
		path := filepath.Join(dir, m[1])
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(m[2]), 0o600))
		files = append(files, m[1])
	}
	require.Equal(t, []string{
		"main.go", "jobs/maintenance.go", "systems/systems.go", "jobs/testdata/pawl.yaml", "jobs/maintenance_test.go",
		"jobs/testdata/maintenance.txtar", "Makefile",
	}, files, "the files of the page")
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600))

	o := outsider{t: t, dir: dir}
	o.runs("", "go", "mod", "init", "example.com/acme/ops")
	o.runs("", "go", "mod", "edit", "-require=github.com/pawl-ops/pawl@v0.0.0", "-replace=github.com/pawl-ops/pawl="+root)
	o.runs("", "go", "mod", "tidy")
	o.runs("", "go", "vet", "-tags", "slim", "./...")
	require.Empty(t, o.runs("", "gofmt", "-l", "."), "as gofmt has it")
	// Slim: what links the server is linked once here, by the transcript's test.
	o.runs("", "go", "build", "-tags", "slim", "-ldflags", "-s -w", "-o", "ops", ".")
	o.runs("no token of Slack's is needed to check", "./ops", "check", "--config", o.configured())
	help := o.runs("", "./ops", "demo", "--help")
	require.Contains(t, help, "--with")

	check := exec.Command("go", "build", "-C", filepath.Join(root, "cmd", "jobcheck"), "-o", filepath.Join(dir, "jobcheck"), ".")
	text, err := check.CombinedOutput()
	require.NoError(t, err, string(text))
	o.runs("the transcript", "go", "test", "-vet=off", "-count=1", "-exec", "env -u GOGC", "./jobs")
	o.findsTheClock()
	o.saysWhatIsWrong()
}

// outsider is a company with a module of its own.
type outsider struct {
	t   *testing.T
	dir string
}

func (o outsider) command(name string, args ...string) *exec.Cmd {
	if strings.HasPrefix(name, "./") {
		name = filepath.Join(o.dir, name)
	}
	cmd := exec.CommandContext(o.t.Context(), name, args...)
	cmd.Dir = o.dir
	// A third of what a compiler and jobcheck do is collecting garbage.
	cmd.Env = append(os.Environ(), "GOGC=400", "GOFLAGS=-mod=readonly", "GOWORK=off", "GOTOOLCHAIN=local", "STATUS_TOKEN=of-the-test")
	return cmd
}

// runs runs a command that has to work, and gives what it printed.
func (o outsider) runs(why, name string, args ...string) string {
	o.t.Helper()
	text, err := o.command(name, args...).CombinedOutput()
	require.NoError(o.t, err, "%s %s %s\n%s", name, strings.Join(args, " "), why, text)
	return string(text)
}

// configured writes a pawl.yaml with a section of the job's.
func (o outsider) configured() string {
	path := filepath.Join(o.dir, "pawl.yaml")
	require.NoError(o.t, os.WriteFile(path, []byte(`people: {oncall: "@oncall"}
may: {oncall: [maintenance]}
hosts: {app-1: ops@app-1.acme.test}
maintenance: {host: app-1, status: "https://status.acme.test", token: {env: STATUS_TOKEN}}
`), 0o600))
	return path
}

// findsTheClock plants a clock in the job, where no test would find it: jobcheck does, and has nothing else to say.
func (o outsider) findsTheClock() {
	o.t.Helper()
	path := filepath.Join(o.dir, "jobs", "maintenance.go")
	text, err := os.ReadFile(path)
	require.NoError(o.t, err)
	begins := "func run(f *frame.F, p systems.Page) error {\n"
	planted := strings.Replace(string(text), begins, begins+"\tf.Say(time.Now().String())\n", 1)
	require.NotEqual(o.t, string(text), planted)
	require.NoError(o.t, os.WriteFile(path, []byte(planted), 0o600))
	found, err := o.command("./jobcheck", "-tags", "slim", "./...").CombinedOutput()
	require.Error(o.t, err)
	require.Regexp(o.t, `^\S+maintenance.go:\d+:6: run is not deterministic: it calls time.Now \(maintenance.go:\d+\)\njobcheck: 1 finding: a run could not be replayed\n$`, string(found))
	require.NoError(o.t, os.WriteFile(path, text, 0o600))
}

// saysWhatIsWrong has mistakes in the job's section: those the types know, and the one that the job tells itself.
func (o outsider) saysWhatIsWrong() {
	o.t.Helper()
	wrong := filepath.Join(o.dir, "wrong.yaml")
	require.NoError(o.t, os.WriteFile(wrong, []byte("maintenance: {host: app-9, status: x, tokn: y}\n"), 0o600))
	said, err := o.command("./ops", "check", "--config", wrong).CombinedOutput()
	require.Error(o.t, err)
	require.Contains(o.t, string(said), "wrong.yaml:1:21: `maintenance.host`: there is no such name under `hosts:`")
	require.Contains(o.t, string(said), "did you mean `token`?")
}
