package frame_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// closedTo makes a chat in which these deeds find no place.
func closedTo(deeds ...string) func(string) error {
	return func(what string) error {
		for _, d := range deeds {
			if what == d {
				return board.ErrNoPlace
			}
		}
		return nil
	}
}

// Where the channel is closed in which others are asked, they are asked in the thread, and the board says so.
func TestOthersAreAskedInTheThreadWhenTheirChannelIsClosed(t *testing.T) {
	t.Parallel()
	for _, closed := range []string{"place #ops", "post ask/1 in #ops"} {
		t.Run(closed, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.fails = closedTo(closed)
			var asking string
			res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
				env.RegisterDelayedCallback(func() { w.mu.Lock(); asking = w.last["1.0"]; w.mu.Unlock() }, time.Minute)
				decide(env, 2*time.Minute, says("approve", "a", carol))
				granted(env, 3*time.Minute, "shop/master")
			})
			require.Equal(t, "done", res.State)
			require.Len(t, w.asked, 1)
			require.True(t, strings.HasPrefix(w.asked[0], "C: "), w.asked[0])
			require.Regexp(t, `One of @oncall agrees, not Bob · until \d\d:\d\d, asked here: I cannot write in #ops\n`, asking)
		})
	}
}

// Where there is no place at all, the run does not wait for people who were never asked.
func TestARunThatCanAskNobodyEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fails = closedTo("place #ops")
	res := startAs(t, restart(w, "all users"), w, func(r *job.Request) {
		asks(0)(r)
		r.Command.Place = job.Place{Channel: "DBOB", Thread: "1", Message: "1", Direct: true}
	}, func(env *testsuite.TestWorkflowEnvironment) {
		w.wrote = func(kind string) {
			if kind == ledger.KindWorking(1) { // somebody types it although they were not asked
				env.SignalWorkflow(job.SignalDecide, says("approve", "late", carol))
			}
		}
	})
	require.Equal(t, "refused", res.State)
	require.Less(t, res.Took, time.Minute)
	require.Empty(t, w.ran)
	require.Empty(t, w.asked, "least of all the person who asked for it")
	require.Contains(t, w.last["1.0"], "*Force restart shop master blue: nobody could be asked, nothing was done*")
	require.Contains(t, w.last["1.0"], "[not done] One of @oncall agrees, not Bob · nobody could be asked\n[not done] Restart blue")
	result := w.last[lastTS(w)]
	require.Contains(t, result, "@Bob nobody could be asked, so nothing was done: I cannot write in #ops, where @oncall would be asked: "+
		"I am not in it, or it is archived. Invite me there, then ask again.\n")
	require.Contains(t, result, "[ Ask again ]")
	require.Contains(t, result, "`again`")
	require.Contains(t, w.said, "whisper carol: That was decided already: Nobody could be asked, so nothing was done.")
	require.Contains(t, w.order, ledger.KindWorking(1), "nobody is waited for any more")
}

// A run goes on when it is decided, however long the chat or the ledger take to hear of it.
func TestARunDoesNotWaitForItsQuestionToBeEdited(t *testing.T) {
	t.Parallel()
	for _, stuck := range []string{"edit 2.0", "row working/1", "row question/1"} {
		t.Run(stuck, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			var began, mended, agreed time.Time
			res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
				agreed = env.Now().Add(time.Minute)
				mended = agreed.Add(50 * time.Second) // the test environment tries ten times
				w.scripts["do"] = func(job.Process) (job.Progress, error) {
					began = env.Now()
					return job.Progress{State: job.Exited, Done: "do is done"}, nil
				}
				w.fails = func(what string) error {
					if what == stuck && env.Now().Before(mended) {
						return errors.New("no answer")
					}
					return nil
				}
				decide(env, time.Minute, says("approve", "a", carol))
				granted(env, time.Minute+time.Second, "shop/master")
				granted(env, time.Hour, "shop/master") // for a run that waits all the same
			})
			require.Equal(t, "done", res.State)
			require.WithinDuration(t, agreed, began, 10*time.Second)
			require.Regexp(t, `\*Approved by Carol, \d\d:\d\d\.\*`, w.last["2.0"], "the question says it in the end")
			working, outcome := indexOf(w.order, ledger.KindWorking(1)), indexOf(w.order, ledger.KindOutcome)
			require.NotEqual(t, -1, working)
			require.Less(t, working, outcome, "nobody is waited for any more before it is over: %v", w.order)
		})
	}
}

func indexOf(list []string, want string) int {
	for i, s := range list {
		if s == want {
			return i
		}
	}
	return -1
}
