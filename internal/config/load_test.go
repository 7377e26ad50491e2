package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/job"
)

// toySection is a section as a job declares it.
type toySection struct {
	From  place         `yaml:"from,required" help:"where the snapshot comes from"`
	To    place         `yaml:"to,required" help:"where the toys live"`
	Reuse time.Duration `yaml:"reuse"`
	Mask  string        `yaml:"mask,file"`
}

type place struct {
	Host     job.Host `yaml:"host,required" help:"one of hosts"`
	Database string   `yaml:"database,required" help:"its name"`
}

type feed struct {
	Say     string
	From    feedSource        `yaml:"from,required"`
	Rows    map[string]string `yaml:"rows"`
	To      map[string]string `yaml:"to"`
	When    string
	Late    time.Duration
	Channel string
	Owner   string `yaml:"owner,person"`
	Pages   int
	Share   *float64
	Small   uint8
	Paused  bool
	Level   level
	Zone    *time.Location
}

type feedSource struct {
	Hubspot string
	Token   job.Secret `yaml:"token,required"`
}

// level is a type that reads itself.
type level string

func (l *level) UnmarshalText(text []byte) error {
	if string(text) != "high" && string(text) != "low" {
		return errors.New("a level is high or low")
	}
	*l = level(text)
	return nil
}

type chore struct {
	Run  string `yaml:"run,required"`
	When string `yaml:"when,required"`
}

// acme is what the program of the example company knows.
func acme() config.Known {
	env := job.Param{Name: "environment", Type: "text"}
	instance := job.Param{Name: "instance", Type: job.TypeInstance}
	things := job.Param{Name: "what", Type: job.TypeThings, Optional: true}
	return config.Known{
		Specs: []job.Spec{
			{Name: "toy"},
			{Name: "toy undo"},
			{Name: "status", Look: true, Params: []job.Param{things}},
			{Name: "health", Look: true, Params: []job.Param{things}},
			{Name: "releases", Look: true},
			{Name: "last sync"},
			{Name: "show tasks", Look: true, Params: []job.Param{things}},
			{Name: "restart", Params: []job.Param{instance}},
			{Name: "force restart", Params: []job.Param{instance, {Name: "because", Word: "because", Type: "rest"}}},
			{Name: "deploy", Params: []job.Param{env}},
			{Name: "promote", Params: []job.Param{env}},
			{Name: "rollback", Params: []job.Param{env}},
			{Name: "sync run", Params: []job.Param{{Name: "sync", Type: "text"}}},
			{Name: "lock", Params: []job.Param{env}},
			{Name: "panic"},
		},
		Sections: map[string]any{
			"toy": &toySection{}, "feeds": &map[string]feed{}, "chores": &map[string]chore{},
		},
		JQ: func(program string) error {
			if strings.HasPrefix(program, ".") {
				return nil
			}
			return errors.New("this is no jq")
		},
		Env: func(name string) (string, bool) {
			known := map[string]string{"HUBSPOT_TOKEN": "hush-hubspot", "SALES_DATABASE": "hush-database", "SLACK_BOT_TOKEN": "hush-bot\n", "EMPTY": " "}
			text, ok := known[name]
			return text, ok
		},
	}
}

func TestTheExample(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/pawl.yaml", acme())
	require.NoError(t, err)

	require.Equal(t, "Europe/Prague", c.Timezone.String())
	require.Equal(t, config.Person{Name: "oncall", Group: "@oncall", Line: 8}, c.People["oncall"])
	require.Equal(t, config.Person{Name: "jana", Emails: []string{"jana@acme.test"}, Line: 9}, c.People["jana"])
	require.Len(t, c.People, 5)
	require.Equal(t, map[string]string{"alerts": "#ops-alerts", "ops": "#ops", "releases": "#releases"}, c.Channels)
	require.Equal(t, job.Host{Name: "db-master", Address: "pawl@db-master.acme.test"}, c.Hosts["db-master"])
	require.Equal(t, []access.Approval{
		{Command: "force restart", Line: 23, Approval: job.Approval{By: []string{"oncall"}, Within: 15 * time.Minute, People: 1, Rule: "approve line 23"}},
		{Command: "deploy master", Line: 24, Approval: job.Approval{By: []string{"engineers", "oncall"}, Within: 2 * time.Hour, People: 1, Rule: "approve line 24"}},
	}, c.Approve)
	require.Equal(t, config.EmbeddedTimers(), c.Timers)
	require.Len(t, c.Hash(), 64)
	require.Empty(t, c.Asks.Groups)

	alice := job.Actor{Kind: job.SlackUser, ID: "U1", Groups: []string{"engineers"}}
	d := access.Decide(c.Policy, alice, "toy undo")
	require.Equal(t, access.Decision{Allowed: true, Rule: "may.engineers line 18", Who: []string{"engineers", "oncall"}}, d)
	require.False(t, access.Decide(c.Policy, alice, "deploy master").Allowed)

	require.Equal(t, leakcheck.Use(t, "hush-bot"), c.Slack.BotToken.Reveal())
	require.True(t, c.Slack.AppToken.Empty())
}

func TestSectionsBelongToTheirOwners(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/pawl.yaml", acme())
	require.NoError(t, err)

	var toy toySection
	section := c.Section("toy")
	require.True(t, section.Present())
	section.Decode(&toy)
	require.Equal(t, 30*time.Minute, toy.Reuse)
	require.Equal(t, place{Host: c.Hosts["toys"], Database: "toy_{name}"}, toy.To)
	require.Equal(t, c.File("scripts/mask.sql"), toy.Mask)
	require.FileExists(t, toy.Mask)

	absent := c.Section("runbooks")
	require.False(t, absent.Present())
	untouched := toySection{Reuse: time.Hour}
	absent.Decode(&untouched)
	require.Equal(t, toySection{Reuse: time.Hour}, untouched)
	require.NoError(t, c.Err())

	section.Problem("from.host", "it is down for good")
	section.Problem("to.nowhere", "is not there")
	section.Problem("", "makes no sense")
	absent.Problem("x", "is needed")
	require.EqualError(t, c.Err(), "4 mistakes in pawl.yaml:\n"+
		"pawl.yaml:1:1: `runbooks`: is needed\n"+
		"pawl.yaml:35:3: `toy`: makes no sense\n"+
		"pawl.yaml:35:16: `toy.from.host`: it is down for good\n"+
		"pawl.yaml:36:9: `toy.to.nowhere`: is not there")
}

// TestMistakes loads the files under testdata/mistakes, each with what is said about it. -update writes what is said.
func TestMistakes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(a.Files), 2)
			said := &a.Files[len(a.Files)-1]
			dir := t.TempDir()
			for _, beside := range a.Files[1 : len(a.Files)-1] {
				require.NoError(t, os.WriteFile(filepath.Join(dir, beside.Name), beside.Data, 0o600))
			}
			path := write(t, dir, string(a.Files[0].Data))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("hush-file\n"), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "empty"), []byte("\n"), 0o600))

			_, err = config.Load(path, acme())
			var p *config.Problems
			require.ErrorAs(t, err, &p)
			text := strings.ReplaceAll(p.Error(), dir, "DIR") + "\n"
			require.NotContains(t, text, "hush")
			if *update {
				said.Data = []byte(text)
				require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
			}
			require.Equal(t, string(said.Data), text)
		})
	}
}

var update = flag.Bool("update", false, "write what is said into testdata/mistakes")

func TestAFileThatCannotBeReadIsNotAMistakeInIt(t *testing.T) {
	t.Parallel()
	_, err := config.Load(filepath.Join(t.TempDir(), "pawl.yaml"), acme())
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorAs(t, err, new(*config.Problems))

	_, err = config.Load(write(t, t.TempDir(), strings.Repeat("#", config.MaxSize+1)), acme())
	require.EqualError(t, err, "reading the configuration: pawl.yaml is larger than 1024 KiB")
}

func TestAConfigComesBackBesideItsMistakes(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, t.TempDir(), "people: {oncall: \"@oncall\"}\nmay: {oncall: [toy, typo]}\n"), acme())
	require.Error(t, err)
	require.Equal(t, []access.Rule{{Who: "oncall", Command: "toy", Line: 2}}, c.Policy.Rules)

	c.Section("toy").Decode(&toySection{})
	require.Equal(t, err, c.Err(), "decoding a section again does not repeat its mistakes")
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, t.TempDir(), "timers: {heartbeat: 1s, ask_within: 5 minutes}\nanswer: oncall\npeople: {oncall: \"@OnCall\"}\n"), acme())
	require.NoError(t, err)
	require.Equal(t, time.UTC, c.Timezone)
	want := config.EmbeddedTimers()
	want.Heartbeat, want.AskWithin = time.Second, 5*time.Minute
	require.Equal(t, want, c.Timers)
	require.Equal(t, []string{"oncall"}, c.Asks.Groups)
	require.Equal(t, "@oncall", c.People["oncall"].Group)

	known := acme()
	known.Timers = config.ClusterTimers()
	c, err = config.Load(write(t, t.TempDir(), "\ufefftimezone: UTC\r\n"), known)
	require.NoError(t, err)
	require.Equal(t, 4*time.Second, c.Timers.Heartbeat)
}

func TestASecretIsReadFromAFileBesideTheConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte(" hush file \n"), 0o600))
	c, err := config.Load(write(t, dir, "feeds: {deals: {from: {token: {file: token}}}}\n"), acme())
	require.NoError(t, err)
	var feeds map[string]feed
	c.Section("feeds").Decode(&feeds)
	require.Equal(t, " hush file ", feeds["deals"].From.Token.Reveal(), "only the line's end is taken off")
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", feeds, feeds, feeds), "hush")
	require.Equal(t, []job.Secret{job.NewSecret("hush-bot"), job.NewSecret(" hush file ")}, c.Secrets(), "each once, though sections are read twice")
}

// Sections come as jobs declare them: as values with defaults in them, not as pointers.
func TestASectionThatIsAValueIsHeldAsWell(t *testing.T) {
	t.Parallel()
	known := acme()
	known.Sections = map[string]any{"toy": toySection{Reuse: time.Hour}}
	_, err := config.Load(write(t, t.TempDir(), "toy: {frm: 1, from: {}, to: {}}\n"), known)
	require.ErrorContains(t, err, "unknown key `toy.frm`")
}

func TestAnOwnerThatAsksForTheImpossibleIsStoppedAtOnce(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, t.TempDir(), "toy: {a: 1}\n"), config.Known{Sections: map[string]any{"toy": nil}})
	require.NoError(t, err)
	for _, into := range []any{nil, struct{}{}, &struct{ A chan int }{}, &map[int]int{}, &struct {
		A int `yaml:"a,whatever"`
	}{}} {
		require.Panics(t, func() { c.Section("toy").Decode(into) }, "%T", into)
	}
}

func TestEveryTimerHasADefault(t *testing.T) {
	t.Parallel()
	for _, timers := range []job.Timers{config.EmbeddedTimers(), config.ClusterTimers()} {
		for name, d := range map[string]time.Duration{
			"workflow task": timers.WorkflowTask, "heartbeat": timers.Heartbeat, "board tick": timers.BoardTick, "start within": timers.StartWithin,
			"ask within": timers.AskWithin, "lane repeat": timers.LaneRepeat, "lane watch": timers.LaneWatch, "sweep": timers.Sweep,
			"remote poll": timers.RemotePoll, "stop grace": timers.StopGrace, "sync retry": timers.SyncRetry,
		} {
			require.Positive(t, d, name)
		}
	}
}

func TestTheHashIsThatOfTheContent(t *testing.T) {
	t.Parallel()
	hash := func(content string) string {
		c, err := config.Load(write(t, t.TempDir(), content), acme())
		require.NoError(t, err)
		return c.Hash()
	}
	utc := hash("timezone: UTC\n")
	require.Equal(t, utc, hash("timezone: UTC\n"), "another file, the same content")
	require.NotEqual(t, utc, hash("timezone: Europe/Prague\n"))
}

func write(t testing.TB, dir, content string) string {
	t.Helper()
	path := filepath.Join(dir, "pawl.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
