package looks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

var (
	alice = job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice", Groups: []string{"engineers"}}
	gus   = job.Actor{Kind: job.SlackUser, ID: "U9", Name: "gus", Full: "Gus"}
)

func specs() []job.Spec {
	return append([]job.Spec{
		{Name: "toy", Help: "Refresh your own toy database from master."},
		{Name: "toy undo", Help: "Put back the toy you had before the last refresh."},
		{Name: "deploy", Help: "Put a version on an environment.", Params: []job.Param{
			{Name: "environment", Help: "Where: staging or master."}, {Name: "version", Optional: true},
		}, Examples: []string{"deploy staging", "deploy master 2024.51"}},
		{Name: "force restart", Help: "Restart an instance even while it serves users. A second person must agree."},
		{Name: "ping", Help: "HTTP checks of everything.", Look: true},
		{Name: "fresh", Help: "Old.", Retired: "`fresh` is now `toy`."},
	}, looks.Specs()...)
}

// may lets engineers do all but force restarts and looking at deploys, and nobody else anything.
func may(a job.Actor, command string) bool {
	about := []string{"force restart", "deployments", "releases", "locks", "changes", "panic"}
	return len(a.Groups) > 0 && !slices.ContainsFunc(about, func(name string) bool { return strings.HasPrefix(command, name) })
}

func ask(t *testing.T, who job.Actor, topic string) board.Message {
	t.Helper()
	c := job.Command{Name: "help", Actor: who}
	if topic != "" {
		c.Args = map[string]string{"command": topic}
	}
	m, err := looks.Help(specs(), may).Answer(t.Context(), looks.Request{Command: c})
	require.NoError(t, err)
	require.NotEmpty(t, m.Sentence)
	require.True(t, strings.HasSuffix(m.Sentence, ".") || strings.HasSuffix(m.Sentence, "?"), "a full sentence: %q", m.Sentence)
	return m
}

func TestHelpListsWhatThisPersonMayDo(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.TrimLeft(`
`+"`toy`"+` · refresh your own toy database from master · also `+"`toy undo`"+`
`+"`deploy`"+` · put a version on an environment
`+"`ping`"+` · HTTP checks of everything
`+"`status`"+` · is everything up?
`+"`health`"+` · what every instance says about itself
`+"`show tasks`"+` · what the cron instances work at
`+"`sync`"+` · all data that is fetched, and how fresh it is · also `+"`sync history`"+`
`+"`last sync`"+` · are the numbers fresh?
`+"`schedules`"+` · what runs by itself, when next, and how it went
Say `+"`help toy`"+` for more, `+"`runs`"+` for what is going on. In a run's thread just `+"`cancel`"+` or `+"`again`"+` is enough. `+"`plan`"+` before a command only shows what it would do.
`, "\n"), ask(t, alice, "").Plain())
	require.Equal(t, "You can say `toy`, `deploy`, `ping`, `status`, `health`, `show tasks`, `sync`, `last sync` or `schedules`.", ask(t, alice, "").Sentence)

	require.Equal(t, strings.TrimLeft(`
There is nothing here that you may start; `+"`may:`"+` in pawl.yaml says who may do what.
In a run's thread just `+"`cancel`"+` is enough.
`, "\n"), ask(t, gus, "").Plain())
}

func TestHelpExplainsOneCommand(t *testing.T) {
	t.Parallel()
	for topic, want := range map[string]string{
		"toy": `
*` + "`toy`" + `*
Refresh your own toy database from master.
See also ` + "`toy undo`" + `.
`,
		"  Toy   UNDO ": `
*` + "`toy undo`" + `*
Put back the toy you had before the last refresh.
See also ` + "`toy`" + `.
`,
		"deploy": `
*` + "`deploy`" + `*
Put a version on an environment.
Type ` + "`deploy <environment> [<version>]`" + `.
*environment*: where: staging or master
For example ` + "`deploy staging` or `deploy master 2024.51`" + `.
`,
		"force restart": `
*` + "`force restart`" + `*
Restart an instance even while it serves users. A second person must agree.
It is not among what you may do; ` + "`may:`" + ` in pawl.yaml says whose it is.
`,
		"fresh": "\n`fresh` is now `toy`.\n",
		"cancel": `
*` + "`cancel`" + `*
Ends a run: what it is doing is stopped and cleaned up. In a run's thread just ` + "`cancel`" + ` is enough; elsewhere its id follows: ` + "`cancel toy-k4m7q2`" + `.
`,
		"plan": `
*` + "`plan`" + `*
Stands before a command and only shows what it would do: ` + "`plan toy`" + `. Nothing is changed.
`,
		"help": `
*` + "`help`" + `*
What you can do here.
Type ` + "`help [<command>]`" + `.
*command*: what to explain
For example ` + "`help` or `help toy`" + `.
`,
		"tyo":            "\nI don't know `tyo`. Did you mean `toy`?\n",
		"fresh air `rm`": "\nI don't know `fresh air 'rm'`.\n",
	} {
		require.Equal(t, strings.TrimLeft(want, "\n"), ask(t, alice, topic).Plain(), topic)
	}
}

func TestHelpKnowsEveryWordThatAnswersARun(t *testing.T) {
	t.Parallel()
	for _, choice := range []string{"cancel", "retry", "stop", "anyway", "pause", "approve", "deny", "again"} {
		require.Contains(t, ask(t, alice, choice).Plain(), "elsewhere its id follows: `"+choice+" toy-k4m7q2`", choice)
	}
}

func TestTheLooksAreTypedAsTheyAreDeclared(t *testing.T) {
	t.Parallel()
	require.NoError(t, words.Check(specs()))
	p := words.New(specs())
	require.Equal(t, words.Command{Name: "runs", Text: "runs"}, p.Parse("runs", words.Context{Direct: true}))
	require.Equal(t, words.Reply{Kind: words.Help, Topic: "toy"}, p.Parse("help toy", words.Context{Direct: true}))
	for _, own := range []string{"again", "plan"} {
		require.Equal(t, words.Reply{Kind: words.Help, Topic: own}, p.Parse("help "+own, words.Context{Direct: true}))
		require.Equal(t, words.Reply{Kind: words.Help, Topic: own}, p.Parse(own+" help", words.Context{Direct: true}))
	}
	for _, s := range looks.Specs() {
		require.True(t, s.Look)
		for _, example := range s.Examples {
			require.NotEqual(t, words.Ignore{}, p.Parse(example, words.Context{Direct: true}))
		}
	}
}

// FuzzHelp holds that help fits on a phone however much there is to say, and that nothing in it passes for a token.
func FuzzHelp(f *testing.F) {
	f.Add(3, "toy", "Refresh it.")
	f.Add(300, "a rather long name", strings.Repeat("many words ", 80))
	f.Add(70, "x", "")
	f.Add(70, "0", "two\nlines")
	f.Add(1, "", "\uE000user|U1|\uE001 `code`")
	f.Fuzz(func(t *testing.T, n int, name, text string) {
		var many []job.Spec
		for i := range min(max(n, 0), 300) {
			many = append(many, job.Spec{Name: fmt.Sprintf("%s%d", cut(name, 40), i), Help: cut(text, 2000)})
		}
		m, err := looks.Help(many, func(job.Actor, string) bool { return true }).Answer(t.Context(), looks.Request{})
		require.NoError(t, err)
		plain := m.Plain()
		require.True(t, utf8.ValidString(plain))
		require.NotContains(t, plain, "\uE000")
		rows := 0
		for line := range strings.Lines(plain) {
			rows += 1 + (utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))-1)/44
		}
		require.LessOrEqual(t, rows, 18, plain)
	})
}

func cut(s string, most int) string {
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > most {
		return string(r[:most])
	}
	return s
}

func TestHelpSaysWhatAnArgumentMayBe(t *testing.T) {
	t.Parallel()
	specs := []job.Spec{{Name: "clear cache", Help: "Empty the cache.", Params: []job.Param{
		{Name: "environment", Type: job.TypeChoice, OneOf: []string{"staging", "master"}, Help: "Whose cache."},
		{Name: "pages", Type: job.TypeNumber, Range: &job.Range{From: 1, To: 100}, Optional: true, Default: "10"},
		{Name: "seconds", Word: "for", Type: job.TypeNumber, Optional: true},
		{Name: "branch", Type: "text", Optional: true},
	}}}
	h := looks.Help(specs, func(job.Actor, string) bool { return true })
	m, err := h.Answer(t.Context(), looks.Request{Command: job.Command{Args: map[string]string{"command": "clear cache"}}})
	require.NoError(t, err)
	require.Equal(t, []string{
		"Empty the cache.",
		"Type `clear cache <environment> [<pages>] [for <seconds>] [<branch>]`.",
		"*environment*: whose cache; `staging` or `master`",
		"*pages*: from 1 to 100; `10` when it is left out",
		"*seconds*: a whole number",
	}, m.Lines)
}
