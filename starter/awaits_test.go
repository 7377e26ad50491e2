package starter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// awaited are the numbers of the questions of the run that wait for somebody.
func (d *door) awaited(t *testing.T, id string, a job.Actor) (asks []int) {
	t.Helper()
	r, known, err := d.ledger.Run(t.Context(), id)
	require.NoError(t, err)
	require.True(t, known)
	waits, err := d.Awaits(t.Context(), r, a)
	require.NoError(t, err)
	for _, w := range waits {
		asks = append(asks, w.Ask)
	}
	return asks
}

func TestAQuestionWaitsForWhomItIsFor(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	require.Equal(t, []int{1}, d.awaited(t, id, alice))
	require.Equal(t, []int{1}, d.awaited(t, id, bob), "engineers answer for others")
	require.Empty(t, d.awaited(t, id, job.Actor{Kind: job.SlackUser, ID: "U99", Name: "sam"}), "it is not Sam's to say")
	require.True(t, d.Decide(t.Context(), decision("retry", 1, alice, "press")).Counted)
	require.Empty(t, d.awaited(t, id, alice), "she has answered")
	d.asks(t, 2)
	require.Equal(t, []int{2}, d.awaited(t, id, alice), "the next one waits again")
	d.says(t, ledger.KindWorking(2), nil)
	d.says(t, ledger.KindWorking(1), nil)
	require.Empty(t, d.awaited(t, id, alice), "the run goes on")
}

func TestWhatAwaitsGivesIsWhatDecideCounts(t *testing.T) {
	t.Parallel()
	d, run := approving(t)
	for _, who := range []job.Actor{alice, bob, carol} {
		waits := len(d.awaited(t, run, who)) > 0
		counted := d.Decide(t.Context(), job.Decision{Run: run, Ask: 1, Choice: "approve", Actor: who, Key: job.Key("press of " + who.Name)}).Counted
		require.Equal(t, counted, waits, "%s", who.Name)
	}
}

func TestAgainIsForWhoMayAskForIt(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	r, _, err := d.ledger.Run(t.Context(), id)
	require.NoError(t, err)
	require.True(t, d.MayAgain(bob, r))
	require.False(t, d.MayAgain(job.Actor{Kind: job.SlackUser, ID: "U99", Name: "sam"}, r))
	r.Job = "was removed"
	require.False(t, d.MayAgain(bob, r), "nobody may ask for what is gone")
}
