package words_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// withEnvironments are commands about whole environments.
func withEnvironments() []job.Spec {
	environment := job.Param{Name: "environment", Type: job.TypeEnvironment}
	because := job.Param{Name: "because", Word: "because", Type: "rest", Optional: true}
	return []job.Spec{
		{Name: "toy"},
		{Name: "deploy", Params: []job.Param{
			environment,
			{Name: "version", Type: "text", Optional: true},
			{Name: "branch", Word: "branch", Type: "text", Optional: true},
			{Name: "pr", Word: "pr", Type: "text", Optional: true},
			because,
		}},
		{Name: "rollback", Params: []job.Param{environment, because}},
		{Name: "lock", Params: []job.Param{environment, because}},
		{Name: "promote", CountsAs: "deploy {to}", Params: []job.Param{
			{Name: "from", Type: job.TypeEnvironment},
			{Name: "to", Word: "to", Type: job.TypeEnvironment},
			because,
		}},
		{Name: "help", Look: true, Params: []job.Param{{Name: "command", Type: "rest", Optional: true}}},
	}
}

func deployer() *words.Parser { return words.New(withEnvironments(), words.With(shop())) }

func TestEnvironments(t *testing.T) {
	t.Parallel()
	require.NoError(t, words.Check(withEnvironments()))
	saidTo(t, deployer(), withEnvironments(), "testdata/environments.txt", words.Context{Direct: true})
}

func TestWhatIsAskedAboutEnvironments(t *testing.T) {
	t.Parallel()
	p := deployer()
	for typed, answer := range map[string]string{
		"deploy":                  "Which one?",
		"deploy master blue":      "`master blue` is no environment as a whole. Did you mean `deploy shop master`?",
		"deploy mastre":           "I don't know `mastre`. Did you mean `deploy shop master`?",
		"deploy production":       "I don't know `production`. It is typed like this: `deploy <environment> [<version>] [branch <branch>] [pr <pr>] [because ...]`.",
		"promote shop staging to": "Which one?",
	} {
		r, ok := p.Parse(typed, words.Context{Direct: true}).(words.Reply)
		require.True(t, ok, typed)
		require.Equal(t, answer, r.Text, typed)
	}
}

func TestRulesNameEnvironments(t *testing.T) {
	t.Parallel()
	p := deployer()
	for line, rule := range map[string]string{
		"deploy":                 "deploy",
		"deploy master":          "deploy shop master",
		"roih production deploy": "",
		"deploy roi hunter":      "deploy shop",
		"master deploy":          "deploy shop master",
		"deploy crm":             "deploy crm",
		"deploy master 2024.51":  "deploy shop master 2024.51",
		"promote shop staging":   "promote shop staging",
		"lock crm staging":       "lock crm staging",
	} {
		got, err := p.Rule(line)
		if rule == "" {
			require.Error(t, err, line)
			continue
		}
		require.NoError(t, err, line)
		require.Equal(t, rule, got)
		again, err := p.Rule(got)
		require.NoError(t, err)
		require.Equal(t, rule, again)
	}
	for line, says := range map[string]string{
		"deploy staging":     "`deploy staging` could mean `deploy shop staging` or `deploy crm staging`; say which",
		"deploy mastre":      "nothing under `apps` is called `mastre`; did you mean `deploy shop master`?",
		"deploy master blue": "`deploy` is about whole environments, and `master blue` is only a part of one; did you mean `deploy shop master`?",
		"deploy cron":        "`deploy` is about whole environments, and `cron` is only a part of one; did you mean `deploy shop master`?",
		"deploy 2024.51":     "`deploy 2024.51` says the version and leaves the environment open; a line is the beginning of a command, so say that too: `deploy <environment> [<version>] [branch <branch>] [pr <pr>] [because ...]`",
		"promote to master":  "`promote to shop master` says the to and leaves the from open; a line is the beginning of a command, so say that too: `promote <from> to <to> [because ...]`",
	} {
		_, err := p.Rule(line)
		require.EqualError(t, err, says, line)
	}
}

// However an environment is said, one text comes of it, so that no rule about it is missed.
func TestNobodySlipsPastALineAboutAnEnvironment(t *testing.T) {
	t.Parallel()
	p := deployer()
	require.Empty(t, p.Forms("deploy shop master"), "there is no other way to say it")
	for _, typed := range []string{"deploy master", "roi hunter deploy master", "deploy master 1.0 roih", "deploy rh 1.0 master because x", "deploy branch x master", "deploy master \"staging\""} {
		c, ok := p.Parse(typed, words.Context{Direct: true}).(words.Command)
		require.True(t, ok, typed)
		require.True(t, strings.HasPrefix(p.Canonical(c.Name, c.Args), "deploy shop master"), typed)
	}
}

func TestWhatACommandAlsoCountsAs(t *testing.T) {
	t.Parallel()
	p := deployer()
	require.Equal(t, []string{"promote shop staging to shop master because x", "deploy shop master"},
		p.Counted("promote", map[string]string{"from": "staging roih", "to": "master", "because": "x"}))
	require.Equal(t, []string{"deploy shop master"}, p.Counted("deploy", map[string]string{"environment": "master"}))
	require.Equal(t, []string{"toy"}, p.Counted("toy", nil))
	require.Equal(t, []string{"no such"}, p.Counted("no such", nil))

	wrong := words.Check([]job.Spec{
		{Name: "move", CountsAs: "deploy {to}", Params: []job.Param{{Name: "place", Type: "text"}}},
		{Name: "deploy"},
		{Name: "carry", CountsAs: "bring"},
		{Name: "go", CountsAs: "help", Look: true},
		{Name: "run", CountsAs: "move"},
	})
	require.EqualError(t, wrong, `command "move": it counts as "deploy {to}", and has no parameter "to"
command "carry": it counts as "bring", which is no command
command "go": a look counts as itself alone
command "run": it counts as "move", which counts as another command`)
}

// FuzzEnvironments holds for texts about environments what FuzzThings holds.
func FuzzEnvironments(f *testing.F) {
	for _, s := range []string{"deploy master 2024.51", "promote staging to master because x", "deploy \"blue\" master", "lock", "plan rollback shop", "deploy master branch staging"} {
		f.Add(s)
	}
	p, v := deployer(), shop()
	f.Fuzz(func(t *testing.T, text string) { holdsForEnvironments(t, p, v, text) })
}

func TestDrawnTextsAboutEnvironments(t *testing.T) {
	t.Parallel()
	p, v := deployer(), shop()
	vocabulary := strings.Fields(`deploy rollback lock promote to branch pr because please rh roi hunter roih shop crm master staging blue
		green red cron active 🔵 mastre 2024.51 v2 12 x "blue" "master" "to" plan help toy toy-k4m7q2`)
	random := rand.New(rand.NewPCG(3, 4))
	for range 6_000 {
		drawn := make([]string, 1+random.IntN(7))
		for i := range drawn {
			drawn[i] = vocabulary[random.IntN(len(vocabulary))]
		}
		holdsForEnvironments(t, p, v, strings.Join(drawn, " "))
	}
}

func holdsForEnvironments(t *testing.T, p *words.Parser, v *inventory.Inventory, text string) {
	t.Helper()
	holdsForThings(t, p, v, text)
	c, ok := p.Parse(text, words.Context{Direct: true, Raw: true}).(words.Command)
	if !ok {
		return
	}
	for _, name := range []string{"environment", "from", "to"} {
		if value, ok := c.Args[name]; ok {
			require.Contains(t, v.Environments(), value, "%q is canonical", text)
		}
	}
	rule, err := p.Rule(p.Canonical(c.Name, c.Args))
	require.NoError(t, err, text)
	require.Equal(t, rule, p.Canonical(c.Name, c.Args))
	for _, counted := range p.Counted(c.Name, c.Args) {
		again, err := p.Rule(counted)
		require.NoError(t, err, text)
		require.Equal(t, again, counted)
	}
}
