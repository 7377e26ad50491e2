package words_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// shop is the inventory of the example company, with a second app that has a staging too.
func shop() *inventory.Inventory {
	name := func(s string) inventory.Name { return inventory.Name{Text: s} }
	names := func(all ...string) (list []inventory.Name) {
		for _, s := range all {
			list = append(list, name(s))
		}
		return list
	}
	instance := func(app, env, colour, role string, also ...string) inventory.Instance {
		i := job.Instance{App: app, Environment: env, Name: colour, Role: role}
		if role == "" {
			i.Traffic = job.Traffic{Kind: job.TrafficHAProxy, Map: "active.map", Key: app + "/" + env}
		}
		return inventory.Instance{Name: name(colour), Also: names(also...), Job: i}
	}
	v, _ := inventory.New([]inventory.App{
		{Name: name("shop"), Also: names("rh", "roi hunter", "roih"), Environments: []inventory.Environment{
			{Name: name("master"), Instances: []inventory.Instance{
				instance("shop", "master", "blue", "", ":large_blue_circle:"),
				instance("shop", "master", "green", "", ":large_green_circle:"),
				instance("shop", "master", "yellow", job.RoleCron, ":sunny:"),
			}},
			{Name: name("staging"), Instances: []inventory.Instance{instance("shop", "staging", "blue", ""), instance("shop", "staging", "green", "")}},
		}},
		{Name: name("crm"), Environments: []inventory.Environment{{Name: name("staging"), Instances: []inventory.Instance{instance("crm", "staging", "red", "")}}}},
	})
	return v
}

// withThings are commands about things: a job that needs no reason, one that does, and looks.
func withThings() []job.Spec {
	things := job.Param{Name: "what", Type: job.TypeThings, Optional: true}
	instance := job.Param{Name: "instance", Type: job.TypeInstance, Help: "which one: master blue"}
	because := job.Param{Name: "because", Word: "because", Type: "rest", Help: "why"}
	return []job.Spec{
		{Name: "toy"},
		{Name: "status", Look: true, Params: []job.Param{things}},
		{Name: "show tasks", Look: true, Params: []job.Param{things}},
		{Name: "restart", Params: []job.Param{instance, {Name: "because", Word: "because", Type: "rest", Optional: true}}, Examples: []string{"restart master green"}},
		{Name: "force restart", Params: []job.Param{instance, because}},
		{Name: "help", Look: true, Params: []job.Param{{Name: "command", Type: "rest", Optional: true}}},
	}
}

func parser() *words.Parser { return words.New(withThings(), words.With(shop())) }

func TestThings(t *testing.T) {
	t.Parallel()
	saidTo(t, parser(), withThings(), "testdata/things.txt", words.Context{Direct: true})
}

func TestWhatIsAskedAboutThings(t *testing.T) {
	t.Parallel()
	p := parser()
	for typed, answer := range map[string]string{
		"restart":                   "Which one?",
		"restart gren":              "I don't know `gren`. Did you mean `restart shop master green` or `restart shop staging green`?",
		"plan restart master gren":  "I don't know `gren`. Did you mean `plan restart shop master green`?",
		"restart nowhere":           "I don't know `nowhere`. It is typed like this: `restart <instance> [because ...]`.",
		"restart crm yellow":        "Nothing here is called `crm yellow`. Did you mean `restart crm staging red` or `restart shop master yellow`?",
		"force restart master blue": "Why? The reason follows: `force restart shop master blue because ...`.",
		"plan status":               "`status` changes nothing, so there is nothing to plan. Did you mean `status`?",
		"plan":                      "`plan` stands before a command and shows what it would do: `plan toy`.",
		"again":                     "Which run? Say `again` in its thread, or with its id: `again toy-k4m7q2`.",
		"again toy-k4m7":            "`toy-k4m7` is not the id of a run. An id looks like `toy-k4m7q2` and stands on the run's first message.",
	} {
		r, ok := p.Parse(typed, words.Context{Direct: true}).(words.Reply)
		require.True(t, ok, typed)
		require.Equal(t, answer, r.Text, typed)
	}
}

// A button must complete the command, not another one: the reason, and that only a plan was asked for, are part of it.
func TestChoicesAreWholeCommands(t *testing.T) {
	t.Parallel()
	p := parser()
	at := words.Context{Direct: true, Raw: true}
	long := strings.Repeat("it hangs and hangs ", 20)
	r, ok := p.Parse("plan force restart because "+long+"until now", at).(words.Reply)
	require.True(t, ok)
	require.Equal(t, words.Which, r.Kind)
	require.Len(t, r.Suggest, 3, "six instances are narrowed to three environments")
	require.Greater(t, utf8.RuneCountInString(r.Suggest[0]), 75)
	again, ok := p.Parse(r.Suggest[0], at).(words.Reply)
	require.True(t, ok)
	require.Equal(t, words.Which, again.Kind)
	c, ok := p.Parse(again.Suggest[1], at).(words.Command)
	require.True(t, ok)
	require.True(t, c.Plan)
	require.Equal(t, map[string]string{"instance": "shop master green", "because": long + "until now"}, c.Args)

	// A reason that fits on no button is not cut: then there are no buttons.
	r, ok = p.Parse("force restart because "+strings.Repeat("x", words.MaxText-30), at).(words.Reply)
	require.True(t, ok)
	require.Empty(t, r.Suggest)
	require.Contains(t, r.Text, "Which one? `force restart` also needs the instance")
}

func TestAWindowCanAskForTheReason(t *testing.T) {
	t.Parallel()
	p := parser()
	for typed, sofar := range map[string]words.Command{
		"force restart master blue":         {Name: "force restart", Args: map[string]string{"instance": "shop master blue"}},
		"force restart master blue because": {Name: "force restart", Args: map[string]string{"instance": "shop master blue"}},
	} {
		r, ok := p.Parse(typed, words.Context{Direct: true}).(words.Reply)
		require.True(t, ok, typed)
		sofar.Text = typed
		require.Equal(t, words.Missing, r.Kind)
		require.Equal(t, "because", r.Want.Name)
		require.Equal(t, sofar, r.Sofar)
	}
	r, ok := p.Parse("plan restart master blue because", words.Context{Direct: true}).(words.Reply)
	require.True(t, ok)
	require.True(t, r.Sofar.Plan, "it stays a plan")

	c, ok := p.Parse("plan force restart master blue", words.Context{Direct: true}).(words.Command)
	require.True(t, ok, "a plan needs no reason")
	require.True(t, c.Plan)
}

func TestWhatASuggestionIsAbout(t *testing.T) {
	t.Parallel()
	p := parser()
	for typed, about := range map[string]struct {
		command string
		whole   bool
	}{
		"restart shop master blue":            {"restart shop master blue", true},
		"plan restart shop master blue":       {"restart shop master blue", true},
		"plan plan toy":                       {"toy", true},
		"restart shop master":                 {"restart shop master", false},
		"plan restart shop master":            {"restart shop master", false},
		"force restart shop master blue":      {"force restart shop master blue", false},
		"force restart shop because it hangs": {"force restart shop", false},
		"help toy":                            {"", false},
		"cancel toy-k4m7q2":                   {"", false},
		"again toy-k4m7q2":                    {"", false},
		"plan":                                {"", false},
		"nonsense":                            {"", false},
	} {
		command, whole := p.About(typed)
		require.Equal(t, about.command, command, typed)
		require.Equal(t, about.whole, whole, typed)
	}
}

func TestTheCanonicalTextNamesThings(t *testing.T) {
	t.Parallel()
	p := parser()
	for value, want := range map[string]string{
		"blue master":    "restart shop master blue",
		"staging active": "restart staging active", // two apps have that: what is not clear stays as it is
		"nowhere":        "restart nowhere",
		"🔵":              "restart shop master blue",
	} {
		require.Equal(t, want, p.Canonical("restart", map[string]string{"instance": value}))
	}
}

func TestRulesNameThings(t *testing.T) {
	t.Parallel()
	p := parser()
	for line, rule := range map[string]string{
		"restart":                     "restart",
		"restart master":              "restart shop master",
		"restart crm":                 "restart crm",
		"roi hunter restart":          "restart shop",
		"restart blue master":         "restart shop master blue",
		"restart master inactive":     "restart shop master inactive",
		"show tasks cron":             "show tasks cron",
		"force restart roih staging":  "force restart shop staging",
		"restart :large_blue_circle:": "restart shop master blue",
	} {
		got, err := p.Rule(line)
		require.NoError(t, err, line)
		require.Equal(t, rule, got)
		again, err := p.Rule(got)
		require.NoError(t, err)
		require.Equal(t, rule, again)
	}
	for line, says := range map[string]string{
		"restart staging":        "`restart staging` could mean `restart shop staging` or `restart crm staging`; say which",
		"restart mastre":         "nothing under `apps` is called `mastre`; did you mean `restart shop master`?",
		"restart nowhere at all": "nothing under `apps` is called `nowhere at all`",
		"again":                  "`again` needs no rule: whoever may give a command may give it again",
	} {
		_, err := p.Rule(line)
		require.EqualError(t, err, says, line)
	}
}

func TestFormsOfARule(t *testing.T) {
	t.Parallel()
	p := parser()
	require.Nil(t, p.Forms("restart"))
	require.Nil(t, p.Forms("toy"))
	require.Equal(t, []words.Form{
		{Text: "restart shop master active", Partly: true},
		{Text: "restart shop master inactive", Partly: true},
	}, p.Forms("restart shop master blue"))
	require.Equal(t, []words.Form{{Text: "restart shop master yellow"}}, p.Forms("restart cron"))
	require.Equal(t, []words.Form{
		{Text: "status", Whole: true, Partly: true},
		{Text: "status shop", Whole: true, Partly: true},
	}, p.Forms("status shop staging"))
}

func TestNamesThatCannotBeTyped(t *testing.T) {
	t.Parallel()
	p := parser()
	for typed, name := range map[string]string{"shop": "shop", " ROI  Hunter": "roi hunter", ":sunny:": ":sunny:", "🔵": "🔵", "v2.1": "v2.1", "tasks": "tasks"} {
		got, err := p.Name(typed)
		require.NoError(t, err, typed)
		require.Equal(t, name, got)
	}
	for typed, says := range map[string]string{
		"toy":             "`toy` is a command; choose another name",
		"the toy shop":    "`toy` is a command; choose another name",
		"show tasks":      "`show tasks` is a command; choose another name",
		"because":         "`because` has a meaning of its own in what people type; choose another name",
		"stop":            "`stop` has a meaning of its own in what people type; choose another name",
		"plan b":          "`plan` has a meaning of its own in what people type; choose another name",
		"again":           "`again` has a meaning of its own in what people type; choose another name",
		"please":          "`please` has a meaning of its own in what people type; choose another name",
		"shop!":           "`shop!` cannot be typed: punctuation around a word does not count",
		"*shop*":          "`*shop*` cannot be typed: punctuation around a word does not count",
		`"shop of shops"`: "`\"shop of shops\"` cannot be typed: punctuation around a word does not count",
		"  ":              "`  ` cannot be typed",
	} {
		_, err := p.Name(typed)
		require.EqualError(t, err, says, typed)
	}
	require.Equal(t, "show tasks", p.Hides("show tasks blue"))
	require.Equal(t, "force restart", words.New([]job.Spec{
		{Name: "force", Params: []job.Param{{Name: "instance", Type: job.TypeInstance}}}, {Name: "force restart"},
	}).Hides("restart master blue"))
	require.Empty(t, p.Hides("shop master blue"))
}

// FuzzThings holds for texts about things what FuzzParse holds, and that a command names them in full.
func FuzzThings(f *testing.F) {
	for _, s := range []string{"roih status", "master blue force restart because x", "restart", ":sunny: restart please", "plan restart master", "again toy-k4m7q2", "restart \"blue\" master", "status cron shop"} {
		f.Add(s)
	}
	p, v := parser(), shop()
	f.Fuzz(func(t *testing.T, text string) { holdsForThings(t, p, v, text) })
}

// TestDrawnTexts holds the same for texts made of words that mean something here, which chance would hardly find.
func TestDrawnTexts(t *testing.T) {
	t.Parallel()
	p, v := parser(), shop()
	vocabulary := strings.Fields(`toy status show tasks restart force restart help plan again cancel because please rh roi hunter roih shop
		crm master staging blue green red yellow cron active inactive :sunny: 🔵 gren mastre restrat it x 2 toy-k4m7q2 "blue" "show "`)
	random := rand.New(rand.NewPCG(1, 2))
	for range 6_000 {
		drawn := make([]string, 1+random.IntN(7))
		for i := range drawn {
			drawn[i] = vocabulary[random.IntN(len(vocabulary))]
		}
		holdsForThings(t, p, v, strings.Join(drawn, " "))
	}
}

func holdsForThings(t *testing.T, p *words.Parser, v *inventory.Inventory, text string) {
	t.Helper()
	at := words.Context{Direct: true, Raw: true}
	switch r := p.Parse(text, at).(type) {
	case words.Command:
		canonical(t, p, r)
		for name, value := range r.Args {
			if name == "instance" || name == "what" {
				require.NotEmpty(t, v.Under(value), "%q is canonical", value)
			}
		}
	case words.Reply:
		for _, s := range r.Suggest {
			require.True(t, r.Kind == words.Which || utf8.RuneCountInString(s) <= 75)
			switch again := p.Parse(s, at).(type) {
			case words.Command, words.Decision, words.Again:
			case words.Reply:
				require.Contains(t, []words.Kind{words.Help, words.Missing, words.Which}, again.Kind, "%q suggests %q", text, s)
			default:
				t.Fatalf("%q suggests %q, which is nothing", text, s)
			}
		}
	}
}
