package looks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// deploying is the shop with a ledger: what was released there, and who locked what.
type deploying struct {
	*testing.T
	*company
	ledger *ledger.Ledger
	may    func(job.Actor, string) bool
	frozen map[string]job.Freeze
	next   map[string]job.Freeze
	brings func(version string) (looks.Brings, error)
}

// now is Saturday, 2026-11-21, 14:30.
var now = two.Add(30 * time.Minute)

var bob = job.Actor{Kind: job.SlackUser, ID: "U2", Full: "Bob"}

func deployed(t *testing.T) *deploying {
	t.Helper()
	return &deploying{T: t, company: shop(), ledger: openLedger(t), frozen: map[string]job.Freeze{}, next: map[string]job.Freeze{}}
}

func (d *deploying) names() *inventory.Inventory {
	of := map[string]*inventory.Environment{}
	var order []*inventory.Environment
	for _, i := range d.list {
		if of[i.Environment] == nil {
			of[i.Environment] = &inventory.Environment{Name: inventory.Name{Text: i.Environment}}
			order = append(order, of[i.Environment])
		}
		of[i.Environment].Instances = append(of[i.Environment].Instances, inventory.Instance{Name: inventory.Name{Text: i.Name}, Job: i})
	}
	app := inventory.App{Name: inventory.Name{Text: "shop"}}
	for _, e := range order {
		app.Environments = append(app.Environments, *e)
	}
	v, _ := inventory.New([]inventory.App{app})
	return v
}

// says asks one of the looks, with arguments by name.
func (d *deploying) says(look string, args ...string) board.Message {
	d.Helper()
	given := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		given[args[i]] = args[i+1]
	}
	frozen := func(of map[string]job.Freeze) func(string, string, time.Time) (job.Freeze, bool) {
		return func(app, environment string, _ time.Time) (job.Freeze, bool) {
			f, ok := of[app+" "+environment]
			return f, ok
		}
	}
	o := looks.Deploys{
		Apps:   looks.Apps{Instances: d.instances, Probe: d.probe, Active: d.users, Within: within},
		Ledger: d.ledger, Names: d.names(), Zone: "UTC", Frozen: frozen(d.frozen), NextFreeze: frozen(d.next), May: d.may,
		Offer: func(key job.Key, typed string) (string, string) { return "command", string(key) + "|" + typed },
	}
	if d.brings != nil {
		o.Brings = func(_ context.Context, app, environment, version string) (looks.Brings, error) {
			require.Equal(d, "shop master", app+" "+environment)
			return d.brings(version)
		}
	}
	for _, l := range looks.OfDeploys(o) {
		if l.Spec.Name != look {
			continue
		}
		m, err := l.Answer(d.Context(), looks.Request{Command: job.Command{Name: look, Args: given, Actor: bob, Key: "T:C:1.1"}, Now: now})
		require.NoError(d, err)
		require.True(d, strings.HasSuffix(m.Sentence, "."), "a full sentence: %q", m.Sentence)
		require.NotContains(d, m.Sentence, "*")
		require.Equal(d, board.Clean(board.PlainText(m.Plain())), m.Plain())
		return m
	}
	require.Fail(d, "no such look", look)
	return board.Message{}
}

// release records that users got a version, so long ago.
func (d *deploying) release(environment, version string, ago time.Duration, change ...func(*job.Release)) {
	d.Helper()
	r := job.Release{App: "shop", Environment: environment, Version: version, How: job.ByDeploy, By: "Petra", At: now.Add(-ago), Took: 2 * time.Minute, Run: "deploy-" + version + environment}
	for _, f := range change {
		f(&r)
	}
	record(d.T, d.ledger, ledger.Entry{At: r.At, Key: job.Key(r.Run), Kind: ledger.KindReleased, Job: ledger.OfEnvironment("shop", environment), Data: r})
}

func (d *deploying) lock(environment string, l job.Lock) {
	d.Helper()
	record(d.T, d.ledger, ledger.Entry{Key: job.Key(fmt.Sprint(environment, l.Held, l.Because)), Kind: ledger.KindLock, Job: ledger.OfEnvironment("shop", environment), Data: l})
}

func changed(titles ...string) func(*job.Release) {
	return func(r *job.Release) {
		for i, t := range titles {
			r.Changes = append(r.Changes, job.NewChange(fmt.Sprintf("%s-%d", r.Version, i), "Eve", t))
		}
	}
}

func debugging() job.Lock {
	return job.Lock{Held: true, By: bob, Because: "debugging the cart", Since: two.Add(5 * time.Minute)}
}

func TestDeployments(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	require.Equal(t, text("*shop master* · 2024.50 · users are on blue", "*shop staging* · 2024.52 · users are on blue"), d.says("deployments").Plain(), "nothing was released by Pawl yet")

	d.release("master", "2024.50", 75*time.Hour)
	d.release("staging", "2024.52", 10*time.Minute, func(r *job.Release) { r.How = job.ByPromote })
	d.lock("master", debugging())
	d.frozen["shop staging"] = job.Freeze{Name: "weekend", Because: "nobody is here", To: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	m := d.says("deployments")
	require.Equal(t, text(
		"*shop master* · 2024.50 · users are on blue",
		gap+"deployed by Petra Wed 18 Nov at 11:30, 3 days",
		gap+"*locked by Bob since today at 14:05: 'debugging the cart'*",
		"*shop staging* · 2024.52 · users are on blue",
		gap+"promoted by Petra today at 14:20, 10 min",
		gap+"*no deploys until Mon 23 Nov at 06:00: nobody is here (weekend)*",
	), m.Plain())
	require.Equal(t, "shop master: 2024.50, locked by Bob; shop staging: 2024.52.", m.Sentence)
	require.True(t, strings.HasPrefix(m.Lines[0], board.Emoji("large_blue_circle")+" *shop master*"))

	d.release("master", "2024.51", time.Hour)
	d.active["shop/master"] = "green"
	d.set("shop master green", instances.Health{Answered: true, Code: 503, Problem: "503: migration *0412* is missing"})
	d.active["shop/staging"] = "red"
	require.Equal(t, text(
		"*shop master* · 2024.51 as of its last release · users are on green · *503: migration 0412 is missing*",
		gap+"deployed by Petra today at 13:30, 60 min",
		gap+"*locked by Bob since today at 14:05: 'debugging the cart'*",
		"*shop staging* · 2024.52 as of its last release · *users are sent to red, and there is no such instance*",
		gap+"promoted by Petra today at 14:20, 10 min",
		gap+"*no deploys until Mon 23 Nov at 06:00: nobody is here (weekend)*",
	), strings.ReplaceAll(d.says("deployments").Plain(), ", 1 h", ", 60 min"))

	d.active["shop/master"], d.active["shop/staging"] = "blue", "blue"
	taken := job.Release{App: "shop", Environment: "master", Version: "2024.51", Taken: "errors rose to 4 %"}
	record(t, d.ledger, ledger.Entry{Key: "deploy-2024.51master", Kind: ledger.KindTakenBack, Job: ledger.OfEnvironment("shop", "master"), Data: taken})
	require.Equal(t, text(
		"*shop master* · 2024.50 · users are on blue",
		gap+"deployed by Petra Wed 18 Nov at 11:30, 3 days · 2024.51 was taken back today at 13:32: errors rose to 4 %",
		gap+"*locked by Bob since today at 14:05: 'debugging the cart'*",
	), d.says("deployments", "what", "shop master").Plain())

	d.set("shop master blue", instances.Health{OK: true, Answered: true, Version: "2024.49"})
	require.Contains(t, d.says("deployments").Plain(), "the last release was 2024.50, deployed by Petra", "what runs is not what was released")
	require.Equal(t, text("There is no app to look at: `apps:` in pawl.yaml says which there are."), d.says("deployments", "what", "nowhere").Plain())
}

// Environments without a load balancer have their instances all at once.
func TestDeploymentsInPlace(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	for i := range d.list {
		d.list[i].Traffic = job.Traffic{}
	}
	d.set("shop staging green", instances.Health{Problem: "no answer"})
	require.Equal(t, text("*shop master* · 2024.50 and 2024.51", "*shop staging* · 2024.52 · *green: no answer*"), d.says("deployments").Plain())
}

func TestManyDeploymentsFitOnAPhone(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	first := d.list[0]
	for n := range 30 {
		i := first
		i.Environment, i.Traffic.Key = fmt.Sprintf("e%02d", n), "shop/master"
		d.list = append(d.list, i)
		d.set(i.String(), instances.Health{OK: true, Answered: true, Version: "1"})
		d.release(i.Environment, "1", time.Hour)
	}
	m := d.says("deployments")
	require.LessOrEqual(t, len(m.Lines), 18)
	require.Contains(t, m.Lines[len(m.Lines)-1], "lines more; name an app or an environment.")
}

func TestReleases(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	require.Equal(t, text("Nothing was released."), d.says("releases").Plain())
	d.release("staging", "2024.49", 30*24*time.Hour, changed("Gift *cards*"))
	d.release("master", "2024.50", 75*time.Hour, changed("Faster search (#12)", "Fix a", "Fix b"), func(r *job.Release) { r.Link = "https://slack.test/x" })
	d.release("staging", "2024.51", 26*time.Hour, func(r *job.Release) { r.How, r.Taken = job.ByPromote, "errors rose" })
	d.release("master", "2024.51", time.Hour, changed("New invoice PDF"), func(r *job.Release) { r.By, r.Forced = "Bob", true })
	m := d.says("releases")
	require.Equal(t, text(
		"*shop master 2024.51* · today at 13:30 · Bob · in spite of a lock or a freeze", gap+"New invoice PDF",
		"*shop staging 2024.51* · yesterday at 12:30 · Petra · promoted · *taken back: errors rose*",
		"*shop master* 2024.50 · Wed 18 Nov at 11:30 · Petra", gap+"Faster search · 2 fixes",
		"*shop staging 2024.49* · Thu 22 Oct at 14:30 · Petra", gap+"Gift cards",
	), m.Plain())
	require.Equal(t, "4 releases, the last one 2024.51 to shop master by Bob, today at 13:30.", m.Sentence)
	require.Contains(t, m.Lines[3], board.Link("https://slack.test/x", "2024.50"))

	only := func(want int, args ...string) string {
		t.Helper()
		got := d.says("releases", args...)
		n := 0
		for _, l := range got.Lines {
			if strings.HasPrefix(l, "*") {
				n++
			}
		}
		require.Equal(t, want, n, "%v: %s", args, got.Plain())
		return got.Sentence
	}
	require.Equal(t, "2 releases to shop master, the last one 2024.51 to shop master by Bob, today at 13:30.", only(2, "about", "master"))
	only(4, "about", "shop")
	only(1, "about", "invoice pdf")
	only(1, "about", "#12")
	only(1, "about", "master search", "since", "monday")
	only(0, "about", "staging search")
	only(2, "about", "petra 2024.5", "since", "7d")
	only(1, "since", "today")
	only(2, "since", "yesterday")
	only(1, "since", "saturday")
	only(3, "since", "Monday")
	only(3, "since", "2026-11-01")
	only(4, "since", "2026-10-22")
	only(1, "since", "2h")
	only(4, "since", "5w")
	require.Equal(t, "Nothing was released to shop staging with invoice since today.", strings.ReplaceAll(only(0, "about", "staging invoice", "since", "today"), "`", ""))
	require.Equal(t, text("Which one? `releases shop master blue` or `releases shop staging blue`."), d.says("releases", "about", "blue").Plain())
	require.Equal(t, text("I don't know when `when it worked` was. Say a day, such as `since monday`, `since yesterday` or `since 2026-11-01`, or how long ago, such as `since 3d`."),
		d.says("releases", "since", "when it worked").Plain())
}

func TestManyReleasesFitOnAPhone(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	for n := range 30 {
		d.release("master", fmt.Sprint(n), time.Duration(n)*time.Minute, changed(strings.Repeat("very long ", 30)))
	}
	m := d.says("releases")
	require.Regexp(t, "^And 2[0-9] more; ", m.Lines[len(m.Lines)-1])
	require.Contains(t, m.Lines[0], "shop master 0")
	for _, l := range m.Lines {
		require.LessOrEqual(t, utf8.RuneCountInString(l), 200)
	}
}

func TestLocks(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	require.Equal(t, text("Nothing is locked."), d.says("locks").Plain())
	d.lock("master", debugging())
	d.frozen["shop staging"] = job.Freeze{Name: "weekend", To: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	d.next["shop master"] = job.Freeze{Name: "Black Friday", From: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}
	d.next["shop staging"] = job.Freeze{Name: "far away", From: time.Date(2026, 12, 27, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 28, 0, 0, 0, 0, time.UTC)}
	m := d.says("locks")
	require.Equal(t, text(
		"*shop master* · locked by Bob since today at 14:05: 'debugging the cart' · `unlock shop master` frees it",
		"*shop staging* · no deploys until Mon 23 Nov at 06:00 (weekend)",
		"*shop master* · no deploys from Fri 27 Nov at 00:00 to Sat 28 Nov at 00:00 (Black Friday)",
	), m.Plain())
	require.Equal(t, "shop master is locked by Bob since today at 14:05: 'debugging the cart', and nobody deploys to 1 environment just now.", m.Sentence)

	d.lock("master", job.Lock{By: bob})
	d.lock("staging", job.Lock{Held: true, All: true, By: bob, Because: "*errors* rose\x1b[31m to `4 %`"})
	require.Contains(t, d.says("locks").Plain(), "*shop staging* · locked by Bob, for everybody: 'errors rose[31m to '4 %' · ")
	require.NotContains(t, d.says("locks").Plain(), "debugging")
}

func TestWhatADeployWouldBring(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	require.Equal(t, text("I cannot tell what a deploy to `shop master` would bring: nothing says where its versions come from."), d.says("changes", "environment", "shop master").Plain())
	var all []job.Change
	for n, title := range []string{"Faster search (#12)", "New invoice PDF", "Fix a", "Fix b", "Bump c", "Merge branch 'x'"} {
		all = append(all, job.NewChange(fmt.Sprint(n), "Eve", title))
	}
	d.brings = func(version string) (looks.Brings, error) {
		switch version {
		case "2024.50":
			return looks.Brings{Now: "2024.50", New: "2024.50"}, nil
		case "9":
			return looks.Brings{}, errors.New("There is no version 9 in Jenkins.")
		case "many":
			var many []job.Change
			for n := range 200 {
				many = append(many, job.Change{ID: fmt.Sprint(n), Title: fmt.Sprintf("Feature %d with a rather long title to read", n)})
			}
			return looks.Brings{New: "many", Changes: many}, nil
		}
		return looks.Brings{Now: "2024.50", New: "2024.51", Changes: all, Note: "Jenkins knows only the last 20 builds."}, nil
	}
	m := d.says("changes", "environment", "shop master")
	require.Equal(t, text(
		"*A deploy to shop master: 5 changes*", "Now: 2024.50. New: 2024.51.", "Faster search · New invoice PDF · 2 fixes", "Jenkins knows only the last 20 builds.",
		"*New*", "• Faster search (#12) · Eve", "• New invoice PDF · Eve", "*Mended*", "• Fix a · Eve", "• Fix b · Eve", "*Behind the scenes*", "• Bump c · Eve",
		"Deploy them with `deploy shop master`.",
	), m.Plain())
	require.Equal(t, "A deploy to shop master: 5 changes, from 2024.50 to 2024.51.", m.Sentence)
	require.Equal(t, text("*shop master has 2024.50 already*", "Now: 2024.50. New: 2024.50."), d.says("changes", "environment", "shop master", "version", "2024.50").Plain())
	require.Equal(t, text("I cannot tell what a deploy to shop master would bring: There is no version 9 in Jenkins."), d.says("changes", "environment", "shop master", "version", "9").Plain())
	many := d.says("changes", "environment", "shop master", "version", "many")
	require.LessOrEqual(t, len(many.Lines), 18)
	require.Contains(t, many.Plain(), "Now: not known. New: many.")
	require.Regexp(t, `And 19\d more\.\nDeploy them with `+"`deploy shop master many`", many.Plain())
}

func TestPanicWhenAllIsWell(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.may = func(job.Actor, string) bool { return true }
	m := d.says("panic")
	require.Equal(t, text(
		"*Nothing looks ill*",
		"Well: shop master (2024.50, users are on blue) and shop staging (2024.52, users are on blue).",
		"Nothing is going on.", "Nothing was released in the last day.",
	), m.Plain())
	require.Equal(t, "Nothing looks ill, 0 runs going on, 0 releases in the last day.", m.Sentence)
}

func TestPanic(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.set("shop master blue", instances.Health{Answered: true, Code: 500, Version: "2024.50", Problem: "500: the cart is empty"})
	d.set("shop master green", instances.Health{Problem: "no answer"})
	d.set("shop master yellow", instances.Health{Problem: "no answer"})
	d.release("master", "2024.50", time.Hour, changed("New cart"))
	start(t, d.ledger, "1", "toy-aaaaaa", "toy", alice, 0)
	d.lock("staging", debugging())
	d.frozen["shop master"] = job.Freeze{Name: "weekend", To: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	var asked []string
	d.may = func(a job.Actor, command string) bool {
		require.Equal(t, bob, a)
		asked = append(asked, command)
		return true
	}
	m := d.says("panic")
	require.Equal(t, text(
		"*1 environment not well*",
		"*shop master* · 2024.50, users are on blue · *blue: 500: the cart is empty* · *green: no answer* · *yellow: no answer*",
		"Well: shop staging (2024.52, users are on blue).",
		"*Going on now*", "`toy-aaaaaa` · `toy` · Alice · for 30 minutes",
		"*Released in the last day*", "*shop master 2024.50* · today at 13:30 · Petra", gap+"New cart",
		"*shop master* · no deploys until Mon 23 Nov at 06:00 (weekend)",
		"*shop staging* · locked by Bob since today at 14:05: 'debugging the cart'",
		"[ Roll back shop master ]   [ Lock shop master ]   [ Restart shop master green ]",
		"Or type `rollback shop master`, `lock shop master` or `restart shop master green`.",
	), m.Plain())
	require.Equal(t, "1 environment not well, 1 run going on, 1 release in the last day. "+
		"shop master · 2024.50, users are on blue · blue: 500: the cart is empty · green: no answer · yellow: no answer.", m.Sentence)
	require.Equal(t, board.Button{Label: "Roll back shop master", Says: "Run the command rollback shop master", Action: "command", Value: "T:C:1.1|rollback shop master"}, m.Buttons[0])
	require.Equal(t, []string{"rollback shop master", "lock shop master", "restart shop master green"}, asked)

	d.may = func(_ job.Actor, command string) bool { return strings.HasPrefix(command, "restart") }
	require.Len(t, d.says("panic").Buttons, 1, "only what whoever asks may do")
	d.may = func(job.Actor, string) bool { return false }
	m = d.says("panic")
	require.Empty(t, m.Buttons)
	require.Empty(t, m.Hint)
}

// Where nobody knows who has users nothing is restarted from here.
func TestPanicWithoutALoadBalancer(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.broken = errors.New("lb does not answer")
	d.set("shop master green", instances.Health{Problem: "no answer"})
	d.may = func(job.Actor, string) bool { return true }
	m := d.says("panic")
	require.Contains(t, m.Plain(), "*I cannot see who has users: lb does not answer*")
	require.Empty(t, m.Buttons)
}

func TestTheSpecsOfDeployLooksAreInTheList(t *testing.T) {
	t.Parallel()
	require.NoError(t, words.Check(looks.Specs()))
	names := map[string]bool{}
	for _, s := range looks.Specs() {
		names[s.Name] = s.Look
	}
	for _, l := range looks.OfDeploys(looks.Deploys{}) {
		require.True(t, names[l.Spec.Name], l.Spec.Name)
	}
}

func TestHowDeployLooksAreTyped(t *testing.T) {
	t.Parallel()
	p := words.New(looks.Specs(), words.With(deployed(t).names()))
	for typed, want := range map[string]words.Command{
		"releases":                     {Name: "releases"},
		"releases master since monday": {Name: "releases", Args: map[string]string{"about": "master", "since": "monday"}},
		"releases since 2026-11-01":    {Name: "releases", Args: map[string]string{"since": "2026-11-01"}},
		"releases invoice pdf":         {Name: "releases", Args: map[string]string{"about": "invoice pdf"}},
		"master changes":               {Name: "changes", Args: map[string]string{"environment": "shop master"}},
		"changes 2024.51 master":       {Name: "changes", Args: map[string]string{"environment": "shop master", "version": "2024.51"}},
		"deployments staging":          {Name: "deployments", Args: map[string]string{"what": "shop staging"}},
		"locks":                        {Name: "locks"},
		"panic":                        {Name: "panic"},
		"PANIC!":                       {Name: "panic"},
	} {
		c, ok := p.Parse(typed, words.Context{Direct: true, Raw: true}).(words.Command)
		require.True(t, ok, typed)
		c.Text = ""
		require.Equal(t, want, c, typed)
	}
}
