package words_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// runbooks are commands with arguments of every kind that pawl.yaml can declare.
func runbooks() []job.Spec {
	environment := job.Param{Name: "environment", Type: job.TypeChoice, OneOf: []string{"staging", "master"}}
	pages := job.Param{Name: "pages", Type: job.TypeNumber, Range: &job.Range{From: 1, To: 100}, Optional: true, Default: "10"}
	branch := job.Param{Name: "branch", Type: "text", Window: true, Help: "which branch"}
	reason := job.Param{Name: "reason", Word: "because", Type: "rest", Window: true}
	optional := func(p job.Param) job.Param { p.Optional = true; return p }
	return []job.Spec{
		{Name: "toy"},
		{Name: "clear cache", Params: []job.Param{environment, pages}, Examples: []string{"clear cache staging"}},
		{Name: "build", Params: []job.Param{environment, branch}},
		{Name: "try", Params: []job.Param{optional(environment), pages, optional(branch)}},
		{Name: "close", Params: []job.Param{{Name: "shop", Type: job.TypeChoice, OneOf: []string{"a", "b", "c", "d", "e", "f", "g"}}, reason}},
		{Name: "announce", Params: []job.Param{{Name: "level", Type: job.TypeChoice, OneOf: []string{"info", "alarm"}, Optional: true, Default: "info"}, {Name: "text", Type: "rest", Window: true}}},
		{Name: "move", Params: []job.Param{
			{Name: "to", Word: "to", Type: job.TypeChoice, OneOf: []string{"blue", "green"}},
			{Name: "share", Word: "at", Type: job.TypeNumber, Optional: true},
		}},
	}
}

func TestArgumentsAreKnownByWhatWasTyped(t *testing.T) {
	t.Parallel()
	require.NoError(t, words.Check(runbooks()))
	p := words.New(runbooks())
	for typed, want := range map[string]string{
		"clear cache staging":                      "clear cache staging 10",
		"clear cache 20 STAGING":                   "clear cache staging 20",
		"20 staging clear cache":                   "clear cache staging 20",
		"clear cache +007 master":                  "clear cache master 7",
		`clear cache "staging"`:                    "clear cache staging 10",
		"clear cache":                              "which: Which environment? [clear cache staging 10 | clear cache master 10]",
		"clear cache 5":                            "which: Which environment? [clear cache staging 5 | clear cache master 5]",
		"clear cache stagign":                      "not there: `stagign` cannot be the environment: it is `staging` or `master`. Did you mean `clear cache staging 10`? [clear cache staging 10]",
		"clear cache 5 production":                 "not there: `production` cannot be the environment: it is `staging` or `master`.",
		"clear cache staging 500":                  "not there: `500` cannot be the pages: it is a whole number from 1 to 100.",
		"clear cache staging five":                 "not there: `five` cannot be the pages: it is a whole number from 1 to 100.",
		"clear cache staging 1 2":                  "extra: I don't understand `2`. It is typed like this: `clear cache <environment> [<pages>]`. Did you mean `clear cache staging 1`? [clear cache staging 1]",
		"build master main":                        "build master main",
		"build main master":                        "build master main",
		`build "master" staging`:                   `build staging "master"`,
		"build main":                               "which: Which environment? [build staging main | build master main]",
		"build prod main":                          "not there: `prod` cannot be the environment: it is `staging` or `master`.",
		"build main stagin":                        "not there: `stagin` cannot be the environment: it is `staging` or `master`. Did you mean `build staging main`? [build staging main]",
		"build master":                             "missing: `build` also needs the branch (which branch): `build <environment> <branch>`. asks for branch after build master",
		"try":                                      "try 10",
		"try main":                                 "try 10 main",
		`try "5"`:                                  `try 10 "5"`,
		"try 5 5":                                  "try 5 \"5\"",
		"close a":                                  "missing: Why? The reason follows: `close a because ...`. asks for reason after close a",
		"close because a":                          "which: Which shop? It may also be `f` or `g`; type it. [close a because a | close b because a | close c because a | close d because a | close e because a]",
		"announce the shop is closed":              "announce info the shop is closed",
		"announce the alarm is off":                "announce alarm the is off",
		"announce":                                 "missing: `announce` also needs the text: `announce [<level>] <text>`. asks for text after announce info",
		"move to green at 5":                       "move to green at 5",
		"move at 5 to purple":                      "not there: `purple` cannot be the to: it is `blue` or `green`.",
		"move to":                                  "which: Which to? [move to blue | move to green]",
		"plan clear cache":                         "which: Which environment? [plan clear cache staging 10 | plan clear cache master 10]",
		"plan clear cache master":                  "plan clear cache master 10",
		"plan close b":                             "plan close b",
		"clear cache master, please":               "clear cache master 10",
		"clear cache staging master":               "not there: `master` cannot be the pages: it is a whole number from 1 to 100.",
		"clear cache 99999999999999999999 staging": "not there: `99999999999999999999` cannot be the pages: it is a whole number from 1 to 100.",
	} {
		require.Equal(t, want, answered(p, typed), typed)
	}
}

// answered is a result as one line.
func answered(p *words.Parser, typed string) string {
	switch r := p.Parse(typed, words.Context{Direct: true, Raw: true}).(type) {
	case words.Command:
		text := p.Canonical(r.Name, r.Args)
		if r.Plan {
			text = "plan " + text
		}
		return text
	case words.Reply:
		text := fmt.Sprintf("%s: %s", r.Kind, r.Text)
		if len(r.Suggest) > 0 {
			text += " [" + strings.Join(r.Suggest, " | ") + "]"
		}
		if r.Want.Name != "" {
			text += " asks for " + r.Want.Name + " after " + p.Canonical(r.Sofar.Name, r.Sofar.Args)
		}
		return text
	default:
		return fmt.Sprintf("%T", r)
	}
}

func TestRulesNameChoicesAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	p := words.New(runbooks())
	for line, rule := range map[string]string{
		"clear cache":           "clear cache",
		"clear cache Master":    "clear cache master",
		"clear cache 5 staging": "clear cache staging 5",
		"build staging main":    "build staging main",
		"move to green":         "move to green",
	} {
		got, err := p.Rule(line)
		require.NoError(t, err, line)
		require.Equal(t, rule, got)
	}
	for line, says := range map[string]string{
		"clear cache stagign":   "`stagign` cannot be the environment: it is `staging` or `master`. Did you mean `clear cache staging`?",
		"clear cache prod":      "`prod` cannot be the environment: it is `staging` or `master`",
		"clear cache 5":         "`clear cache 5` says the pages and leaves the environment open; a line is the beginning of a command, so say that too: `clear cache <environment> [<pages>]`",
		"clear cache staging 0": "`0` cannot be the pages: it is a whole number from 1 to 100",
		"try main":              "`try main` says the branch and leaves the environment open; a line is the beginning of a command, so say that too: `try [<environment>] [<pages>] [<branch>]`",
		"move at 5":             "`move at 5` says the share and leaves the to open; a line is the beginning of a command, so say that too: `move to <to> [at <share>]`",
		"announce the shop":     "`announce the shop` says the text and leaves the level open; a line is the beginning of a command, so say that too: `announce [<level>] <text>`",
		"close because a":       "`close because a` says the reason and leaves the shop open; a line is the beginning of a command, so say that too: `close <shop> because ...`",
		"move to red":           "`red` cannot be the to: it is `blue` or `green`",
	} {
		_, err := p.Rule(line)
		require.EqualError(t, err, says, line)
	}
}

func TestChoicesThatCannotBeToldApartAreFound(t *testing.T) {
	t.Parallel()
	choice := func(name string, values ...string) job.Param {
		return job.Param{Name: name, Type: job.TypeChoice, OneOf: values}
	}
	err := words.Check([]job.Spec{
		{Name: "a", Params: []job.Param{choice("from", "x", "y"), choice("to", "Y")}},
		{Name: "b", Params: []job.Param{{Name: "n", Type: job.TypeNumber}, {Name: "m", Type: job.TypeNumber}}},
		{Name: "c", Params: []job.Param{choice("none"), {Name: "range", Word: "at", Type: job.TypeNumber, Range: &job.Range{From: 2, To: 1}}}},
		{Name: "d", Params: []job.Param{{Name: "n", Type: job.TypeNumber, Default: "1"}, {Name: "to", Type: job.TypeChoice, OneOf: []string{"x"}, Default: "z", Optional: true}}},
	})
	require.EqualError(t, err, "command \"a\": parameter \"to\": `Y` is there twice, here or at the from\n"+
		"command \"b\": parameter \"m\": a number alone could also be the n; a keyword must introduce one of them\n"+
		"command \"c\": parameter \"none\": there is nothing to choose from\n"+
		"command \"c\": parameter \"range\": no number is from 2 to 1\n"+
		"command \"d\": parameter \"n\": what has a default may be left out\n"+
		"command \"d\": parameter \"to\": its default is wrong: `z` cannot be the to: it is `x`")
}

func TestAChoiceMustBeReadAsOne(t *testing.T) {
	t.Parallel()
	specs := append(runbooks(), job.Spec{Name: "close it"})
	p := words.New(specs)
	s := specs[4].Params[0]
	for value, fine := range map[string]bool{
		"a": true, "2024.51": true, "it": false, "help": false, "cancel": false, "because": false, "a b": false, "x.": false, `"x"`: false, "": false, "please": false, "hello": false,
	} {
		require.Equal(t, fine, p.Choice("close", s, value), value)
	}
	require.False(t, p.Choice("nothing", s, "a"))
}

// FuzzChoices holds that what arguments of every kind mean survives being written down, and that no free text passes for
// a choice.
func FuzzChoices(f *testing.F) {
	for _, s := range []string{
		"clear cache 5 staging", `build "master" staging`, `try "5"`, "try 5 5", "announce alarm info alarm", "move at 5 to green", "close a because b",
		"build stagign main", "plan try x", `try "staging" "7"`, "try 007 +3",
	} {
		f.Add(s, "staging")
	}
	p := words.New(runbooks())
	f.Fuzz(func(t *testing.T, text, value string) {
		if len(text) > words.MaxText || len(value) > words.MaxText {
			return // more is never read, and a rule is one line of a file
		}
		switch r := p.Parse(text, words.Context{Direct: true, Raw: true}).(type) {
		case words.Command:
			canonical(t, p, r)
		case words.Reply:
			require.Zero(t, strings.Count(r.Text, "`")%2, "code is closed: %s", r.Text)
		}
		if rule, err := p.Rule(text); err == nil {
			again, err := p.Rule(rule)
			require.NoError(t, err, rule)
			require.Equal(t, rule, again)
		}
		typed := p.Canonical("build", map[string]string{"environment": "master", "branch": value})
		require.True(t, strings.HasPrefix(typed+" ", "build master "), typed)
		if c, ok := p.Parse(typed, words.Context{Direct: true, Raw: true}).(words.Command); ok {
			require.Equal(t, "master", c.Args["environment"], typed)
		}
	})
}
