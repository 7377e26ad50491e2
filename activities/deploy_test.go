package activities_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

var (
	petra = job.Actor{Kind: job.SlackUser, ID: "U7", Name: "petra", Full: "Petra"}
	carl  = job.Actor{Kind: job.SlackUser, ID: "U8", Name: "carl", Full: "Carl"}
	noon  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

// deploys is a shop that versions can be deployed to.
type deploys struct {
	*shop

	acts     *activities.Activities
	settings job.Deploys
	freeze   *job.Freeze
	builds   []activities.Built
	ci       error
	now      time.Time
	env      *testsuite.TestActivityEnvironment
}

func newDeploys(t *testing.T) *deploys {
	t.Helper()
	d := &deploys{now: noon}
	d.shop, d.acts = newShop(t)
	script := filepath.Join(t.TempDir(), "deploy.sh")
	require.NoError(t, os.WriteFile(script, []byte("swap it"), 0o600))
	d.settings = job.Deploys{
		App: "shop", Environment: "master", Script: script, Healthy: 5, Within: 3 * time.Minute, Bake: 10 * time.Minute, Errors: 2, Drain: 30 * time.Second, Cron: true,
		Build: job.Builds{Jenkins: "shop/build", RunID: "PAWL_RUN_ID", Params: map[string]job.Text{"VERSION": "{version}", "BRANCH": "{branch}", "PR": "{pr}"}},
	}
	d.builds = []activities.Built{
		{Number: 45, Name: "2024.53-x", Good: true, Params: map[string]string{"BRANCH": "x"}, Changes: []job.Change{{ID: "e", Title: "On a branch"}}},
		{Number: 44, Name: "2024.52", Good: true, Changes: []job.Change{{ID: "d", Title: "Faster search"}}},
		{Number: 43, Name: "2024.51", Changes: []job.Change{{ID: "c", Title: "New invoice PDF"}}}, // it failed; what it built came with the next one
		{Number: 42, Name: "2024.50", Good: true, Changes: []job.Change{{ID: "b", Title: "Old"}}},
		{Number: 41, Name: "#41", Good: true},
	}
	book, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, book.Close()) })
	d.acts.Ledger, d.acts.Now = book, func() time.Time { return d.now }
	d.acts.Deploys = activities.Deploys{
		Of: func(app, environment string) (job.Deploys, bool) {
			s := d.settings
			s.Environment = environment
			return s, app == "shop" && len(d.Environment(app, environment)) > 0
		},
		Frozen: func(string, string, time.Time) (job.Freeze, bool) {
			if d.freeze == nil {
				return job.Freeze{}, false
			}
			return *d.freeze, true
		},
		Builds: func(context.Context, string, int) ([]activities.Built, error) { return d.builds, d.ci },
	}
	var suite testsuite.WorkflowTestSuite
	d.env = suite.NewTestActivityEnvironment()
	d.env.RegisterActivity(d.acts)
	return d
}

// released writes down that users got a version.
func (d *deploys) released(t *testing.T, run, version, was string) {
	t.Helper()
	d.now = d.now.Add(time.Minute)
	require.NoError(t, d.acts.Released(t.Context(), activities.ReleaseInput{Release: job.Release{App: "shop", Environment: "master", Run: run, Version: version, Was: was, At: d.now}}))
}

func (d *deploys) locked(t *testing.T, run string, l job.Lock) {
	t.Helper()
	_, err := d.acts.SetLock(t.Context(), activities.LockInput{Run: activities.RunRef{ID: run}, App: "shop", Environment: "master", Lock: l})
	require.NoError(t, err)
}

func TestTheNewestBuildIsDeployedToTheColourWithoutUsers(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	d.released(t, "deploy-1", "2024.50", "2024.49")
	p, err := d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master"})
	require.NoError(t, err)
	require.Equal(t, "2024.52", p.Version, "a build of a branch is not the newest version")
	require.Equal(t, int64(44), p.Built)
	require.Nil(t, p.Order)
	require.Equal(t, []string{"blue", "green", "purple"}, []string{p.From.Name, p.To.Name, p.Crons[0].Name})
	require.Equal(t, "2024.50", p.Was)
	require.Equal(t, d.now, p.Since)
	require.Equal(t, []string{"Faster search", "New invoice PDF"}, titles(p.Changes), "what a failed build had comes with the next one")
	require.Equal(t, "swap it", p.ScriptFor(p.To, "2024.52").Body)
	require.Equal(t, map[string]string{"app": "shop", "environment": "master", "instance": "green", "host": "app-2", "url": "http://app-2", "version": "2024.52"}, p.ScriptFor(p.To, "2024.52").Args)
	require.Equal(t, "shop/master/green", p.ScriptFor(p.To, "2024.52").Target)

	again, err := d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master"})
	require.NoError(t, err)
	require.Equal(t, p, again, "two looks at the same world are the same plan")
	d.active = "green"
	p, err = d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master"})
	require.NoError(t, err)
	require.Equal(t, []string{"green", "blue", "2024.51"}, []string{p.From.Name, p.To.Name, p.Was}, "who has users is what the load balancer says")
}

func titles(list []job.Change) (all []string) {
	for _, c := range list {
		all = append(all, c.Title)
	}
	return all
}

func TestAVersionThatIsNotThereIsBuilt(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	for name, c := range map[string]struct {
		in      activities.DeployInput
		version string
		params  map[string]string
		source  string
	}{
		"a version":      {activities.DeployInput{Version: "2024.60"}, "2024.60", map[string]string{"VERSION": "2024.60"}, "2024.60"},
		"a failed build": {activities.DeployInput{Version: "2024.51"}, "2024.51", map[string]string{"VERSION": "2024.51"}, "2024.51"},
		"a branch":       {activities.DeployInput{Branch: "faster-search"}, "", map[string]string{"BRANCH": "faster-search"}, "branch faster-search"},
		"a pull request": {activities.DeployInput{PR: "#12"}, "", map[string]string{"PR": "12"}, "pull request 12"},
	} {
		c.in.Environment, c.in.Who = "shop master", petra
		p, err := d.acts.PlanDeploy(t.Context(), c.in)
		require.NoError(t, err, name)
		require.Equal(t, c.version, p.Version, name)
		require.Equal(t, c.source, p.Source, name)
		require.Equal(t, c.params, p.Order.Params, name)
		require.Equal(t, []string{"shop/build", "PAWL_RUN_ID"}, []string{p.Order.Job, p.Order.RunID}, name)
	}
	p, err := d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master", Version: "2024.53-x"})
	require.NoError(t, err)
	require.Equal(t, int64(45), p.Built, "a version of a branch may be named")
}

func TestADeployThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	refused := func(in activities.DeployInput) string {
		in.Who = petra
		if in.Environment == "" {
			in.Environment = "shop master"
		}
		_, err := d.acts.PlanDeploy(t.Context(), in)
		return refusal(t, err)
	}
	require.Equal(t, "shop master runs 2024.50 already. To have it start anew: `restart master`.", refused(activities.DeployInput{Version: "2024.50"}))
	require.Equal(t, "I don't know the environment `shop moon`.", refused(activities.DeployInput{Environment: "shop moon"}))
	require.Equal(t, "shop master has that version already: it is the same environment.", refused(activities.DeployInput{From: "shop master"}))
	for _, in := range []activities.DeployInput{{Version: "a b"}, {Branch: "`x`"}, {PR: "1\n2"}, {Version: strings.Repeat("9", 81)}, {Version: "\uE000user|U1|\uE001"}} {
		require.Equal(t, "A version, a branch and a pull request are called by one word of at most 80 characters.", refused(in))
	}
	require.Contains(t, refused(activities.DeployInput{Branch: "x", PR: "4"}), "not several of them")
	d.builds = nil
	require.Equal(t, "No build of shop/build has succeeded lately, so there is no newest version. Name one to have it built: `deploy master <version>`.", refused(activities.DeployInput{}))
	delete(d.settings.Build.Params, "BRANCH")
	require.Equal(t, "I cannot build branch x: no parameter under `build` of shop in pawl.yaml has `{branch}` in it.", refused(activities.DeployInput{Branch: "x"}))
	d.settings.Build = job.Builds{}
	require.Contains(t, refused(activities.DeployInput{}), "Which version?")
	require.Contains(t, refused(activities.DeployInput{PR: "1"}), "pawl.yaml names no Jenkins job")
	d.settings.Script = ""
	require.Contains(t, refused(activities.DeployInput{Version: "1"}), "names no `deploy` script for shop")
	d.settings.Script = "/nowhere/deploy.sh"
	require.Contains(t, refused(activities.DeployInput{Version: "1"}), "cannot be read")
	d.lost = errors.New("no route to lb")
	d.settings.Script = d.shop.all[0].Restart
	_, err := d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master", Version: "1"})
	require.ErrorContains(t, err, "no route to lb", "without the load balancer nobody knows who has users")
}

func TestALockAndAFreezeKeepDeploysAway(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	plan := func(who job.Actor, force bool) (activities.Deployment, error) {
		return d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: who, Environment: "shop master", Force: force})
	}
	d.locked(t, "lock-1", job.Lock{Held: true, By: carl, Because: "I debug the cart", Since: noon})
	_, err := plan(petra, false)
	require.Regexp(t, "^shop master is locked by Carl since .*: \"I debug the cart\". `unlock master` takes it away, `force deploy master because ...` goes past it when others agree.$", refusal(t, err))
	_, err = plan(carl, false)
	require.NoError(t, err, "it is his lock")
	p, err := plan(petra, true)
	require.NoError(t, err)
	require.Equal(t, "the lock of Carl", p.Past)
	d.locked(t, "rollback-1", job.Lock{Held: true, All: true, By: carl, Because: "the cart is empty", Since: noon})
	_, err = plan(carl, false)
	require.Contains(t, refusal(t, err), "the cart is empty", "after a rollback its holder does not deploy either")
	d.locked(t, "unlock-1", job.Lock{By: petra})
	_, err = plan(petra, false)
	require.NoError(t, err)
	d.freeze = &job.Freeze{To: noon.Add(time.Hour), Because: "weekend"}
	_, err = plan(petra, false)
	require.Regexp(t, "^Nobody deploys to shop master until .*: \"weekend\". If it has to be: `force deploy master because ...`", refusal(t, err))
	p, err = plan(petra, true)
	require.NoError(t, err)
	require.Contains(t, p.Past, "the freeze until ")
	e, err := d.acts.LockedBy(t.Context(), "shop master")
	require.NoError(t, err)
	require.False(t, e.Lock.Held)
}

func TestWithoutColoursItIsDeployedInPlace(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	for i := range d.all {
		d.all[i].Traffic = job.Traffic{}
	}
	p, err := d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master"})
	require.NoError(t, err)
	require.False(t, p.Colours())
	require.Equal(t, []string{"blue", "green"}, []string{p.Places[0].Name, p.Places[1].Name})
	d.settings.Cron = false
	d.shop.all = d.shop.all[:1]
	d.shop.all[0].Traffic = job.Traffic{Kind: job.TrafficHAProxy, Map: "m"}
	p, err = d.acts.PlanDeploy(t.Context(), activities.DeployInput{Who: petra, Environment: "shop master"})
	require.NoError(t, err)
	require.False(t, p.Colours(), "with one instance nobody can be moved")
	require.Empty(t, p.Crons)
	require.Len(t, p.Places, 1)
}

func TestARollbackKnowsWhereItGoes(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	plan := func(before *activities.Rollback) (activities.Rollback, error) {
		return d.acts.PlanRollback(t.Context(), activities.RollbackInput{Who: petra, Environment: "shop master", Run: "rollback-1", Before: before})
	}
	_, err := plan(nil)
	require.Contains(t, refusal(t, err), "I know no release of shop master before 2024.50")
	d.released(t, "deploy-1", "2024.51", "2024.49")
	d.released(t, "deploy-2", "2024.50", "2024.51")
	r, err := plan(nil)
	require.NoError(t, err)
	require.Equal(t, "2024.51", r.Goal)
	require.True(t, r.Standby, "green still runs it")
	require.Equal(t, "deploy-2", r.Bad.Run)
	d.health["green"] = instances.Health{Code: 503, Problem: "503: ill", Version: "2024.51"}
	r, err = plan(nil)
	require.NoError(t, err)
	require.False(t, r.Standby, "users are not moved to an instance that is ill")
	require.Equal(t, "green", r.To.Name)

	// A deploy in bake was taken back while the rollback waited for its turn: what was to be put back is what counts.
	d.active, d.health["green"] = "green", instances.Health{OK: true, Version: "2024.51"}
	after, err := plan(&r)
	require.NoError(t, err)
	require.True(t, after.There)
	require.Equal(t, "2024.51", after.Goal)

	d.health["green"] = instances.Health{OK: true, Version: "by hand"}
	r, err = plan(nil)
	require.NoError(t, err)
	require.Equal(t, "2024.50", r.Goal, "what did not come by a deploy is rolled back to the last that did")

	// After a rollback, the next one goes further back, and not to what the first one took away.
	d.health["green"] = instances.Health{OK: true, Version: "2024.51"}
	require.NoError(t, d.acts.Released(t.Context(), activities.ReleaseInput{Release: job.Release{App: "shop", Environment: "master", Run: "rollback-9", Version: "2024.51", Was: "2024.50", How: job.ByRollback, At: d.now}}))
	r, err = plan(nil)
	require.NoError(t, err)
	require.Equal(t, "2024.49", r.Goal)
	d.health["green"] = instances.Health{OK: true, Version: "by hand"}

	// A release that was taken back is none.
	require.NoError(t, d.acts.Released(t.Context(), activities.ReleaseInput{Release: job.Release{App: "shop", Environment: "master", Run: "deploy-3", Version: "2024.52", Was: "2024.50", At: d.now}}))
	_, err = d.acts.Ledger.Record(t.Context(), ledger.Entry{Key: "deploy-3/release", Kind: ledger.KindTakenBack, Run: "deploy-3", Job: ledger.OfEnvironment("shop", "master"), Data: job.Release{Run: "deploy-3", Taken: "it was bad"}})
	require.NoError(t, err)
	r, err = plan(nil)
	require.NoError(t, err)
	require.Equal(t, "2024.50", r.Goal)
}

func TestARollbackStopsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	d.released(t, "deploy-1", "2024.50", "2024.49")
	run := func(key job.Key, id, name string, args map[string]string) {
		_, err := d.acts.Ledger.Record(t.Context(), ledger.Entry{Key: key, Kind: ledger.KindAllowed, Run: id, Job: name, Actor: petra, Data: ledger.Terms{Args: args}})
		require.NoError(t, err)
	}
	run("k0", "deploy-0", "deploy", map[string]string{"environment": "shop staging"})
	run("k1", "deploy-2", "deploy", map[string]string{"environment": "shop master"})
	plan := func() activities.Rollback {
		r, err := d.acts.PlanRollback(t.Context(), activities.RollbackInput{Environment: "shop master", Run: "rollback-1"})
		require.NoError(t, err)
		return r
	}
	r := plan()
	require.Equal(t, "deploy-2", r.Stops)
	require.Equal(t, "2024.50", r.Goal, "users have not seen the new version: they keep theirs")
	require.True(t, r.There)
	d.active = "green" // users were moved to 2024.51
	d.released(t, "deploy-2", "2024.51", "2024.50")
	r = plan()
	require.Equal(t, []string{"deploy-2", "2024.50", "deploy-2"}, []string{r.Stops, r.Goal, r.Bad.Run})
	require.False(t, r.There)
	run("k2", "promote-1", "promote", map[string]string{"environment": "shop staging", "to": "shop master"})
	require.Equal(t, "promote-1", plan().Stops)
	_, err := d.acts.Ledger.Record(t.Context(), ledger.Entry{Key: "k2", Kind: ledger.KindWaiting(1), Run: "promote-1", Data: ledger.Waiting{For: ledger.ForTurn}})
	require.NoError(t, err)
	require.Equal(t, "deploy-2", plan().Stops, "who waits for a turn is not under way")
}

// do runs an activity and gives its text, or its fault.
func (d *deploys) do(t *testing.T, name string, in any) (text string, fault job.Fault, says string) {
	t.Helper()
	v, err := d.env.ExecuteActivity(name, in)
	if err == nil {
		require.NoError(t, v.Get(&text))
		return text, fault, ""
	}
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	if app.Type() == activities.FaultType {
		require.NoError(t, app.Details(&fault))
	}
	return "", fault, app.Message()
}

func (d *deploys) move() activities.MoveInput {
	return activities.MoveInput{
		Run: activities.RunRef{ID: "deploy-1", First: "f1"}, Traffic: d.all[0].Traffic, From: d.all[0], To: d.all[1], Token: "f1-to", Timers: job.Timers{Heartbeat: time.Second},
	}
}

func TestUsersAreMovedOnceAndTheTruthIsTold(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	var asked []traffic.Switch
	d.moves = func(s traffic.Switch) error { asked = append(asked, s); return nil }
	_, _, says := d.do(t, "MoveUsers", d.move())
	require.Empty(t, says)
	same := traffic.Switch{To: "green", From: "blue", Token: "f1-to"}
	require.Equal(t, []traffic.Switch{same, same}, asked, "HAProxy is told once more")
	asked = nil
	in := d.move()
	in.Traffic.Kind = job.TrafficNginx
	_, _, says = d.do(t, "MoveUsers", in)
	require.Empty(t, says)
	require.Equal(t, []traffic.Switch{same}, asked)

	d.moves = func(traffic.Switch) error { return &traffic.Error{Says: "Users are on red, not on blue"} }
	_, fault, says := d.do(t, "MoveUsers", d.move())
	require.True(t, fault.Undone)
	require.Equal(t, "Users are on red, not on blue. Nobody was moved", says)

	// The load balancer loses an answer: it is asked again with the same token until it says what happened.
	tries := 0
	d.moves = func(s traffic.Switch) error {
		require.Equal(t, "f1-to", s.Token)
		if tries++; tries < 3 {
			d.now = d.now.Add(20 * time.Second)
			return &traffic.Error{Says: "lb did not answer", Unknown: true}
		}
		return nil
	}
	text, _, _ := d.do(t, "MoveUsers", d.move())
	require.Equal(t, "the load balancer did not answer for 40 s", text)
	d.moves = func(traffic.Switch) error {
		d.now = d.now.Add(time.Minute)
		return &traffic.Error{Says: "lb did not answer", Unknown: true}
	}
	_, fault, says = d.do(t, "MoveUsers", d.move())
	require.False(t, fault.Undone, "nobody knows")
	require.Equal(t, "I do not know whether users moved: lb did not answer", says)
}

func TestUsersAreMovedBackOnlyWhereTheyAreBetterOff(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	back := d.move()
	back.From, back.To, back.Token, back.Ends = back.To, back.From, "f1-back", "f1-to"
	d.active = "green"
	_, _, says := d.do(t, "MoveBack", back)
	require.Empty(t, says)
	require.Equal(t, "blue", d.active)
	text, _, _ := d.do(t, "MoveBack", back)
	require.Equal(t, "they were there all the time", text)
	require.Equal(t, []string{"f1-to", "f1-to"}, d.settled, "a late attempt at the first move takes no effect")
	d.active, d.health["blue"] = "green", instances.Health{Code: 500, Problem: "500: the disk is full"}
	_, _, says = d.do(t, "MoveBack", back)
	require.Equal(t, "blue does not answer well either (500: the disk is full), so I left users where they are", says)
	require.Equal(t, "green", d.active)
}

func TestAnInstanceIsProvenByHealthAndVersion(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	in := activities.ProvenInput{Instance: d.all[1], Version: "2024.52", Times: 1}
	_, _, says := d.do(t, "Proven", in)
	require.Equal(t, "green is still 2024.51", says)
	d.health["green"] = instances.Health{OK: true}
	_, _, says = d.do(t, "Proven", in)
	require.Equal(t, "green does not say which version it is", says)
	d.health["green"] = instances.Health{Code: 503, Problem: "503: migration 0412 is missing", Version: "2024.52"}
	_, _, says = d.do(t, "Proven", in)
	require.Equal(t, "green: 503: migration 0412 is missing", says)
	d.health["green"] = instances.Health{OK: true, Version: "2024.52"}
	_, _, says = d.do(t, "Proven", in)
	require.Empty(t, says)
	in.Times = 5
	d.env.SetHeartbeatDetails(3)
	_, _, says = d.do(t, "Proven", in)
	require.Equal(t, "4 of 5 good answers in a row", says)
	d.env.SetHeartbeatDetails(4)
	_, _, says = d.do(t, "Proven", in)
	require.Empty(t, says, "the fifth")

	in.Traffic, in.Front, in.Times = d.all[0].Traffic, "http://shop.acme.test", 1
	_, _, says = d.do(t, "Served", in)
	require.Equal(t, "users are on blue", says)
	d.active = "green"
	_, _, says = d.do(t, "Served", in)
	require.Empty(t, says)
	_, _, says = d.do(t, "Unused", in)
	require.Contains(t, says, "green has all users by now")
	d.active, d.left = "blue", 2
	_, _, says = d.do(t, "Unused", in)
	require.Equal(t, "2 requests are still on their way there", says)
}

func (d *deploys) bake(within time.Duration) activities.BakeInput {
	return activities.BakeInput{Instance: d.all[1], Version: "2024.51", Traffic: d.all[0].Traffic, Until: d.now.Add(within), Errors: 2, Timers: job.Timers{Heartbeat: time.Second}}
}

func TestUsersAreWatchedUntilTheTimeIsOver(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	d.active = "green"
	text, _, says := d.do(t, "Bake", d.bake(0))
	require.Empty(t, says)
	require.Equal(t, "it answered well all the time", text)
	_, fault, says := func() (string, job.Fault, string) {
		d.active = "blue"
		return d.do(t, "Bake", d.bake(time.Hour))
	}()
	require.Equal(t, "Users are on blue by now: somebody moved them", says)
	require.True(t, fault.Undone)
}

func TestWatchingEndsAsSoonAsItTurnsBad(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	d.active = "green"
	d.acts.Now = func() time.Time { // each look is later than the one before, and finds more failed requests
		d.now = d.now.Add(time.Second)
		d.count.Requests += 50
		d.count.Failed += 3
		return d.now
	}
	_, fault, says := d.do(t, "Bake", d.bake(time.Hour))
	require.True(t, fault.Undone)
	require.Regexp(t, `^6 % of the requests failed within .*, more than 2 %\. About \d+ requests failed$`, says)
	ill := newDeploys(t)
	ill.active, ill.health["green"] = "green", instances.Health{Code: 503, Problem: "503: it hangs", Version: "2024.51"}
	_, _, says = ill.do(t, "Bake", ill.bake(time.Hour))
	require.Equal(t, "It stopped answering well: green: 503: it hangs", says)
}

func TestTheLastRequestsAreWaitedForAWhile(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	in := activities.DrainInput{Instance: d.all[0], Traffic: d.all[0].Traffic, Until: d.now.Add(-time.Second), Timers: job.Timers{Heartbeat: time.Second}}
	text, _, _ := d.do(t, "Drain", in)
	require.Empty(t, text)
	d.left = 1
	text, _, _ = d.do(t, "Drain", in)
	require.Equal(t, "1 request is still there; left alone", text)
	d.lost = errors.New("lb is away")
	text, _, _ = d.do(t, "Drain", in)
	require.Equal(t, "nobody tells whether requests are left there", text)
}
