package frame_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

const anything = mock.Anything

func TestARunThatSucceedsIsTwoMessages(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := start(t, define(nil), w, nil)
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"post board", "post result", "whisper alice: Connect with `psql`.", "react white_check_mark"}, w.said)
	require.Equal(t, []string{"first 1.0", "second 2.0"}, w.ran)
	require.Contains(t, w.last["1.0"], "*It is fresh")
	require.Contains(t, w.last["1.0"], "[done] First · first is done\n[done] Second · second is done\n")
	require.NotContains(t, w.last["1.0"], "Cancel")
	require.Equal(t, "@Alice it is fresh: as of second.\nNot what you wanted? `undo` it.\n", w.last["2.0"])
	require.Contains(t, w.rows, "T:C:1/"+ledger.KindOutcome)
}

func TestAStepThatFailsAsksAndRetryIsANewProcess(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(p job.Process) (job.Progress, error) {
		if p.Ask == 0 {
			return job.Progress{State: job.Exited, Exit: 1, Problem: "The toy server has 0.9 GB free and the restore needs 1.8 GB.", Tail: []string{"toys: df /srv: 98 % used"}}, nil
		}
		return job.Progress{State: job.Exited}, nil
	}
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1}) // delivered twice
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"first 1.0", "first 1.1", "second 2.0"}, w.ran)
	require.Equal(t, []string{"post board", "post ask/1", "post result", "whisper alice: Connect with `psql`.", "react white_check_mark"}, w.said)
	require.Contains(t, w.last["2.0"], "The toy server has 0.9 GB free and the restore needs 1.8 GB. *Alice tries again.*")
	require.Contains(t, w.rows, "T:C:1/"+ledger.KindWaiting(1))
	require.Contains(t, w.rows, "T:C:1/"+ledger.KindWorking(1))
}

func TestALongLogIsThereToRead(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(p job.Process) (job.Progress, error) {
		return job.Progress{State: job.Exited, Exit: 1 - p.Ask, Tail: []string{"the end"}, Lines: 214}, nil
	}
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"post board", "post ask/1", "file first.log in C: first.log, 214 lines, on toys: all first said in step 1", "post result"}, w.said[:4])
	require.Contains(t, w.rows, "T:C:1/"+ledger.KindFile(1))
}

func TestAQuestionStandsUnderItsBoard(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.refuses = 2
	w.scripts["first"] = func(p job.Process) (job.Progress, error) {
		return job.Progress{State: job.Exited, Exit: 1 - p.Ask}, nil
	}
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 10*time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "click-1", Ask: 1})
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"post board", "post ask/1"}, w.said[:2])
}

func TestACancelDoesNotWaitForTheBoard(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.refuses = 20
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Exited, Exit: 1}, nil }
	var ran []string
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Second, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "x"})
		env.RegisterDelayedCallback(func() { w.mu.Lock(); ran = append(ran, w.ran...); w.mu.Unlock() }, 10*time.Second)
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"first 1.0", "tidy 2.0"}, ran, "cleaned up although nothing could be said yet")
	require.NotContains(t, w.said, "post ask/1")
}

func TestNobodyAnswersInTime(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Lost}, nil }
	res := start(t, define(nil), w, nil)
	require.Equal(t, "failed", res.State)
	require.Equal(t, []string{"first 1.0", "tidy 2.0"}, w.ran, "what it left behind is taken away")
	require.Contains(t, w.last["2.0"], "*Nobody answered in time, so it was stopped.*")
	require.Contains(t, w.last["1.0"], "*Stopped at step 1 of 2: ")
	require.Contains(t, w.last["1.0"], "[failed] First · failed\n[not done] Second · not done\n")
	require.Equal(t, "react x", w.said[len(w.said)-1])
}

func TestALateAnswerIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	fails := 0
	w.scripts["first"] = func(job.Process) (job.Progress, error) {
		fails++
		if fails < 3 {
			return job.Progress{State: job.Exited, Exit: 2}, nil
		}
		return job.Progress{State: job.Exited}, nil
	}
	bob := job.Actor{Kind: job.SlackUser, ID: "U2", Name: "bob", Full: "Bob"}
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, job.Decision{Choice: "retry", Actor: alice, Key: "a", Ask: 1})
		decide(env, 2*time.Minute, job.Decision{Choice: "stop", Actor: bob, Key: "b", Ask: 1}) // of the question before
		decide(env, 3*time.Minute, job.Decision{Choice: "dance", Actor: bob, Key: "c", Ask: 2})
		decide(env, 4*time.Minute, job.Decision{Choice: "retry", Actor: bob, Key: "d"})
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, w.said, "whisper bob: That was decided already: Alice tries again.")
	require.Contains(t, w.said, "whisper bob: The question here is answered with `retry` or `stop`.")
	require.Equal(t, []string{"first 1.0", "first 1.1", "first 1.2", "second 2.0"}, w.ran)
}

func TestCancelStopsTheScriptAndConfirms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.hangs = "first"
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
			if info.ActivityType.Name == "RunScript" && info.ActivityID == "step/1/0/0" {
				env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "x"})
			}
		})
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"first"}, w.stopped)
	require.Contains(t, w.last["1.0"], ". The old one works as before.*")
	require.Contains(t, w.last["2.0"], "as you asked")
}

func TestLanesAreTakenInOrderAndReleased(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d := define(func(j *frame.Job[frame.Nothing, plan]) { j.Lanes = twoLanes })
	var waiting string
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			env.SignalWorkflow(job.SignalLane, job.LaneWord{Word: job.LanePlace, Lane: "toy/alice", Now: []string{"Bob", "Eve"}, Before: []string{"Carol"}})
		}, time.Second)
		env.RegisterDelayedCallback(func() { w.mu.Lock(); waiting = w.last["1.0"]; w.mu.Unlock() }, time.Minute)
		granted(env, 10*time.Minute, "toy/alice")
		granted(env, 11*time.Minute, "toy/server")
	})
	require.Equal(t, "done", res.State)
	require.Contains(t, waiting, "*Waiting for your turn* · Bob and Eve are at work now, Carol is before you.")
	require.Contains(t, waiting, "[ Don't wait ]")
	require.Equal(t, job.LaneAsk+" toy/alice", w.lanes[0].Word+" "+w.lanes[0].Lane)
	require.Equal(t, "toy/server", w.lanes[len(w.lanes)-1].Lane)
	require.Greater(t, len(w.lanes), 3, "an unanswered request is repeated")
	require.Equal(t, []string{"lane/toy/alice release", "lane/toy/server release"}, w.released)
}

func TestNotWaitingLeavesTheLane(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d := define(func(j *frame.Job[frame.Nothing, plan]) { j.Lanes = twoLanes })
	res := start(t, d, w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, time.Minute, job.Decision{Choice: job.CancelChoice, Actor: alice, Key: "x"})
	})
	require.Equal(t, "cancelled", res.State)
	require.Empty(t, w.ran)
	require.Contains(t, w.released, "lane/toy/alice leave")
}

func TestARefusalIsOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d := define(func(j *frame.Job[frame.Nothing, plan]) { j.Plan = refuse })
	res := start(t, d, w, nil)
	require.Equal(t, "refused", res.State)
	require.Equal(t, []string{"post board", "react x"}, w.said)
	require.Contains(t, w.last["1.0"], "blue serves users right now.")
	require.Empty(t, w.ran)
}

func TestAScriptCanRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["second"] = func(job.Process) (job.Progress, error) {
		return job.Progress{State: job.Exited, Exit: 1, Problem: "There is no previous one to go back to.", Refused: true}, nil
	}
	res := start(t, define(nil), w, nil)
	require.Equal(t, "refused", res.State)
	require.Equal(t, []string{"post board", "react x"}, w.said, "nobody is asked what nobody can mend")
	require.Contains(t, w.last["1.0"], "There is no previous one to go back to.")
	require.Equal(t, []string{"first 1.0", "second 2.0", "tidy 3.0"}, w.ran, "what an earlier step left behind is taken away")
}

func refuse(frame.View, frame.Nothing) (plan, error) {
	return plan{}, frame.Refuse("%s serves users right now.", "blue")
}

func TestADeletedBoardIsPostedAgainOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.gone = true
	start(t, define(nil), w, nil)
	require.Contains(t, w.said, "post board/2")
}
