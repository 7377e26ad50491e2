package frame_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// What arrives together with the last thing a run waits for is still read: whoever pressed is answered, and a lane that
// granted gets its turn back.
func TestWhatArrivesWithTheOutcomeIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d := define(func(j *frame.Job[frame.Nothing, plan]) { j.Lanes = twoLanes })
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		granted(env, time.Second, "toy/alice")
		granted(env, 2*time.Second, "toy/server")
		w.wrote = func(kind string) {
			switch kind {
			case ledger.KindOutcome:
				env.SignalWorkflowSkippingWorkflowTask(job.SignalDecide, job.Decision{Choice: job.CancelChoice, Key: "late", Actor: alice})
				env.SignalWorkflowSkippingWorkflowTask(job.SignalLane, job.LaneWord{Word: job.LaneGranted, Lane: "toy/alice"})
			case ledger.KindHeard("late"): // one more, while the first is answered
				env.SignalWorkflowSkippingWorkflowTask(job.SignalDecide, job.Decision{Choice: "retry", Key: "later", Actor: bob})
			}
		}
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, w.said, "whisper alice: That came too late: this run has ended.")
	require.Contains(t, w.said, "whisper bob: That came too late: this run has ended.")
	require.Contains(t, w.rows, "T:C:1/"+ledger.KindHeard("later"))
	require.Equal(t, []string{"lane/toy/alice release", "lane/toy/server release", "lane/toy/alice release"}, w.released)
}

// A run that gave its lanes back does not say that it holds them: not while it asks people again, not while it ends.
func TestWhatIsHeldIsWrittenDownAndTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, restart(w, "all users", "no users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, says("approve", "a", carol))
		granted(env, 2*time.Minute, "shop/master")
		env.RegisterDelayedCallback(func() { require.Equal(t, []string{"shop/master", ""}, w.held) }, 3*time.Minute)
		again := says("approve", "c", carol)
		again.Ask = 2
		decide(env, 5*time.Minute, again)
		granted(env, 6*time.Minute, "shop/master")
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"shop/master", "", "shop/master", ""}, w.held)
}
