package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

func TestRulesAreWrittenAsCommandsAreTyped(t *testing.T) {
	t.Parallel()
	p := words.New(commands())
	for line, rule := range map[string]string{
		"toy":                  "toy",
		"Toy undo":             "toy undo",
		"deploy":               "deploy",
		"deploy staging":       "deploy staging",
		"staging deploy":       "deploy staging",
		"force restart master": "force restart master",
		"help":                 "help",
		"lock":                 "lock",
	} {
		got, err := p.Rule(line)
		require.NoError(t, err, line)
		require.Equal(t, rule, got)
	}
	for line, says := range map[string]string{
		"deplou":         "`deplou` is not a command; did you mean `deploy`? (commands: announce, deploy, force restart, help, lock, log, restart, show tasks, status, stop sync, toy, toy undo)",
		"deplou staging": "`deplou staging` is not a command; did you mean `deploy`? (commands: announce, deploy, force restart, help, lock, log, restart, show tasks, status, stop sync, toy, toy undo)",
		"toy now":        "`toy` takes no other words, so `now` has no place after it",
		"deploy a b c":   "`deploy` is typed `deploy <environment> [<version>]`; `c` has no place in it",
		"cancel":         "`cancel` needs no rule: it answers a run, and runs know who may answer them",
		"refresh":        "`refresh` is retired: It is called `toy` now.",
		"":               "`` is not a command (commands: announce, deploy, force restart, help, lock, log, restart, show tasks, status, stop sync, toy, toy undo)",
	} {
		_, err := p.Rule(line)
		require.EqualError(t, err, says, line)
	}
}

func TestCanonicalText(t *testing.T) {
	t.Parallel()
	p := words.New(append(commands(), job.Spec{Name: "sync", Params: []job.Param{{Name: "what", Type: "rest", Optional: true}}},
		job.Spec{Name: "sync run", Params: []job.Param{{Name: "what", Type: "text"}}}))
	for _, c := range []struct {
		want, name string
		args       map[string]string
	}{
		{"toy", "toy", nil},
		{"deploy staging 2024.51", "deploy", map[string]string{"version": "2024.51", "environment": "staging"}},
		{"force restart master blue because it hangs", "force restart", map[string]string{"because": "it hangs", "instance": "master blue"}},
		{`deploy "a b"`, "deploy", map[string]string{"environment": "a b"}},
		{`deploy "help"`, "deploy", map[string]string{"environment": "help"}},
		{`deploy "please"`, "deploy", map[string]string{"environment": "please"}},
		{`lock "until"`, "lock", map[string]string{"environment": "until"}},
		{`sync "run deals"`, "sync", map[string]string{"what": "run deals"}},
		{"sync run deals", "sync run", map[string]string{"what": "deals"}},
		{"lock master until friday because of it", "lock", map[string]string{"because": "of it", "until": "friday", "environment": "master"}},
		{"no such command", "no such  command", map[string]string{"x": "y"}},
	} {
		require.Equal(t, c.want, p.Canonical(c.name, c.args))
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	usages := map[string]string{}
	for _, s := range commands() {
		usages[s.Name] = words.Usage(s)
	}
	require.Equal(t, "toy undo", usages["toy undo"])
	require.Equal(t, "deploy <environment> [<version>]", usages["deploy"])
	require.Equal(t, "lock <environment> [until <until>] [because ...]", usages["lock"])
}

func TestCommandsThatCannotBeTypedAreFound(t *testing.T) {
	t.Parallel()
	require.NoError(t, words.Check(commands()))
	rest := job.Param{Name: "text", Type: "rest"}
	err := words.Check([]job.Spec{
		{Name: ""},
		{Name: "Toy"},
		{Name: "toy  undo"},
		{Name: "clear-cache"},
		{Name: "cancel"},
		{Name: "plan"},
		{Name: "again and again"},
		{Name: "help"},
		{Name: "lock"},
		{Name: "lock"},
		{Name: "say", Params: []job.Param{rest, {Name: "to", Type: "text"}}},
		{Name: "tell", Params: []job.Param{rest, rest}},
		{Name: "move", Params: []job.Param{{Name: "to", Word: "on to", Type: "text"}}},
	})
	require.EqualError(t, err, `command "": the name must be words in lower case with one space between them
command "Toy": the name must be words in lower case with one space between them
command "toy  undo": the name must be words in lower case with one space between them
command "clear-cache": the last word begins the ids of its runs and must not contain a dash
command "cancel": the word decides about runs and cannot name a command
command "plan": again and plan are words of their own and cannot begin a command
command "again and again": again and plan are words of their own and cannot begin a command
command "help": help is a look
command "lock": two commands have this name; call one of them something else
command "say": parameter "to": nothing is left for it after "text"
command "tell": parameter "text": the name is empty or used twice
command "move": parameter "to": "on to" is not one word`)
}
