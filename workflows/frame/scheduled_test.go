package frame_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// bySchedule makes a request that of a schedule.
func bySchedule(change ...func(*job.Request)) func(*job.Request) {
	return func(r *job.Request) {
		at := time.Date(2026, 11, 23, 5, 30, 0, 0, time.UTC)
		r.Due = job.Due{Schedule: "nightly", At: at, Next: at.Add(12 * time.Hour), Zone: "Europe/Prague"}
		r.Command.Actor = job.Actor{Kind: job.Schedule, ID: "nightly", Name: "nightly", Full: "schedule nightly", Groups: []string{"product"}}
		r.Command.Place = job.Place{Channel: "#ops"}
		for _, c := range change {
			c(r)
		}
	}
}

func TestAScheduledRunThatSucceedsIsOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, define(nil), w, bySchedule(), nil)
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"post board"}, w.said)
	require.Contains(t, w.last["1.0"], "*It is fresh")
	require.Contains(t, w.last["1.0"], "By the schedule nightly, due at 05:30. Next at 17:30.\nAs of second.\nNot what you wanted? `undo` it.\n")
}

func TestSomebodyHadAScheduleRunNow(t *testing.T) {
	t.Parallel()
	w := newWorld()
	startAs(t, define(nil), w, bySchedule(func(r *job.Request) { r.Due.By = "Alice" }), nil)
	require.Contains(t, w.last["1.0"], "Alice had the schedule nightly run now.\n")
}

// What goes wrong is said in the thread under the board, and to those the schedule acts for.
func TestAScheduledRunThatFailsSpeaksUnderItsBoard(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Lost}, nil }
	res := startAs(t, define(nil), w, bySchedule(), nil)
	require.Equal(t, "failed", res.State)
	require.Equal(t, []string{"post board", "post ask/1", "post result"}, w.said)
	require.Equal(t, []job.Place{{Channel: "#ops"}, {Channel: "#ops", Thread: "1.0"}, {Channel: "#ops", Thread: "1.0"}}, w.places)
	require.Contains(t, w.last["3.0"], "@product making it fresh stopped at step 1 (first).")
}

func TestAScheduledRunThatActsForNobodyCallsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Lost}, nil }
	startAs(t, define(nil), w, bySchedule(func(r *job.Request) { r.Command.Actor.Groups = nil }), nil)
	require.Contains(t, w.last["3.0"], "Making it fresh stopped at step 1 (first).")
}

// Where its channel is closed a scheduled run speaks where others are asked.
func TestAScheduledRunWhoseChannelIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fails = closedTo("place #releases")
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Lost}, nil }
	startAs(t, define(nil), w, bySchedule(func(r *job.Request) { r.Command.Place.Channel = "#releases" }), nil)
	require.Equal(t, []job.Place{{Channel: "#ops"}, {Channel: "#ops", Thread: "1.0"}, {Channel: "#ops", Thread: "1.0"}}, w.places)
}

func TestADeletedBoardOfAScheduledRunIsPostedAgainInTheChannel(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Lost}, nil }
	startAs(t, define(nil), w, bySchedule(), func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.fails = func(what string) error {
				if what == "edit 1.0" {
					return board.ErrGone
				}
				return nil
			}
		}, 30*time.Minute)
	})
	require.Equal(t, "post board/2", w.said[2])
	require.Equal(t, job.Place{Channel: "#ops"}, w.places[2])
	require.Equal(t, job.Place{Channel: "#ops", Thread: "3.0"}, w.places[3], "the last message stands under the new one")
}

func TestAScheduleAsksOthersInItsOwnName(t *testing.T) {
	t.Parallel()
	for by, want := range map[string][2]string{
		"":    {"The schedule nightly asks to *force restart shop master blue*", "One of @oncall agrees · until"},
		"Bob": {"Bob asks to *force restart shop master blue*", "One of @oncall agrees, not Bob · until"},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.sees = true
			var asking string
			res := startAs(t, restart(w, "all users"), w, func(r *job.Request) { asks(0)(r); bySchedule(func(r *job.Request) { r.Due.By = by })(r) }, func(env *testsuite.TestWorkflowEnvironment) {
				env.RegisterDelayedCallback(func() { w.mu.Lock(); asking = w.last["1.0"]; w.mu.Unlock() }, time.Minute)
				decide(env, 2*time.Minute, says("approve", "a", carol))
				granted(env, 3*time.Minute, "shop/master")
			})
			require.Equal(t, "done", res.State)
			require.Contains(t, w.asked[0], want[0])
			require.Contains(t, asking, want[1])
			require.Equal(t, string(board.Done), res.State)
		})
	}
}
