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
