package frame_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// laneWorld runs a lane with skipped time until it has been quiet for a day, and keeps what it told the runs.
type laneWorld struct {
	env  *testsuite.TestWorkflowEnvironment
	told []string        // "12s granted a", in order
	gone map[string]bool // runs that cannot be told any more

	meanwhile func() // happens once, while a run is told something
}

func newLaneWorld(t *testing.T, held ...job.LaneRun) *laneWorld {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	w := &laneWorld{env: suite.NewTestWorkflowEnvironment(), gone: map[string]bool{}}
	w.env.SetTestTimeout(2 * time.Minute)
	begin := w.env.Now()
	w.env.RegisterWorkflowWithOptions(frame.LaneWorkflow, workflow.RegisterOptions{Name: job.LaneWorkflow})
	w.env.RegisterActivity(&activities.Activities{})
	w.env.OnActivity("HoldersOf", anything, anything).Return(held, nil).Maybe()
	w.env.OnSignalExternalWorkflow(anything, anything, anything, job.SignalLane, anything).Return(
		func(_, id, _, _ string, arg any) error {
			if w.gone[id] {
				return fmt.Errorf("run %s has ended", id)
			}
			if w.meanwhile != nil {
				w.meanwhile()
				w.meanwhile = nil
			}
			word := arg.(job.LaneWord)
			line := fmt.Sprintf("%s %s %s", w.env.Now().Sub(begin).Round(time.Second), word.Word, id)
			if word.Word == job.LanePlace {
				line += fmt.Sprintf(" now %v before %v", word.Now, word.Before)
			}
			w.told = append(w.told, line)
			return nil
		}).Maybe()
	t.Cleanup(func() { require.NotEmpty(t, w.told) })
	return w
}

func (w *laneWorld) say(after time.Duration, word, run string, capacity int) {
	w.env.RegisterDelayedCallback(func() {
		w.env.SignalWorkflow(job.SignalLane, job.LaneWord{Word: word, Lane: "toy/server", Run: run, First: run + "-first", Who: run, Capacity: capacity})
	}, after)
}

// run ends the lane from outside after a day: a lane does not end by itself.
func (w *laneWorld) run(state job.LaneState) {
	w.env.RegisterDelayedCallback(w.env.CancelWorkflow, 24*time.Hour)
	w.env.ExecuteWorkflow(job.LaneWorkflow, state)
}

func TestALaneGrantsInOrderUpToItsCapacity(t *testing.T) {
	t.Parallel()
	state := job.LaneState{Name: "toy/server", Capacity: 2, Timers: job.Timers{Heartbeat: time.Second}}
	w := newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(time.Hour).Maybe()
	for i, run := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		w.say(time.Duration(i+1)*time.Second, job.LaneAsk, run, 2)
	}
	w.say(10*time.Second, job.LaneAsk, "c", 2) // repeated: its place is told again, it is not queued twice
	w.say(20*time.Second, job.LaneRelease, "a", 0)
	w.say(30*time.Second, job.LaneLeave, "e", 0)
	w.run(state)
	require.Equal(t, []string{
		"1s granted a", "2s granted b",
		"3s place c now [a b] before []",
		"4s place d now [a b] before [c]",
		"5s place e now [a b] before [c d]",
		"6s place f now [a b] before [c d e]",
		"7s place g now [a b] before [c d e ]",
		"10s place c now [a b] before []",
		"20s granted c",
		"20s place d now [b c] before []",
		"20s place e now [b c] before [d]",
		"20s place f now [b c] before [d e]",
		"20s place g now [b c] before [d e f]",
		"30s place f now [b c] before [d]",
		"30s place g now [b c] before [d f]",
	}, w.told[:15])
}

func TestALanePassesOnWhenItsHolderEndedWithoutAWord(t *testing.T) {
	t.Parallel()
	state := job.LaneState{Name: "toy/server", Timers: job.Timers{Heartbeat: time.Second}}
	w := newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, job.LaneRun{Run: "a", First: "a-first", Who: "a"}).Return(nil).After(time.Minute).Once()
	w.say(time.Second, job.LaneAsk, "a", 1)
	w.say(2*time.Second, job.LaneAsk, "b", 1)
	w.run(state)
	require.Equal(t, []string{"1s granted a", "2s place b now [a] before []", "1m2s granted b"}, w.told)
	w.env.AssertExpectations(t)
}

func TestARunThatIsGoneIsSkipped(t *testing.T) {
	t.Parallel()
	state := job.LaneState{Name: "toy/server", Timers: job.Timers{Heartbeat: time.Second}}
	w := newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(10 * time.Hour).Maybe()
	w.say(time.Second, job.LaneAsk, "a", 1)
	w.say(2*time.Second, job.LaneAsk, "b", 1)
	w.say(3*time.Second, job.LaneAsk, "c", 1)
	w.env.RegisterDelayedCallback(func() { w.gone["b"] = true }, 4*time.Second)
	w.say(5*time.Second, job.LaneRelease, "a", 0)
	w.run(state)
	require.Equal(t, "5s granted c", w.told[len(w.told)-1])
}

func TestALaneThatLostItsMemoryAsksWhoHoldsIt(t *testing.T) {
	t.Parallel()
	state := job.LaneState{Name: "toy/server", Timers: job.Timers{Heartbeat: time.Second}}
	w := newLaneWorld(t, job.LaneRun{Run: "z", First: "z-first", Who: "z"})
	w.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(10 * time.Minute).Maybe()
	w.say(time.Second, job.LaneAsk, "a", 1)
	w.run(state)
	require.Equal(t, []string{"1s place a now [z] before []", "10m1s granted a"}, w.told)
}

// A lane that carries on as new does what its memory asks for before it hears a word.
func TestALaneCarriesOnWithoutAWord(t *testing.T) {
	t.Parallel()
	a, b, c := job.LaneRun{Run: "a", First: "a-first", Who: "a"}, job.LaneRun{Run: "b", First: "b-first", Who: "b"}, job.LaneRun{Run: "c", First: "c-first", Who: "c"}
	state := job.LaneState{Name: "toy/server", Known: true, Capacity: 1, Timers: job.Timers{Heartbeat: time.Second}}

	free := state
	free.Queue = []job.LaneRun{b, c}
	w := newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(48 * time.Hour).Maybe()
	w.run(free)
	require.Equal(t, []string{"0s granted b", "0s place c now [b] before []"}, w.told)

	taken := state
	taken.Holders, taken.Queue = []job.LaneRun{a}, []job.LaneRun{b}
	w = newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, a).Return(nil).After(time.Minute).Once()
	w.run(taken)
	require.Equal(t, []string{"0s place b now [a] before []", "1m0s granted b"}, w.told)
	w.env.AssertExpectations(t)
}

// A turn that is given back while the lane carries on as new is passed on.
func TestAReleaseInTheMomentOfCarryingOnIsPassedOn(t *testing.T) {
	t.Parallel()
	state := job.LaneState{Name: "toy/server", Timers: job.Timers{Heartbeat: time.Second}}
	w := newLaneWorld(t)
	w.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(48 * time.Hour).Maybe()
	w.say(time.Second, job.LaneAsk, "a", 1)
	w.env.RegisterDelayedCallback(func() {
		w.env.SetContinueAsNewSuggested(true)
		// The lane tells b its place, and hears of a's end while it does.
		w.meanwhile = func() {
			w.env.SignalWorkflowSkippingWorkflowTask(job.SignalLane, job.LaneWord{Word: job.LaneRelease, Lane: "toy/server", Run: "a", First: "a-first"})
		}
		w.env.SignalWorkflow(job.SignalLane, job.LaneWord{Word: job.LaneAsk, Lane: "toy/server", Run: "b", First: "b-first", Who: "b"})
	}, 10*time.Second)
	w.env.ExecuteWorkflow(job.LaneWorkflow, state)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &next)
	var carried job.LaneState
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &carried))
	require.Empty(t, carried.Holders)
	require.Equal(t, []job.LaneRun{{Run: "b", First: "b-first", Who: "b"}}, carried.Queue)

	after := newLaneWorld(t)
	after.env.OnActivity("AwaitEnd", anything, anything).Return(nil).After(48 * time.Hour).Maybe()
	after.run(carried)
	require.Equal(t, []string{"0s granted b"}, after.told)
}
