package frame_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// slotAt is the time for which the launchers of these tests are started.
var slotAt = time.Date(2026, 11, 23, 4, 30, 0, 0, time.UTC)

// gate is a door that says what the test says, and notes what it is asked.
type gate struct {
	activities.Schedules
	answers []job.Launch // one for each time it is asked; the last stays
	fails   int          // how often it does not know
	asked   []job.Slot
	late    []string
}

func (g *gate) Due(_ context.Context, slot job.Slot) (job.Launch, error) {
	g.asked = append(g.asked, slot)
	if g.fails > 0 {
		g.fails--
		return job.Launch{}, errors.New("the ledger is down")
	}
	a := g.answers[0]
	if len(g.answers) > 1 {
		g.answers = g.answers[1:]
	}
	return a, nil
}

func (g *gate) Scheduled(name string) (job.Scheduled, bool) {
	return job.Scheduled{Name: name, Channel: "#ops", Zone: "Europe/Prague"}, true
}

func (g *gate) RunOf(_ context.Context, id string) (ledger.Run, bool, error) {
	g.late = append(g.late, id)
	return ledger.Run{ID: id, Board: job.Posted{Channel: "#ops", TS: "1.0"}}, true, nil
}

// launch is a launcher with skipped time; child is its run.
func launch(t *testing.T, g *gate, w *world, in job.LaunchInput, child any, during func(*testsuite.TestWorkflowEnvironment)) (job.Launched, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(slotAt.Add(2 * time.Second))
	at := temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime").ValueSet(slotAt)
	require.NoError(t, env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(at)))
	env.RegisterActivity(&activities.Activities{Door: g, Poster: w, Ledger: w, Now: env.Now})
	env.RegisterWorkflowWithOptions(frame.LaunchWorkflow, workflow.RegisterOptions{Name: job.LaunchWorkflow})
	env.RegisterWorkflowWithOptions(child, workflow.RegisterOptions{Name: "work"})
	if during != nil {
		during(env)
	}
	env.ExecuteWorkflow(job.LaunchWorkflow, in)
	require.True(t, env.IsWorkflowCompleted())
	var out job.Launched
	if err := env.GetWorkflowError(); err != nil {
		return out, err
	}
	return out, env.GetWorkflowResult(&out)
}

func nightly() job.LaunchInput { return job.LaunchInput{Schedule: "nightly", Within: 5 * time.Minute} }

func answer(id string) job.Launch {
	return job.Launch{
		Request: job.Request{ID: id, Due: job.Due{Schedule: "nightly", At: slotAt}, Command: job.Command{Name: "work", Key: "k", Actor: job.Actor{Kind: job.Schedule, ID: "nightly", Name: "nightly"}}},
		Memo:    map[string]string{job.MemoKey: "k", job.MemoCommand: "work"}, Summary: "work · nightly",
	}
}

// done is a run that ends at once.
func done(ctx workflow.Context, req job.Request) (frame.Result, error) {
	info := workflow.GetInfo(ctx)
	if info.WorkflowExecution.ID != req.ID || info.ParentWorkflowExecution == nil {
		return frame.Result{}, fmt.Errorf("it is %s", info.WorkflowExecution.ID)
	}
	return frame.Result{State: "done"}, nil
}

// waiting is a run that goes on until it is told to stop.
func waiting(ctx workflow.Context, _ job.Request) (frame.Result, error) {
	var d job.Decision
	workflow.GetSignalChannel(ctx, job.SignalDecide).Receive(ctx, &d)
	return frame.Result{State: d.Choice + " by " + d.Actor.Name}, nil
}

func TestALauncherStartsItsRunAndWaits(t *testing.T) {
	t.Parallel()
	g := &gate{answers: []job.Launch{answer("work-1")}, fails: 2}
	out, err := launch(t, g, newWorld(), nightly(), done, nil)
	require.NoError(t, err)
	require.Equal(t, job.Launched{Run: "work-1", State: "done"}, out)
	require.Len(t, g.asked, 3, "it asks until the door knows")
	require.Equal(t, job.Slot{Schedule: "nightly", At: slotAt, Began: slotAt.Add(2 * time.Second)}, g.asked[2])
}

func TestALauncherOfATimeThatDoesNotCountStartsNothing(t *testing.T) {
	t.Parallel()
	out, err := launch(t, &gate{answers: []job.Launch{{Dropped: "paused"}}}, newWorld(), nightly(), done, nil)
	require.NoError(t, err)
	require.Equal(t, job.Launched{Dropped: "paused"}, out)
	a := answer("work-1")
	a.There = true
	out, err = launch(t, &gate{answers: []job.Launch{a}}, newWorld(), nightly(), done, nil)
	require.NoError(t, err)
	require.Equal(t, job.Launched{Run: "work-1"}, out, "it was started before")
}

func TestALauncherWhoseIdIsTakenAsksAgain(t *testing.T) {
	t.Parallel()
	g := &gate{answers: []job.Launch{answer("default-test-workflow-id"), answer("work-2")}} // the launcher's own id is one that is taken
	out, err := launch(t, g, newWorld(), nightly(), done, nil)
	require.NoError(t, err)
	require.Equal(t, job.Launched{Run: "work-2", State: "done"}, out)
	require.Len(t, g.asked, 2)
}

func TestALauncherThatIsCancelledHasItsRunStopped(t *testing.T) {
	t.Parallel()
	for name, replaces := range map[string]bool{"the engine": false, "the next run of nightly": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := nightly()
			in.Replaces = replaces
			out, err := launch(t, &gate{answers: []job.Launch{answer("work-1")}}, newWorld(), in, waiting, func(env *testsuite.TestWorkflowEnvironment) {
				env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)
			})
			require.NoError(t, err)
			require.Equal(t, "cancel by "+name, out.State)
		})
	}
}

// A launcher that is cancelled before its run began starts nothing, and says so to the ledger.
func TestALauncherThatIsCancelledInTime(t *testing.T) {
	t.Parallel()
	g, w := &gate{answers: []job.Launch{answer("work-1")}, fails: 5}, newWorld()
	_, err := launch(t, g, w, nightly(), done, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(env.CancelWorkflow, time.Second)
	})
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Contains(t, w.rows, "k/"+ledger.KindNotStarted(1))
}

func TestALauncherFailsWhenItsRunDoes(t *testing.T) {
	t.Parallel()
	_, err := launch(t, &gate{answers: []job.Launch{answer("work-1")}}, newWorld(), nightly(), func(workflow.Context, job.Request) (frame.Result, error) {
		return frame.Result{}, temporal.NewNonRetryableApplicationError("it broke", "JobFailed", nil)
	}, nil)
	require.ErrorContains(t, err, "it broke")
}

// A run that has not ended when it should have is told of, once.
func TestALauncherTellsThatItsRunIsLate(t *testing.T) {
	t.Parallel()
	a, w := answer("work-1"), newWorld()
	a.Late = slotAt.Add(time.Hour)
	g := &gate{answers: []job.Launch{a}}
	out, err := launch(t, g, w, nightly(), func(ctx workflow.Context, _ job.Request) (frame.Result, error) {
		return frame.Result{State: "done"}, workflow.Sleep(ctx, 3*time.Hour)
	}, nil)
	require.NoError(t, err)
	require.Equal(t, "done", out.State)
	require.Equal(t, []string{"work-1"}, g.late)
	require.Len(t, w.said, 1)
	require.Equal(t, "*nightly* should have ended today at 06:30 and still goes on.\nFollow it there.\n", w.last["1.0"])
	require.Contains(t, w.rows, "k/"+ledger.KindLate)

	g, w = &gate{answers: []job.Launch{a}}, newWorld()
	_, err = launch(t, g, w, nightly(), done, nil)
	require.NoError(t, err)
	require.Empty(t, w.said, "it ended in time")
}

// Times at which nothing ran are told by a launcher of their own: the run does not wait for the chat.
func TestALauncherTellsOfLostTimes(t *testing.T) {
	t.Parallel()
	a, w := answer("work-1"), newWorld()
	a.Lost = []job.LostTimes{{First: slotAt.Add(-3 * time.Hour), Last: slotAt.Add(-time.Hour), Count: 3, Why: job.LostAway, Next: slotAt.Add(24 * time.Hour)}}
	out, err := launch(t, &gate{answers: []job.Launch{a}}, w, nightly(), done, nil)
	require.NoError(t, err)
	require.Equal(t, "done", out.State)
	require.Equal(t, []string{"post nightly/lost/2026-11-23T01:30:00Z"}, w.said)

	w = newWorld()
	in := nightly()
	in.Lost = &a.Lost[0]
	_, err = launch(t, &gate{}, w, in, done, nil)
	require.NoError(t, err)
	require.Equal(t, "*nightly* did not run 3 times, from today at 02:30 to today at 04:30. Pawl was not there.\nIt runs next tomorrow at 05:30.\nTo run it now, type `schedule run nightly`.\n", w.last["1.0"])
}
