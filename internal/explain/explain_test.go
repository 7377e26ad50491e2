package explain_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/explain"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

const acme = `
timezone: Europe/Prague
people: {engineers: "@engineering", oncall: "@oncall", jana: jana@acme.test, duo: [jana@acme.test, jan@acme.test]}
channels: {ops: "#ops"}
may:
  everyone: [help, status]
  engineers: [clear cache staging, deploy]
  oncall: [clear cache, restart, promote]
  duo: [build shop]
may not:
  jana: [build shop now]
approve:
  restart: {by: oncall}
  clear cache master: {by: [engineers, oncall], within: 2h, people: 2}
  build shop: {by: jana}
  deploy master: {by: engineers}
hosts: {app-1: pawl@app-1.acme.test}
jenkins: {url: "https://ci.acme.test", user: pawl, token: {env: JENKINS_TOKEN}}
runbooks:
  clear cache:
    help: empty it
    arguments: {environment: {one of: [staging, master]}}
    steps: [{Empty it: {script: clear.sh, hosts: [app-1]}}]
  build shop: {help: build it, arguments: {when: {one of: [now, later]}}, steps: [{Build: {jenkins: {job: shop/build, within: 30m}}}]}
apps:
  shop:
    environments:
      staging: {blue: {host: app-1, url: "http://app-1:8080"}}
      master:  {blue: {host: app-1, url: "http://app-1:8081"}, green: {host: app-1, url: "http://app-1:8082"}}
schedules:
  nightly: {run: clear cache staging, when: weekdays at 5:30, channel: "#ops"}
timers: {ask_within: 90m}
`

// specs are a few jobs as they are declared, and the looks.
func specs() []job.Spec {
	env := func(name, word string) job.Param { return job.Param{Name: name, Word: word, Type: job.TypeEnvironment} }
	return append([]job.Spec{
		{Name: "restart", Help: "restart it", Params: []job.Param{{Name: "instance", Type: job.TypeInstance}}},
		{Name: "deploy", Help: "deploy it", Params: []job.Param{env("environment", "")}},
		{Name: "promote", Help: "promote it", CountsAs: "deploy {to}", Params: []job.Param{env("environment", ""), env("to", "to")}},
	}, looks.Specs()...)
}

func load(t *testing.T, file string) *explain.Explainer {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "clear.sh"), []byte("true\n"), 0o600))
	path := filepath.Join(dir, "pawl.yaml")
	require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
	env := func(name string) (string, bool) {
		v := map[string]string{"JENKINS_TOKEN": "sesame", "SLACK_BOT_TOKEN": "xapp-sesame"}[name]
		return v, v != ""
	}
	cfg, err := config.Load(path, config.Known{Specs: specs(), Env: env})
	require.NoError(t, err)
	return explain.New(cfg, append(cfg.Specs(), specs()...))
}

func TestWhoMayTypeWhat(t *testing.T) {
	t.Parallel()
	e := load(t, acme)
	for _, c := range []struct {
		who, typed string
		yes        bool
		says       []string
	}{
		{"oncall", "clear cache master", true, []string{"Yes: a member of @oncall may type `clear cache master`. may.oncall line 8 says so.", "2 different people of engineers (@engineering) or oncall must agree within 2 h", "approve line 14", "#ops"}},
		{"@oncall", "master clear cache", true, []string{"clear cache master"}},
		{"engineers", "clear cache master", false, []string{"No line under `may` allows it", "It is for oncall.", "otherwise for those who are in @oncall (may.oncall line 8)"}},
		{"engineers", "clear cache staging", true, []string{"Nobody else has to agree."}},
		{"duo", "build shop later", true, []string{"Yes: each of duo", "As it stands"}},
		{"jan@acme.test", "build shop later", true, []string{"One of jana (jana@acme.test) must agree within 1 h 30 min"}},
		{"jana", "build shop later", true, []string{"only 0 other could agree"}},
		{"jana", "build shop now", false, []string{"may not.jana line 11 says so"}},
		{"everyone", "status", true, []string{"Yes: anybody in the workspace"}},
		{"everyone", "help", true, nil},
		{"stranger@acme.test", "restart shop master blue", false, []string{"It is for oncall."}},
		{"oncall", "plan clear cache master", true, []string{"nobody has to agree"}},
		{"oncall", "promote staging to master", false, []string{"It counts as `deploy shop master`, too", "otherwise for those who are in @engineering"}},
		{"oncall", "restart shop master blue", true, []string{"One of oncall must agree"}},
		{"oncall", "restart", false, []string{"Which one?", "Ask about one of them"}},
		{"oncall", "clear cahce master", false, []string{"Did you mean `clear cache master`?"}},
		{"oncall", "approve toy-k4m7q2", false, []string{"answers a run"}},
		{"oncall", "again toy-k4m7q2", false, []string{"once more"}},
	} {
		who, err := e.Who(c.who)
		require.NoError(t, err, c)
		v := e.Can(who, c.typed)
		said := strings.Join(v.Lines, "\n")
		require.Equal(t, c.yes, v.Yes, "%v: %s", c, said)
		for _, s := range c.says {
			require.Contains(t, said, s, c.typed)
		}
	}
}

// What is said is what the door does: the same functions decide.
func TestItSaysWhatTheDoorDoes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pawl.yaml")
	require.NoError(t, os.WriteFile(path, []byte("may: {everyone: [status]}\n"), 0o600))
	cfg, err := config.Load(path, config.Known{Specs: specs()})
	require.NoError(t, err)
	other := explain.New(cfg, specs())
	who, err := other.Who("everyone")
	require.NoError(t, err)
	p := words.New(specs(), words.With(cfg.Inventory))
	for _, typed := range []string{"status", "runs", "help toy", "releases"} {
		want := false
		if c, ok := p.Parse(typed, words.Context{Direct: true, Raw: true}).(words.Command); ok {
			want = access.DecideAll(cfg.Policy, who.Actor, p.Counted(c.Name, c.Args)).Allowed
		}
		require.Equal(t, want, other.Can(who, typed).Yes, typed)
	}
}

// Somebody whom Slack does not know has a login and no e-mail address; somebody with both is one person.
func TestLogins(t *testing.T) {
	t.Parallel()
	e := load(t, `
people: {ci: {os: jenkins}, jana: {email: jana@acme.test, os: jana}, leads: {os: jana}}
channels: {ops: "#ops"}
may: {everyone: [help], ci: [deploy], leads: [deploy], jana: [restart]}
approve: {deploy: {by: [ci, leads]}, restart: {by: [jana, leads]}}
hosts: {app-1: pawl@app-1.acme.test}
apps: {shop: {environments: {master: {blue: {host: app-1, url: "http://app-1:8081"}}}}}
`)
	for _, c := range []struct {
		who, typed string
		yes        bool
		says       string
	}{
		{"ci", "deploy master", true, "One of ci (login jenkins) or leads (login jana) must agree"},
		{"ci", "restart shop master blue", false, "It is for jana (jana@acme.test)."},
		{"leads", "restart shop master blue", true, "only 0 other could agree"},
		{"jana", "restart shop master blue", true, "only 0 other could agree"},
	} {
		who, err := e.Who(c.who)
		require.NoError(t, err)
		v := e.Can(who, c.typed)
		require.Equal(t, c.yes, v.Yes, "%v: %v", c, v.Lines)
		require.Contains(t, strings.Join(v.Lines, "\n"), c.says)
	}
	require.NotContains(t, strings.Join(e.Warnings(time.Now()), "\n"), "approve line 5 asks for", "logins are people")
	var out strings.Builder
	e.Show(&out, nil, config.EmbeddedTimers(), time.Now())
	require.Regexp(t, `ci +login jenkins\n`, out.String())
	require.Regexp(t, `jana +jana@acme.test, login jana\n`, out.String())
	require.Equal(t, []string{"-", "yes", "-", "yes"}, cells(out.String(), "`deploy`"), "everyone, ci, jana, leads")
}

func TestNobodyOfThatName(t *testing.T) {
	t.Parallel()
	e := load(t, acme)
	_, err := e.Who("oncal")
	require.ErrorContains(t, err, "did you mean `oncall`?")
	_, err = e.Who("@sales")
	require.ErrorContains(t, err, "no name under `people` is the user group @sales")
	_, err = e.Who("petra")
	require.ErrorContains(t, err, "with --live Slack is asked")
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	said := strings.Join(load(t, acme).Warnings(time.Now()), "\n")
	require.Contains(t, said, "approve line 15 names no more people than have to agree")
	require.Contains(t, said, "Not set: SLACK_APP_TOKEN.")
	require.Contains(t, said, "SLACK_BOT_TOKEN does not begin with xoxb-")
	require.NotContains(t, said, "sesame")
	require.Contains(t, said, "Nobody may type ")
	require.NotContains(t, said, "`clear cache`", "somebody may")
	require.NotContains(t, said, "`deploy`", "somebody may")

	said = strings.Join(load(t, `
people: {jana: jana@acme.test}
channels: {ops: "#ops"}
may: {everyone: [help, runs]}
approve: {status: {by: jana, people: 2}}
`).Warnings(time.Now()), "\n")
	require.Contains(t, said, "approve line 5 is about `status`, which nobody may type")
	require.Contains(t, said, "approve line 5 asks for 2 people and names 1")
	require.NotContains(t, said, "`deploy`", "there are no apps to deploy")
}

func TestEverythingIsShownAndNoSecret(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	now := time.Date(2026, 10, 23, 12, 0, 0, 0, time.UTC) // a Friday; clocks change on Sunday
	load(t, acme).Show(&out, []explain.Preset{{Name: "deploy", Lines: []string{"three scripts"}}}, config.EmbeddedTimers(), now)
	for _, want := range []string{
		"  oncall     Slack user group @oncall\n", "duo        jana@acme.test, jan@acme.test\n", "line 6: everyone may help, status\n", "line 11: jana may not build shop now\n",
		"1. Empty it: clear.sh (5 bytes) on app-1\n", "1. Build: builds shop/build in Jenkins", "three scripts", "counts as deploy {to}",
		"Mon 26 Oct 2026 05:30:00 CET\n", "Fri 30 Oct 2026 05:30:00 CET\n", "weekdays at 5:30, Europe/Prague",
		"environment variable SLACK_BOT_TOKEN ", "environment variable SLACK_APP_TOKEN ", "ask_within     1h30m*\n", "heartbeat      10s\n", "jenkins.token  environment variable JENKINS_TOKEN\n", "app-1  pawl@app-1.acme.test", "nobody deploys here",
	} {
		require.Contains(t, out.String(), want)
	}
	require.Equal(t, 5, strings.Count(out.String(), "Oct 2026 05:30:00"), "five times, none today any more")
	require.NotContains(t, out.String(), "sesame")
	row := cells(out.String(), "`clear cache`")
	require.Equal(t, []string{"-", "-", "part", "-", "yes"}, row, "everyone, duo, engineers, jana, oncall")
	require.Equal(t, []string{"-", "yes", "-", "part", "-"}, cells(out.String(), "`build shop`"))
}

// A secret that a file holds is not told to be in a variable.
func TestSecretsInFilesAreShownAsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, token := filepath.Join(dir, "pawl.yaml"), filepath.Join(dir, "bot")
	require.NoError(t, os.WriteFile(path, []byte("may: {everyone: [help]}\n"), 0o600))
	require.NoError(t, os.WriteFile(token, []byte("xoxb-sesame"), 0o600))
	cfg, err := config.Load(path, config.Known{Specs: specs(), Env: func(name string) (string, bool) {
		value, set := map[string]string{"SLACK_BOT_TOKEN_FILE": token}[name]
		return value, set
	}})
	require.NoError(t, err)
	var out strings.Builder
	explain.New(cfg, specs()).Show(&out, nil, config.EmbeddedTimers(), time.Now())
	require.Regexp(t, `Slack +file `+token+`, named by SLACK_BOT_TOKEN_FILE +set\n`, out.String())
	require.Regexp(t, `Slack +environment variable SLACK_APP_TOKEN +not set\n`, out.String())
}

// cells are the cells of a row of the table.
func cells(text, name string) []string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), name); ok {
			return strings.Fields(rest)
		}
	}
	return nil
}
