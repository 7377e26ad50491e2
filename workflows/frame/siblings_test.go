package frame_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

func TestStepsTogetherAreAskedAboutOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["h1"], w.scripts["h3"] = fails(1), fails(1)
	s := hosts()
	group := frame.Together(frame.Script("One", s[0]), frame.Script("Two", s[1]), frame.Script("Three", s[2]))
	res := start(t, doing(group, frame.Script("After", s[3])), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
		decide(env, 20*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-2", Ask: 2})
	})
	require.Equal(t, "done", res.State)
	first, then := slices.Sorted(slices.Values(w.ran[:3])), w.ran[3:]
	require.Equal(t, []string{"h1 1.0", "h2 2.0", "h3 3.0"}, first)
	require.Len(t, then, 3)
	// The one that ended first is asked about first.
	require.Contains(t, [][]string{{"h1 1.1", "h3 3.2"}, {"h3 3.1", "h1 1.2"}}, then[:2])
	require.Equal(t, "h4 4.0", then[2])
	require.Len(t, w.asked, 2)
}

func TestTogetherIsCancelledTogether(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.hangs = "h1"
	s := hosts()
	cancelled := make(chan struct{})
	w.scripts["h2"] = func(p job.Process) (job.Progress, error) {
		<-cancelled // it fails because of it
		return fails(9)(p)
	}
	res := start(t, doing(frame.Together(frame.Script("One", s[0]), frame.Script("Two", s[1]))), w, func(env *testsuite.TestWorkflowEnvironment) {
		when(env, "RunScript", "step/1/0/0", func() { cancels(env)(); close(cancelled) })
	})
	require.Equal(t, "cancelled", res.State)
	require.Contains(t, w.stopped, "h1")
	require.Empty(t, w.asked)
	require.Contains(t, w.last["1.0"], "[cancelled] One")
	require.Contains(t, w.last["1.0"], "[cancelled] Two")
}

// What runs beside a step that asks goes on, and comes to its end while nobody has answered yet.
func TestSiblingsGoOnWhileOneAsks(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := hosts()
	asked := make(chan struct{})
	w.scripts["h1"] = fails(1)
	w.scripts["h2"] = func(job.Process) (job.Progress, error) {
		<-asked // it is at work until the other one has asked
		return job.Progress{State: job.Exited}, nil
	}
	var stood string
	res := start(t, doing(frame.Together(frame.Script("One", s[0]), frame.Script("Two", s[1])), frame.Script("After", s[2])), w, func(env *testsuite.TestWorkflowEnvironment) {
		when(env, "PostAsk", "", func() { close(asked) })
		env.RegisterDelayedCallback(func() { w.mu.Lock(); stood = w.last["1.0"]; w.mu.Unlock() }, 9*time.Minute)
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, stood, "[asking] One")
	require.Contains(t, stood, "[done] Two")
	require.Contains(t, stood, "[to come] After")
	require.Equal(t, []string{"h1 1.1", "h3 3.0"}, w.ran[2:])
	require.Len(t, w.asked, 1)
}

// One is tried again while the next question stands.
func TestATryAgainDoesNotKeepTheNextQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := hosts()
	second := make(chan struct{})
	again := func(p job.Process) (job.Progress, error) {
		if p.Ask > 0 {
			<-second // the other one has asked by then
		}
		return fails(1)(p)
	}
	w.scripts["h1"], w.scripts["h2"] = again, again
	res := start(t, doing(frame.Together(frame.Script("One", s[0]), frame.Script("Two", s[1]))), w, func(env *testsuite.TestWorkflowEnvironment) {
		var posts int
		env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
			if info.ActivityType.Name != "PostAsk" {
				return
			}
			if posts++; posts == 2 {
				close(second)
			}
		})
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
		decide(env, 20*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-2", Ask: 2})
	})
	require.Equal(t, "done", res.State)
	require.Len(t, w.asked, 2)
	require.Len(t, w.ran, 4)
}

// Who stops one step stops what runs beside it, and is told so when that is dead.
func TestAStopStopsTheSiblings(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := hosts()
	w.hangs = "h2"
	w.scripts["h1"] = fails(9)
	res := start(t, doing(frame.Together(frame.Script("One", s[0]), frame.Script("Two", s[1])), frame.Script("After", s[2])), w, func(env *testsuite.TestWorkflowEnvironment) {
		when(env, "PostAsk", "", func() {
			env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: "stop", Actor: alice, Key: "click-1", Ask: 1})
		})
	})
	require.Equal(t, "failed", res.State)
	require.Equal(t, []string{"h2"}, w.stopped)
	require.Contains(t, w.last["1.0"], "[failed] One")
	require.Contains(t, w.last["1.0"], "[cancelled] Two")
	require.Contains(t, w.last["1.0"], "[not done] After")
	require.NotContains(t, w.ran, "h3 3.0")
}

// A build that waits in Jenkins for an answer is ended with the others, although its question was not put yet: nobody would
// ever answer it.
func TestTheEndOfOneEndsABuildThatWaitsToAsk(t *testing.T) {
	t.Parallel()
	for choice, state := range map[string]string{"stop": "failed", job.CancelChoice: "cancelled"} {
		t.Run(choice, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			asked := make(chan struct{})
			w.scripts["h1"] = fails(9)
			b := &builds{follow: func(int, activities.BuildInput) activities.BuildSeen {
				<-asked // the script is asked about first
				return activities.BuildSeen{Input: &activities.BuildAsk{ID: "Go", Message: "Release to users?"}}
			}}
			var stood string
			group := frame.Together(frame.Script("One", hosts()[0]), frame.Build("Smoke test", activities.BuildInput{Job: "shop/smoke"}))
			res := start(t, doing(group), w, func(env *testsuite.TestWorkflowEnvironment) {
				b.mock(env)
				when(env, "PostAsk", "", func() { close(asked) })
				env.RegisterDelayedCallback(func() { w.mu.Lock(); stood = w.last["1.0"]; w.mu.Unlock() }, 9*time.Minute)
				decide(env, 10*time.Minute, job.Decision{Choice: choice, Actor: alice, Key: "click-1", Ask: 1})
			})
			require.Equal(t, state, res.State)
			require.Contains(t, stood, "[asking] Smoke test")
			require.Equal(t, []string{"fresh-k4m7q2.2.0"}, b.stopped)
			require.Empty(t, b.answers)
			require.Len(t, w.asked, 1)
			require.Contains(t, w.last["1.0"], "[cancelled] Smoke test · #7, stopped; it ended at 14:05")
		})
	}
}

// Of those that nobody was asked about, one failed by itself and one was cut: people can tell them apart, and read why.
func TestAStopDoesNotHideWhatFailedBeside(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := hosts()
	asked, four := make(chan struct{}), make(chan struct{})
	var told []string
	w.hangs = "h2"
	w.scripts["h1"] = fails(9)
	w.scripts["h3"] = func(p job.Process) (job.Progress, error) { <-asked; <-four; return fails(9)(p) }
	then := frame.Then(func() { told = append(told, "four") })
	res := start(t, doing(frame.Together(frame.Script("One", s[0]), frame.Script("Two", s[1]), frame.Script("Three", s[2]), frame.Script("Four", s[3], then))), w, func(env *testsuite.TestWorkflowEnvironment) {
		when(env, "PostAsk", "", func() { close(asked) })
		env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
			switch info.ActivityID {
			case "step/4/0/0":
				close(four)
			case "step/3/0/0":
				env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: "stop", Actor: alice, Key: "click-1", Ask: 1})
			}
		})
	})
	require.Equal(t, "failed", res.State)
	require.Contains(t, w.last["1.0"], "[failed] One")
	require.Contains(t, w.last["1.0"], "[cancelled] Two")
	require.Contains(t, w.last["1.0"], "[failed] Three · the disk is full\n")
	require.Contains(t, w.last["1.0"], "[done] Four")
	require.Equal(t, []string{"four"}, told, "what a step does once it is done is done")
}

func TestTogetherTakesSeveralAndNone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := hosts()
	inner := frame.Together(frame.Script("Two", s[1]), frame.Script("Three", s[2]))
	res := start(t, doing(frame.Together(), frame.Together(frame.Script("One", s[0]), inner, frame.Together()), frame.Script("After", s[3])), w, nil)
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"h1 1.0", "h2 2.0", "h3 3.0", "h4 4.0"}, slices.Sorted(slices.Values(w.ran)))
	for _, name := range []string{"One", "Two", "Three", "After"} {
		require.Contains(t, w.last["1.0"], "[done] "+name)
	}
}

func TestAStepMayBeCalledInAnyLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["h1"] = fails(9)
	res := start(t, doing(frame.Script("Überprüfen", hosts()[0])), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, job.Decision{Choice: "stop", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "failed", res.State)
	require.Contains(t, w.last["3.0"], "was stopped at step 1 (überprüfen)")
}
