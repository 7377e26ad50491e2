package frame_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

func scriptOf(name string) job.Script {
	return job.Script{Name: name, Host: job.Host{Name: "h", Address: "h:22"}}
}

// putRight is a job that puts right what its second step left behind.
func putRight() frame.Definition {
	return define(func(j *frame.Job[frame.Nothing, plan]) {
		j.Run = func(f *frame.F, _ plan) error {
			err := f.Do(
				frame.Script("Start it", scriptOf("start"), frame.Final),
				frame.Script("Move users", scriptOf("move"), frame.Atomic, frame.Final),
				frame.Script("Watch it", scriptOf("watch"), frame.Final),
				frame.Script("Tidy", scriptOf("tidy")),
			)
			switch {
			case err == nil:
				return nil
			case !f.Begun("Move users"):
				return frame.Ends(err, frame.End{Title: "Stopped. Users never saw it.", Means: "Nothing is broken.", Again: true})
			}
			if back := f.Rescue(frame.Script("Move users back", scriptOf("back"), frame.Atomic)); back != nil {
				return back
			}
			return frame.Ends(err, frame.End{Title: "Taken back", Means: "Users are where they were."})
		}
	})
}

func TestAFinalStepEndsTheRunWithoutAQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["start"] = fails(1)
	res := start(t, putRight(), w, nil)
	require.Equal(t, "failed", res.State)
	require.Empty(t, w.asked)
	require.Equal(t, []string{"start 1.0"}, w.ran)
	require.Contains(t, w.last["1.0"], "*Stopped. Users never saw it.*")
	require.Contains(t, w.last["1.0"], "[failed] Start it · the disk is full\n[not done] Move users")
	result := w.last[w.posted[lastKey(w, "/result")].TS]
	require.Contains(t, result, "stopped. Users never saw it. Nothing is broken. The disk is full.")
	require.Contains(t, result, "[ Try again ]")
}

func TestWhatWentWrongIsPutRight(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["watch"] = fails(1)
	res := start(t, putRight(), w, nil)
	require.Equal(t, "failed", res.State)
	require.Empty(t, w.asked)
	require.Equal(t, []string{"start 1.0", "move 2.0", "watch 3.0", "back 4.0"}, w.ran)
	require.Contains(t, w.last["1.0"], "[failed] Watch it · the disk is full\n[not done] Tidy · not done\n[done] Move users back")
	require.Contains(t, w.last[w.posted[lastKey(w, "/result")].TS], "taken back. Users are where they were. The disk is full.")
}

// A cancel leads to the same, and a second one does not stop what puts the world right.
func TestACancelIsPutRightAndThatIsNotCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.hangs = "watch"
	res := start(t, putRight(), w, func(env *testsuite.TestWorkflowEnvironment) {
		w.scripts["back"] = func(job.Process) (job.Progress, error) {
			env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "c2"})
			return job.Progress{State: job.Exited}, nil
		}
		when(env, "RunScript", "step/3/0/0", func() {
			env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "c1"})
		})
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"watch"}, w.stopped)
	// The watch is cut in the moment it begins, so that it may be noted after what is done then.
	require.ElementsMatch(t, []string{"start 1.0", "move 2.0", "watch 3.0", "back 4.0"}, w.ran)
	shown := w.last[w.posted[lastKey(w, "/board")].TS] // what was told privately may have come before it
	require.Contains(t, shown, "*Taken back*")
	require.Contains(t, shown, "[cancelled] Watch it · cancelled\n[not done] Tidy · not done\n[done] Move users back")
	require.Contains(t, w.last[w.posted[lastKey(w, "/result")].TS], "taken back, as you asked. Users are where they were.")
}

// What must not happen twice and may have happened is put to a person, though the step is final.
func TestAnUnknownOutcomeIsAskedThoughTheStepIsFinal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		undone bool
		asked  int
	}{"unknown": {false, 1}, "nothing happened": {true, 0}} {
		w := newWorld()
		act := func(context.Context, string) (string, error) {
			return "", temporal.NewNonRetryableApplicationError("lb did not answer", activities.FaultType, nil, job.Fault{Class: job.FaultTheirs, Undone: c.undone})
		}
		d := define(func(j *frame.Job[frame.Nothing, plan]) {
			j.Run = func(f *frame.F, _ plan) error {
				return f.Do(frame.Work("Move users", w.Move, "", frame.Once, frame.Final))
			}
		})
		res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.OnActivity("Move", anything, anything).Return(act)
		})
		require.Equal(t, "failed", res.State, name)
		require.Len(t, w.asked, c.asked, name)
	}
}

func TestAScriptThatSaysHowItEndedIsNoUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ended job.Progress
		asked int
	}{
		"it ended":   {job.Progress{State: job.Exited, Exit: 1, Problem: "The new green ended right after its start."}, 0},
		"it is gone": {job.Progress{State: job.Lost}, 1},
	} {
		w := newWorld()
		w.scripts["start"] = func(job.Process) (job.Progress, error) { return c.ended, nil }
		d := define(func(j *frame.Job[frame.Nothing, plan]) {
			j.Run = func(f *frame.F, _ plan) error {
				return f.Do(frame.Script("Start it", scriptOf("start"), frame.Once, frame.Final))
			}
		})
		res := start(t, d, w, nil)
		require.Equal(t, "failed", res.State, name)
		require.Len(t, w.asked, c.asked, name)
	}
}

// Move is an activity that tests replace.
func (w *world) Move(context.Context, string) (string, error) { return "", nil }

func TestAStepIsMadeFromWhatTheOnesBeforeItFoundOut(t *testing.T) {
	t.Parallel()
	w := newWorld()
	order := []string{}
	d := define(func(j *frame.Job[frame.Nothing, plan]) {
		j.Run = func(f *frame.F, _ plan) error {
			return f.Do(
				frame.Script("First", scriptOf("first"), frame.Then(func() { order = append(order, "then "+f.Result("of")) })),
				frame.Later("Second", func() frame.Step {
					order = append(order, "made")
					return frame.Script("", scriptOf("after-"+f.Result("of")))
				}),
			)
		}
	})
	res := start(t, d, w, nil)
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"first 1.0", "after-first 2.0"}, w.ran)
	require.Equal(t, []string{"then first", "made"}, order)
	require.Contains(t, w.last["1.0"], "[done] Second · after-first is done")
}

func TestWhatMakesNoSenseWithoutAStepIsLeftOutWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["start"] = fails(1)
	d := define(func(j *frame.Job[frame.Nothing, plan]) {
		j.Run = func(f *frame.F, _ plan) error {
			return f.Do(
				frame.Script("Start it", scriptOf("start"), frame.Skippable),
				frame.Later("It is well", func() frame.Step { return frame.Script("", scriptOf("well")) }, frame.With("Start it")),
				frame.Script("Tidy", scriptOf("tidy"), frame.With("It is well")),
			)
		}
	})
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Second, job.Decision{Choice: "skip", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"start 1.0", "tidy 2.0"}, w.ran)
	require.Contains(t, w.last["1.0"], "[not done] It is well · not done\n[done] Tidy")
}
