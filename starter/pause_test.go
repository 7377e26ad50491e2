package starter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// While the door is paused everybody is told why, and nothing is left behind: the same command is a new one afterwards.
func TestAPausedDoorStartsAndDecidesNothing(t *testing.T) {
	t.Parallel()
	d, run := asking(t, time.Minute)
	before := len(d.openRuns(t))
	d.Pause("Pawl is paused.")
	c := toy("T1:C1:9.9", bob)
	started := d.Start(t.Context(), c)
	require.Equal(t, job.Started{Verdict: job.NotNow, Text: "Pawl is paused. Nothing was started."}, started)
	answer := d.Decide(t.Context(), decision("retry", 1, alice, "press"))
	require.Equal(t, job.Answer{Text: "Pawl is paused. It was not counted: answer again afterwards."}, answer)
	require.Empty(t, d.kinds(t, c.Key))
	require.Empty(t, d.engine.decisions(t, run))
	require.Len(t, d.openRuns(t), before)

	d.Resume()
	require.Equal(t, job.Accepted, d.Start(t.Context(), c).Verdict)
	require.True(t, d.Decide(t.Context(), decision("retry", 1, alice, "press")).Counted)
}
