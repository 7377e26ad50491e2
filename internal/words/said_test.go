package words_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// commands are those of a small company: one for every way a command can be declared.
func commands() []job.Spec {
	because := job.Param{Name: "because", Word: "because", Type: "rest", Help: "why", Optional: true}
	instance := job.Param{Name: "instance", Type: "instance", Help: "which one: master blue"}
	return []job.Spec{
		{Name: "toy", Help: "Refresh your own toy database.", Single: true},
		{Name: "toy undo", Help: "Put back the toy you had before."},
		{Name: "help", Look: true, Params: []job.Param{{Name: "command", Type: "rest", Optional: true}}},
		{Name: "status", Look: true, Params: []job.Param{{Name: "app", Type: "app", Optional: true}}},
		{Name: "show tasks", Look: true},
		{Name: "log", Look: true, Params: []job.Param{{Name: "run", Type: "run"}}},
		{Name: "restart", Params: []job.Param{instance}, Examples: []string{"restart master green"}},
		{Name: "force restart", Params: []job.Param{instance, because}},
		{Name: "deploy", Params: []job.Param{{Name: "environment", Type: "text"}, {Name: "version", Type: "text", Optional: true}}},
		{Name: "lock", Params: []job.Param{{Name: "environment", Type: "text"}, {Name: "until", Word: "until", Type: "text", Optional: true}, because}},
		{Name: "announce", Params: []job.Param{{Name: "text", Type: "rest"}}},
		{Name: "stop sync"},
		{Name: "refresh", Retired: "It is called `toy` now."},
	}
}

func TestInADirectMessage(t *testing.T) {
	t.Parallel()
	said(t, "testdata/direct.txt", words.Context{Direct: true})
}

func TestOnTheWire(t *testing.T) {
	t.Parallel()
	said(t, "testdata/wire.txt", words.Context{Mentioned: true, Self: "UPAWL"})
}

func TestBetweenPeopleInTheThreadOfARun(t *testing.T) {
	t.Parallel()
	said(t, "testdata/thread.txt", words.Context{Run: "toy-k4m7q2"})
}

func TestToPawlInTheThreadOfARun(t *testing.T) {
	t.Parallel()
	said(t, "testdata/mentioned.txt", words.Context{Run: "toy-k4m7q2", Mentioned: true})
}

func TestElsewhereNothingIsForPawl(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	for _, text := range []string{"toy", "cancel toy-k4m7q2", "help", "", "stop"} {
		require.Equal(t, words.Ignore{}, p.Parse(text, words.Context{}), text)
	}
}

// said checks a file of lines "what was typed => what it means".
func said(t *testing.T, file string, at words.Context) {
	t.Helper()
	saidTo(t, words.New(commands()), commands(), file, at)
}

func saidTo(t *testing.T, p *words.Parser, specs []job.Spec, file string, at words.Context) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := 0
	for n, line := range strings.Split(string(content), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		typed, means, ok := strings.Cut(line, "=>")
		require.True(t, ok, "%s:%d has no =>", file, n+1)
		lines++
		got := meaning(specs, p.Parse(characters(strings.TrimRight(typed, " ")), at))
		require.Equal(t, strings.TrimSpace(means), got, "%s:%d: %s", file, n+1, line)
	}
	require.NotZero(t, lines)
}

// characters puts characters in place of their <U+XXXX>.
func characters(s string) string {
	return regexp.MustCompile(`<U\+([0-9A-F]{4})>`).ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseInt(m[3:7], 16, 32)
		if err != nil {
			panic(err)
		}
		return string(rune(n))
	})
}

// meaning is a result in the words of the files.
func meaning(specs []job.Spec, r words.Result) string {
	switch r := r.(type) {
	case words.Command:
		s := "run " + r.Name
		if r.Plan {
			s = "plan " + r.Name
		}
		for _, spec := range specs {
			if spec.Name != r.Name {
				continue
			}
			for _, p := range spec.Params {
				if v, ok := r.Args[p.Name]; ok {
					s += fmt.Sprintf(" | %s = %s", p.Name, v)
				}
			}
		}
		return s
	case words.Decision:
		return "decide " + r.String()
	case words.Again:
		return "again " + r.Run
	case words.Reply:
		s := string(r.Kind)
		switch {
		case r.Kind == words.Help && r.Topic != "":
			s += " on " + r.Topic
		case r.Kind == words.Missing, r.Kind == words.Retired:
			s += " (" + r.Topic + ")"
		case len(r.Suggest) > 0:
			s += ": " + strings.Join(r.Suggest, "? ") + "?"
		}
		return s
	case words.Ignore:
		return "nothing"
	}
	return fmt.Sprintf("%T", r)
}

func TestWhatPawlAnswers(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	for typed, answer := range map[string]string{
		"tyo":                       "I don't know `tyo`. Did you mean `toy`?",
		"sing me a song":            "I don't know `sing me a song`. Say `help` for what I can do.",
		"toy nudo":                  "I don't understand `nudo`: `toy` takes no other words. Did you mean `toy undo` or `toy`?",
		"lock master now":           "I don't understand `now`. It is typed like this: `lock <environment> [until <until>] [because ...]`. Did you mean `lock master`?",
		"restart":                   "`restart` also needs the instance (which one: master blue): `restart <instance>`. For example `restart master green`.",
		"refresh":                   "It is called `toy` now.",
		"cancel":                    "Which run? Say `cancel` in its thread, or with its id: `cancel toy-k4m7q2`.",
		"cancel toy-k4m7":           "`toy-k4m7` is not the id of a run. An id looks like `toy-k4m7q2` and stands on the run's first message.",
		"deny toy-k4m7q2 use green": "I don't understand `use green` after `deny`. If it is the reason, put `because` before it. Did you mean `deny toy-k4m7q2 because use green`?",
		"toy cancel":                "I don't understand `cancel`: `toy` takes no other words. To end a run, say `cancel` in its thread, or `cancel` and its id. Did you mean `toy`?",
		"toy-k4m7q2":                "What about `toy-k4m7q2`? Say for example `cancel toy-k4m7q2`.",
	} {
		r, ok := p.Parse(typed, words.Context{Direct: true}).(words.Reply)
		require.True(t, ok, typed)
		require.Equal(t, answer, r.Text, typed)
	}
}

func TestALongMessageIsNoCommand(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	fits := "announce " + strings.Repeat("x", words.MaxText-len("announce "))
	require.IsType(t, words.Command{}, p.Parse(fits, words.Context{Direct: true}))
	r, ok := p.Parse(fits+"x", words.Context{Direct: true}).(words.Reply)
	require.True(t, ok)
	require.Equal(t, words.TooLong, r.Kind)
	require.Equal(t, words.Ignore{}, p.Parse(fits+"x", words.Context{Run: "toy-k4m7q2"}))
}

func TestACommandMayBeginWithAGreeting(t *testing.T) {
	t.Parallel()
	p := words.New([]job.Spec{{Name: "hello"}})
	require.Equal(t, words.Command{Name: "hello", Text: "Hello!"}, p.Parse("Hello!", words.Context{Direct: true}))
	require.Equal(t, words.Command{Name: "hello", Text: "hi hello"}, p.Parse("hi hello", words.Context{Direct: true}))
}

func TestWithoutSelfALeadingMentionIsTakenForPawl(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	toy := words.Command{Name: "toy", Text: "toy"}
	require.Equal(t, toy, p.Parse("<@U1> toy", words.Context{Mentioned: true}))
	require.Equal(t, toy, p.Parse(" <@U1> toy", words.Context{Direct: true}))
	require.Equal(t, words.Ignore{}, p.Parse("<@U1> stop", words.Context{Run: "toy-k4m7q2"}))
}

func TestRawTextIsTakenAsItStands(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	got := p.Parse("announce a &lt; <b>", words.Context{Direct: true, Raw: true})
	require.Equal(t, map[string]string{"text": "a &lt; <b>"}, got.(words.Command).Args)
}

func TestSuggestionsAreUnderstood(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	at := words.Context{Direct: true}
	for _, typed := range []string{"tyo", "undo", "restrat master green", "hlep", "cancle toy-k4m7q2", "dploy", "toy nudo", "lok \"a b\""} {
		r, ok := p.Parse(typed, at).(words.Reply)
		require.True(t, ok, typed)
		require.NotEmpty(t, r.Suggest, typed)
		for _, s := range r.Suggest {
			at := at
			at.Raw = true
			if again, ok := p.Parse(s, at).(words.Reply); ok {
				require.True(t, slices.Contains([]words.Kind{words.Help, words.Missing}, again.Kind), "%s suggests %s", typed, s)
			}
		}
	}
}

func TestWhatIsPlannedIsSaidAsItWouldBeTyped(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	for _, typed := range []string{"plan toy", "Plan toy", "please plan toy", "plan plan toy", "*plan* toy", "Plan: toy!"} {
		c, ok := p.Parse(typed, words.Context{Direct: true}).(words.Command)
		require.True(t, ok, typed)
		require.True(t, c.Plan, typed)
		require.Equal(t, "plan toy", c.Text, typed)
	}
}
