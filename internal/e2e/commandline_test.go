package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// typed runs Pawl in an empty directory, with nothing set that it reads, and gives all it said and its exit code.
func typed(t *testing.T, dir string, env []string, args ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir, cmd.Env = dir, append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err(), "it did not end: %s", out)
	if err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// A file is read without being used: every mistake at its place, or when what runs by itself comes next.
func TestCheckTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const sync = `people: {jana: jana@acme.test}
syncs:
  deals:
    say: deals
    from: {name: CRM, url: "http://crm.test/deals", records: .r, paging: none}
    rows: {Deal: .name}
    to: {file: deals.csv}
    when: every 2 minutes
    channel: "#sales-data"
    owner: jana
`
	file := filepath.Join(dir, "pawl.yaml")
	require.NoError(t, os.WriteFile(file, []byte(sync), 0o600))
	said, code := typed(t, dir, nil, "check")
	require.Zero(t, code, said)
	require.Contains(t, said, "pawl.yaml is in order: 0 hosts, 0 runbooks, 0 looks, 1 sync, 1 schedule.\n  sync deals: every 2 minutes, next on ")
	require.NoError(t, os.WriteFile(file, []byte(strings.NewReplacer("every 2 minutes", "evry 2 minutes", "paging: none", "paging: nun").Replace(sync)), 0o600))
	said, code = typed(t, dir, nil, "check")
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "pawl.yaml:5:74: `syncs.deals.from.paging` cannot be `nun`")
	require.Contains(t, said, "pawl.yaml:8:11: `syncs.deals.when`: `evry` is not understood; did you mean `every`?")
}

// What cannot be done is said in a sentence that tells what to do; a command line that was not understood ends with 2.
func TestWhatTheCommandLineRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { taken.Close() })
	in := taken.Addr().String()
	for _, c := range []struct {
		typed string
		code  int
		says  string
	}{
		{"", 0, "Available Commands:"},
		{"--help", 0, "Available Commands:"},
		{"up --help", 0, "SLACK_BOT_TOKEN"},
		{"up --help", 0, "SLACK_SIGNING_SECRET"},
		{"backup", 2, "it takes one file or folder to write to, and 0 were given"},
		{"backup .", 1, "there is nothing of Pawl in .pawl: give the data directory"},
		{"restore", 2, "it takes the file of one backup, and 0 were given"},
		{"restore --drop toy-k4m7q2 x.tgz", 2, "--drop belongs to --go"},
		{"restore --go x.tgz", 2, "--go is for what was restored already and takes no file"},
		{"restore --go", 1, ".pawl is not paused"},
		{"restore x.tgz", 1, "opening the backup: open x.tgz: no such file or directory"},
		{"bogus", 2, "pawl: there is no command \"bogus\"\n\nUsage:"},
		{"dmeo", 2, "pawl: there is no command \"dmeo\": did you mean demo?\n\nUsage:"},
		{"--bogus", 2, "pawl: unknown flag: --bogus\n\nUsage:"},
		{"up --bogus", 2, "pawl up: unknown flag: --bogus\n\nUsage:"},
		{"up now", 2, "pawl up: \"now\" is not expected here\n\nUsage:"},
		{"up --log loud", 2, "pawl up: the log level is one of"},
		{"up", 1, "pawl up: there is no pawl.yaml: `pawl init` writes one, or name yours with --config"},
		{"up --roles bot", 2, "pawl up: the roles are engine, worker and slackbridge, with commas between them: \"bot\" is none\n\nUsage:"},
		{"up --roles engine,worker --slack-http 127.0.0.1:0", 2, "pawl up: --slack-http is where the role slackbridge hears Slack"},
		{"worker now", 2, "pawl worker: \"now\" is not expected here\n\nUsage:"},
		{"worker", 1, "pawl worker: there is no pawl.yaml: `pawl init` writes one, or name yours with --config"},
		{"slackbridge", 1, "pawl slackbridge: there is no pawl.yaml: `pawl init` writes one, or name yours with --config"},
		{"slackbridge --help", 0, "TEMPORAL_ADDRESS"},
		{"check", 1, "pawl check: there is no pawl.yaml: `pawl init` writes one, or name yours with --config"},
		{"check it", 2, "pawl check: \"it\" is not expected here; to ask about a command say who would type it: --can oncall \"it\"\n\nUsage:"},
		{"check --can oncall", 2, "pawl check: --can oncall needs the command"},
		{"check --can oncall --show toy", 2, "ask them one after the other"},
		{"check --json", 2, "--json shows what --live or --can finds"},
		{"init now", 2, "pawl init: \"now\" is not expected here\n\nUsage:"},
		{"init", 2, "pawl init: there is nobody to ask, because this is no terminal: give --name, --people, --ops, --toy-from, or --yes"},
		{"init --yes --people nobody", 2, "pawl init: --people: \"nobody\" is neither a user group"},
		{"init --yes --people everyone --command pawl", 2, "pawl init: --command: a slash command begins with a slash"},
		{"init --yes --people everyone --timezone Moon", 2, "pawl init: --timezone: \"Moon\" is no time zone"},
		{"run status", 1, "pawl run: Pawl is not running here: nobody listens at .pawl/pawl.sock. Start it with `pawl up`"},
		{"run --bogus", 2, "pawl run: unknown flag: --bogus"},
		{"run --help", 0, "The exit code tells how it ended: 0 well"},
		{"follow", 2, "pawl follow: one id is needed"},
		{"follow toy", 2, "pawl follow: \"toy\" is not the id of a run: an id looks like toy-k4m7q2"},
		{"follow toy-k4m7q2", 1, "pawl follow: Pawl is not running here"},
		{"runs terminate", 2, "pawl runs terminate: one id is needed"},
		{"runs terminate toy-k4m7q2", 2, "pawl runs terminate: why? It is written down: --because"},
		{"runs terminate toy-k4m7q2 --because x", 2, "nobody can be asked whether they mean it: add --yes"},
		{"runs terminate toy-k4m7q2 --because x --yes", 1, "start it without its worker: pawl up --roles engine,slackbridge"},
		{"completion bash", 0, "__complete"},
		{"completion zsh", 0, "#compdef pawl"},
		{"completion fish", 0, "complete -c pawl"},
		{"__complete run to", 0, ":4\n"}, // nobody is asked in vain for long, and nothing is said
		{"runs", 1, "pawl runs: there is no ledger in .pawl: give the data directory"},
		{"demo --listen " + in, 1, in + " is in use by another program, maybe another demo: end it, or give --listen"},
		{"demo --listen 127.0.0.1:0 --ui 127.0.0.1:0 --ready " + in, 1, in + " is in use by another program: end it, or give another address with --ready"},
		{"demo --listen 127.0.0.1:0 --ready " + in + " --ui " + in, 1, in + " and " + in + " are in use by another program, maybe another demo: end it, or give other addresses with --ready and --ui"},
		{"demo --listen 127.0.0.1:0 --ready 127.0.0.1:0 --ui " + in, 1, in + " is in use by another program: end it, or give another address with --ui"},
	} {
		t.Run(c.typed, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			said, code := typed(t, dir, nil, strings.Fields(c.typed)...)
			require.Contains(t, said, c.says)
			require.Equal(t, c.code, code, said)
			if !strings.HasPrefix(c.typed, "demo") {
				left, err := os.ReadDir(dir)
				require.NoError(t, err)
				require.Empty(t, left, "what only refuses leaves nothing behind")
			}
		})
	}
}

func TestASecondPawlSaysWhereTheFirstIs(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.up()
	world := []string{"CRM_TOKEN=" + crm.Token, "JENKINS_TOKEN=" + jenkins.Token} // of what pawl.yaml names
	tokens := []string{world[0], world[1], "SLACK_BOT_TOKEN=" + sandbox.BotToken, "SLACK_APP_TOKEN=" + sandbox.AppToken}
	says := fmt.Sprintf("pawl up: already running at http://%s, pid %d\n", f.listen, f.life.PID())
	for _, listen := range []string{f.listen, "127.0.0.1:0"} { // the same port as the first is what people type
		said, code := typed(t, t.TempDir(), tokens, "up", "--config", f.world.Config, "--data", f.data(), "--listen", listen)
		require.Contains(t, said, says)
		require.Equal(t, 1, code)
	}
	said, code := typed(t, t.TempDir(), tokens, "up", "--config", f.world.Config, "--data", t.TempDir(), "--listen", f.listen)
	require.Contains(t, said, f.listen+" is in use by another program: end it, or give another address with --listen")
	require.Equal(t, 1, code)
	said, code = typed(t, t.TempDir(), world, "up", "--config", f.world.Config, "--data", t.TempDir())
	require.Contains(t, said, "there is no way into Slack: set SLACK_BOT_TOKEN")
	require.Equal(t, 1, code)
	said, code = typed(t, t.TempDir(), world, "worker", "--config", f.world.Config, "--data", t.TempDir())
	require.Contains(t, said, "there is no way into Slack: set SLACK_BOT_TOKEN")
	require.Equal(t, 1, code)
	said, code = typed(t, t.TempDir(), nil, "up", "--roles", "engine", "--data", f.data(), "--listen", "127.0.0.1:0")
	require.Contains(t, said, says)
	require.Equal(t, 1, code)
	said, code = typed(t, t.TempDir(), []string{"TEMPORAL_ADDRESS=127.0.0.1:1"}, "up", "--roles", "engine", "--data", t.TempDir())
	require.Contains(t, said, "TEMPORAL_ADDRESS names a cluster, so there is no engine to run")
	require.Equal(t, 1, code)
	_, err := sandbox.Open(sandbox.Options{Dir: filepath.Dir(f.world.Config), Listen: "127.0.0.1:0"})
	var running *lives.HeldError
	require.ErrorAs(t, err, &running)
	require.Equal(t, f.world.URL, running.URL)
}

// A demo that was killed leaves a Pawl behind that still brings its work to an end. What it uses is not removed under it.
func TestAFreshDemoWaitsForTheOneBefore(t *testing.T) {
	t.Parallel()
	for name, holds := range map[string]func(t *testing.T, pawl string) (leave func()){
		"its engine": func(t *testing.T, pawl string) func() {
			held, err := lives.Hold(pawl)
			require.NoError(t, err)
			return held.Release
		},
		"its bridge": func(t *testing.T, pawl string) func() {
			life, err := lives.Begin(filepath.Join(pawl, "lives"), lives.Name("slackbridge"))
			require.NoError(t, err)
			return func() { require.NoError(t, life.End()) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			world, pawl := filepath.Join(data, "world"), filepath.Join(data, "pawl")
			require.NoError(t, os.MkdirAll(world, 0o700))
			require.NoError(t, os.MkdirAll(pawl, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(pawl, "ledger.db"), nil, 0o600))
			leave := holds(t, pawl)
			defer leave()
			cmd := exec.Command(binary, "demo", "--fresh", "--data", data, "--listen", "127.0.0.1:0", "--ready", "127.0.0.1:0", "--ui", "")
			cmd.Env = []string{"HOME=" + data, "PATH=" + os.Getenv("PATH")}
			var said strings.Builder
			cmd.Stdout, cmd.Stderr = &said, &said
			require.NoError(t, cmd.Start())
			require.Eventually(t, func() bool {
				_, err := os.Stat(world)
				return os.IsNotExist(err)
			}, time.Minute, 5*time.Millisecond, "the world before is removed first")
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
			require.Error(t, cmd.Wait())
			require.Contains(t, said.String(), fmt.Sprintf("removing the demo before: pawl is already running, pid %d", os.Getpid()))
			require.FileExists(t, filepath.Join(pawl, "ledger.db"))
		})
	}
}
