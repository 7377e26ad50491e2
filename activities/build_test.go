package activities_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
	pretend "github.com/pawl-ops/pawl/sandbox/jenkins"
)

// ci is a pretend Jenkins, and the activities that build there.
type ci struct {
	*pretend.Server
	acts *activities.Activities
	env  *testsuite.TestActivityEnvironment

	mu   sync.Mutex
	late time.Duration // how much later it is for Pawl than by the clock
}

func newCI(t *testing.T, jobs ...pretend.Job) *ci {
	t.Helper()
	c := &ci{}
	server, err := pretend.New(pretend.Options{
		Root: "http://ci.acme.test", Accounts: []pretend.Account{{ID: "pawl", Token: "t0ken"}}, Jobs: jobs, Quiet: time.Millisecond, Executors: 2,
	})
	require.NoError(t, err)
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() { web.Close(); server.Close() })
	client, err := jenkins.New(jenkins.Options{URL: web.URL, User: "pawl", Token: job.NewSecret("t0ken"), Settle: 100 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	var suite testsuite.WorkflowTestSuite
	c.Server, c.env = server, suite.NewTestActivityEnvironment()
	c.acts = &activities.Activities{Jenkins: client, Now: c.now}
	c.env.RegisterActivity(c.acts)
	return c
}

// now is the time for Pawl, which passes faster while a build does not stop.
func (c *ci) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.late += 4 * time.Second
	return time.Now().Add(c.late)
}

func param(name string) pretend.Param { return pretend.Param{Name: name} }

func smoke(fails string) pretend.Job {
	return pretend.Job{Name: "shop/smoke", Params: []pretend.Param{param("WHERE"), param("PAWL_RUN_ID")}, Stages: []pretend.Stage{
		{Name: "Front", Takes: 5 * time.Millisecond, Log: []string{"GET / 200"}},
		{Name: "Search", Takes: 5 * time.Millisecond, Fails: fails, Log: []string{"12 teapots"}},
	}}
}

func built(where string) activities.BuildInput {
	return activities.BuildInput{
		Key: "cache-k4m7q2.1.0", Job: "shop/smoke", RunID: "PAWL_RUN_ID", Params: map[string]string{"WHERE": where}, Since: time.Now(),
		Timers: job.Timers{BoardTick: 5 * time.Millisecond, Heartbeat: time.Second},
	}
}

func (c *ci) follow(t *testing.T, in activities.BuildInput) activities.BuildSeen {
	t.Helper()
	v, err := c.env.ExecuteActivity("FollowBuild", in)
	require.NoError(t, err)
	var seen activities.BuildSeen
	require.NoError(t, v.Get(&seen))
	return seen
}

func TestABuildIsFollowedToItsEndAndIsOne(t *testing.T) {
	t.Parallel()
	c := newCI(t, smoke("WHERE=nowhere"))
	for range 2 { // a second attempt finds the build of the first
		seen := c.follow(t, built("staging"))
		require.True(t, seen.Over && seen.Good)
		require.Equal(t, []job.PartState{job.PartDone, job.PartDone}, []job.PartState{seen.Parts[0].State, seen.Parts[1].State})
	}
	builds, queued := c.Count("PAWL_RUN_ID", "cache-k4m7q2.1.0")
	require.Equal(t, []int{1, 0}, []int{builds, queued})
	require.Equal(t, "staging", c.Builds("shop/smoke")[0].Params["WHERE"])

	in := built("nowhere")
	in.Key = "cache-k4m7q2.1.1"
	seen := c.follow(t, in)
	require.True(t, seen.Over && !seen.Good)
	require.Contains(t, seen.Problem, "of shop/smoke failed in the stage \"Search\".")
	require.Contains(t, seen.Quote, "12 teapots")
	require.Equal(t, job.PartFailed, seen.Parts[1].State)
}

func TestABuildThatCannotBeToldApartIsRefusedBeforehand(t *testing.T) {
	t.Parallel()
	nameless := smoke("")
	nameless.Params = nil
	c := newCI(t, nameless)
	book := job.Runbook{Parts: []job.Stage{{{Name: "Smoke", Jenkins: &job.JenkinsStep{Job: "shop/smoke", RunID: "PAWL_RUN_ID"}}}}}
	_, err := c.env.ExecuteActivity("CheckRunbook", activities.RunbookInput{Runbook: book})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, activities.RefusedType, app.Type())
	require.Contains(t, app.Message(), "PAWL_RUN_ID")
	require.Contains(t, app.Message(), "Nothing was done.")
	require.Empty(t, c.Builds("shop/smoke"))
}

// A build that does not stop is ended harder and harder; one that never began is made sure of.
func TestABuildIsStoppedForSure(t *testing.T) {
	t.Parallel()
	stubborn := smoke("")
	stubborn.Stages[1].Takes, stubborn.Stubborn = time.Hour, "kill"
	c := newCI(t, stubborn)
	in := built("staging")
	v, err := c.env.ExecuteActivity("StopBuild", in)
	require.NoError(t, err)
	var seen activities.BuildSeen
	require.NoError(t, v.Get(&seen))
	require.Equal(t, "it never began", seen.Text)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = c.acts.Jenkins.Trigger(ctx, jenkins.Trigger{Job: in.Job, Params: in.Params, RunID: in.Key, RunParam: in.RunID, Since: in.Since})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		b := c.Builds("shop/smoke")
		return len(b) == 1 && len(b[0].Stages) > 1 && b[0].Stages[1].Status != ""
	}, time.Minute, 5*time.Millisecond)
	v, err = c.env.ExecuteActivity("StopBuild", in)
	require.NoError(t, err)
	require.NoError(t, v.Get(&seen))
	require.True(t, seen.Over)
	require.Contains(t, seen.Text, "killed, because it did not stop when it was told to; it ended at")
	require.Equal(t, "ABORTED", c.Builds("shop/smoke")[0].Result)
}

func TestABuildIsFoundAsPeopleCallIt(t *testing.T) {
	t.Parallel()
	c := newCI(t, smoke(""))
	find := func(typed string) (in activities.BuildInput, problem string) {
		v, err := c.env.ExecuteActivity("FindBuild", typed)
		if err != nil {
			var app *temporal.ApplicationError
			require.ErrorAs(t, err, &app)
			require.Equal(t, activities.RefusedType, app.Type(), err)
			return in, app.Message()
		}
		require.NoError(t, v.Get(&in))
		return in, ""
	}
	_, problem := find("shop/smoke")
	require.Equal(t, "Jenkins has no build of shop/smoke yet.", problem)
	c.follow(t, built("staging"))
	for _, typed := range []string{"shop/smoke", "shop/smoke 1", "shop/smoke #1", "https://ci.acme.test/job/shop/job/smoke/1/console"} {
		in, problem := find(typed)
		require.Empty(t, problem)
		require.Equal(t, activities.BuildInput{Job: "shop/smoke", Build: 1}, in)
	}
	for typed, says := range map[string]string{
		"shop/smoke 7":   "Jenkins has no build #7 of shop/smoke.",
		"shop/smoke one": "\"one\" is not the number of a build. Type `follow shop/smoke 41`, or without a number for the newest.",
		"shop/nothing":   "shop/nothing",
	} {
		_, problem := find(typed)
		require.Contains(t, problem, says)
	}
	seen := c.follow(t, activities.BuildInput{Job: "shop/smoke", Build: 1, Timers: built("").Timers})
	require.True(t, seen.Over && seen.Good)
	require.Len(t, c.Builds("shop/smoke"), 1)
}
