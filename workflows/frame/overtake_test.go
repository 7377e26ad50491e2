package frame_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// overtakes asks for the lane as what puts an emergency right.
func (w *laneWorld) overtakes(after time.Duration, run string) {
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(job.SignalLane, job.LaneWord{Word: job.LaneAsk, Lane: "shop/master", Run: run, First: run + "-first", Who: run, Capacity: 1, Overtakes: true})
	}, after)
}

func TestWhoOvertakesGoesFirstAndTheHolderGivesWay(t *testing.T) {
	t.Parallel()
	w := newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(48 * time.Hour).Maybe()
	w.say(1*time.Second, job.LaneAsk, "deploy", 1)
	w.say(2*time.Second, job.LaneAsk, "second", 1)
	w.overtakes(3*time.Second, "rollback")
	w.overtakes(4*time.Second, "rollback") // asked again: the holder is not told twice
	w.overtakes(5*time.Second, "steal")
	w.say(10*time.Second, job.LaneRelease, "deploy", 0)
	w.say(20*time.Second, job.LaneRelease, "rollback", 0)
	w.run(job.LaneState{Name: "shop/master", Capacity: 1, Timers: job.Timers{Heartbeat: time.Second}})
	require.Equal(t, []string{
		"1s granted deploy",
		"2s place second now [deploy] before []",
		"3s yield deploy",
		"3s place rollback now [deploy] before []",
		"3s place second now [deploy] before [rollback]",
		"4s place rollback now [deploy] before []",
		"5s place steal now [deploy] before [rollback]",
		"5s place second now [deploy] before [rollback steal]",
		"10s granted rollback",
		"10s place steal now [rollback] before []",
		"10s place second now [rollback] before [steal]",
		"20s granted steal",
		"20s place second now [steal] before []",
	}, w.told, "who overtook is not overtaken")
}

func TestARunThatIsOvertakenCleansUpAndSaysForWhom(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.hangs = "first"
	d := define(func(j *frame.Job[frame.Nothing, plan]) {
		j.Lanes = func(plan) []frame.Lane { return []frame.Lane{{Name: "shop/master"}} }
	})
	yield := job.LaneWord{Word: job.LaneYield, Lane: "shop/master", By: "rollback-3x9q7d", Who: "Bob"}
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		granted(env, time.Minute, "shop/master")
		when(env, "RunScript", "", func() {
			env.SignalWorkflow(job.SignalLane, yield)
			env.SignalWorkflow(job.SignalLane, yield)
		})
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"first"}, w.stopped)
	require.Contains(t, w.ran, "tidy 2.0", "what was begun is cleaned up")
	require.Contains(t, w.last[w.posted[lastKey(w, "/result")].TS], "cancelled at step 1 (first) by Bob")
	require.Equal(t, []string{"lane/shop/master release"}, w.released)
}

func TestARunThatOvertakesSaysSoToTheLane(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d := define(func(j *frame.Job[frame.Nothing, plan]) {
		j.Overtakes, j.Lanes = true, func(plan) []frame.Lane { return []frame.Lane{{Name: "shop/master"}} }
	})
	var stood string
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			env.SignalWorkflow(job.SignalLane, job.LaneWord{Word: job.LanePlace, Lane: "shop/master", Now: []string{"Petra"}})
		}, time.Minute)
		env.RegisterDelayedCallback(func() { stood = boardOf(t, env) }, 2*time.Minute)
		granted(env, 3*time.Minute, "shop/master")
	})
	require.Equal(t, "done", res.State)
	require.True(t, w.lanes[0].Overtakes)
	require.Contains(t, stood, "I asked Petra to stop and give way.")
}

// boardOf is the board as whoever keeps it would find it.
func boardOf(t *testing.T, env *testsuite.TestWorkflowEnvironment) string {
	t.Helper()
	v, err := env.QueryWorkflow(job.QueryBoard)
	require.NoError(t, err)
	var b board.Board
	require.NoError(t, v.Get(&b))
	return b.Message(env.Now()).Plain()
}
