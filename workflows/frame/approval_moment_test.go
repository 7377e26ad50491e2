package frame_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// A press in the moment in which the time is up: what the engine wrote down first counts. Both are there before the run
// looks, and neither order may depend on which of them the code asks about first.
func TestAPressInTheMomentOfTheDeadline(t *testing.T) {
	t.Parallel()
	const within = 15 * time.Minute
	for name, c := range map[string]struct {
		after time.Duration // when it is pressed, after the deadline
		state string
	}{
		"written down just before": {-time.Nanosecond, "done"},
		"written down just after":  {time.Nanosecond, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
				decide(env, within+c.after, says("approve", "a", carol))
				granted(env, within+time.Minute, "shop/master")
			})
			require.Equal(t, c.state, res.State)
			require.Contains(t, w.rows, "T:C:1/"+ledger.KindHeard("a"), "whoever pressed is answered by the run itself")
			require.Len(t, w.asked, 1)
			if c.state == "done" {
				require.Equal(t, []string{"do 1.0"}, w.ran)
				require.Contains(t, w.said, "whisper carol: Counted. I go ahead now: force restart shop master blue.")
				require.Regexp(t, `\*Approved by Carol, \d\d:\d\d\.\*`, w.last["2.0"])
				return
			}
			require.Empty(t, w.ran)
			require.Contains(t, w.said, "whisper carol: That was decided already: Nobody answered in time, so nothing was done.")
			require.Contains(t, w.last["2.0"], "*Nobody answered in time, so nothing was done.*")
		})
	}
}

// A press that arrives while the run tells that nobody answered is told so, and changes nothing.
func TestAPressAfterTheDeadlineIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["do"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Exited}, nil }
	late := 0
	res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
		w.edited = func(ts string) { // the question is being edited into its answer
			if ts == "2.0" && late == 0 {
				late++
				env.SignalWorkflow(job.SignalDecide, says("approve", "late", carol))
				env.SignalWorkflow(job.SignalDecide, says("deny", "later", on("U5", "Eve")))
			}
		}
	})
	require.Equal(t, "expired", res.State)
	require.Equal(t, 1, late)
	require.Empty(t, w.ran)
	require.Contains(t, w.said, "whisper carol: That was decided already: Nobody answered in time, so nothing was done.")
	require.Contains(t, w.said, "whisper eve: That was decided already: Nobody answered in time, so nothing was done.")
}

// What people decide while no worker is up is read in one go. The first of two counts, and whoever was second is told so.
func TestTwoDecisionsThatAreReadTogether(t *testing.T) {
	t.Parallel()
	withdraw := job.Decision{Choice: job.CancelChoice, Key: "w", Actor: bob}
	approve, approveToo := says("approve", "a", carol), says("approve", "b", on("U5", "Eve"))
	for name, c := range map[string]struct {
		first, second       job.Decision
		state, answer, told string
		board               string
		ran                 []string
	}{
		"withdrawn, then approved": {
			first: withdraw, second: approve, state: "cancelled", answer: `\*Withdrawn by Bob at \d\d:\d\d\.\*`,
			told: "whisper carol: Bob took it back; nothing is done.", board: "*Withdrawn: force restart shop master blue. Nothing was done.*",
		},
		"approved, then withdrawn": {
			first: approve, second: withdraw, state: "cancelled", answer: `\*Approved by Carol, \d\d:\d\d\.\*`,
			told: "whisper carol: Counted. I go ahead now: force restart shop master blue.", board: "*Cancelled: force restart shop master blue",
		},
		"denied, then withdrawn": {
			first: says("deny", "d", carol), second: withdraw, state: "denied", answer: `\*Denied by Carol at \d\d:\d\d\.\*`,
			told: "whisper carol: Counted. It will not be done; Bob is told.", board: "*Force restart shop master blue: denied, nothing was done*",
		},
		"approved twice": {
			first: approve, second: approveToo, state: "done", answer: `\*Approved by Carol, \d\d:\d\d\.\*`,
			told: "whisper eve: That was decided already: Approved by Carol, ", board: "*shop master blue is back", ran: []string{"do 1.0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			res := startAs(t, restart(w, "all users"), w, asks(0), func(env *testsuite.TestWorkflowEnvironment) {
				env.RegisterDelayedCallback(func() {
					env.SignalWorkflowSkippingWorkflowTask(job.SignalDecide, c.first)
					env.SignalWorkflow(job.SignalDecide, c.second)
				}, time.Minute)
				granted(env, 2*time.Minute, "shop/master")
			})
			require.Equal(t, c.state, res.State)
			require.Equal(t, c.ran, w.ran)
			require.Regexp(t, c.answer, w.last["2.0"])
			require.True(t, hasPrefix(w.said, c.told), w.said)
			require.Contains(t, w.last["1.0"], c.board)
		})
	}
}

// The same for a question to the person who asked: there is something to clean up.
func TestAnAnswerThatIsReadTogetherWithACancel(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.scripts["first"] = func(job.Process) (job.Progress, error) { return job.Progress{State: job.Exited, Exit: 1}, nil }
	eve := on("U5", "Eve")
	res := start(t, define(nil), w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			env.SignalWorkflowSkippingWorkflowTask(job.SignalDecide, job.Decision{Choice: job.CancelChoice, Key: "c", Actor: alice})
			env.SignalWorkflow(job.SignalDecide, job.Decision{Choice: "retry", Key: "r", Actor: eve, Ask: 1})
		}, time.Minute)
	})
	require.Equal(t, "cancelled", res.State)
	require.Equal(t, []string{"first 1.0", "tidy 2.0"}, w.ran)
	require.Contains(t, w.said, "whisper eve: Alice has stopped it already; it is being cleaned up.")
	require.Contains(t, w.last["2.0"], "*Alice cancelled.*")
}
