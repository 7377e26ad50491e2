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
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/internal/ledger"
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
	require.Equal(t, []string{"*New*", "• Faster search", "• New invoice PDF"}, p.News)
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

func TestAReleaseThatWasBuiltOnTheWayKnowsWhatCameWithIt(t *testing.T) {
	t.Parallel()
	d := newDeploys(t)
	in := activities.ReleaseInput{Run: activities.RunRef{ID: "deploy-1", Actor: petra}, Release: job.Release{
		App: "shop", Environment: "master", Version: "2024.53-x", Was: "2024.50", How: job.ByDeploy, Run: "deploy-1", At: noon,
	}}
	require.NoError(t, d.acts.Released(t.Context(), in))
	all, err := d.acts.Ledger.ReleasesOf(t.Context(), "shop", "master", 5)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []string{"On a branch", "Faster search", "New invoice PDF"}, titles(all[0].Changes))

	d.ci = errors.New("Jenkins is away")
	in.Release.Run, in.Run.ID = "deploy-2", "deploy-2"
	require.NoError(t, d.acts.Released(t.Context(), in), "it is written down all the same")
}
