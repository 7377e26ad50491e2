package starter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/job"
)

func carry(key job.Key, who job.Actor, from, to string) job.Command {
	c := toy(key, who)
	c.Name, c.Text, c.Args = "carry", "carry "+from+" to "+to, map[string]string{"from": from, "to": to}
	return c
}

// A command that counts as another needs what the other needs: here to carry something there is to restart what is there.
func TestWhatACommandCountsAsHoldsForItToo(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	d.setRules(access.Policy{Rules: []access.Rule{
		{Who: "engineers", Command: "carry", Line: 1},
		{Who: "engineers", Command: "force restart green", Line: 2},
		{Who: "oncall", Command: "carry", Line: 3},
		{Who: "oncall", Command: "force restart", Line: 4},
	}})
	s := d.Start(t.Context(), carry("1", eve, "green", "blue"))
	require.Equal(t, job.Refused, s.Verdict)
	require.Contains(t, s.Text, "is for @oncall")
	require.Empty(t, d.engine.ids())

	run := d.settled(t, carry("2", eve, "blue", "green"))
	var req job.Request
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(d.engine.started(t, run.ID).GetInput(), &req))
	require.Equal(t, job.Approval{By: []string{"oncall"}, Within: 15 * time.Minute, Rule: "approve line 31"}, req.Approve)
}
