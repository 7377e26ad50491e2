package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Behind `plan`, and only there, a word may stand for the whole name of a command, also when it is a look by itself.
func TestAShortNameBehindPlan(t *testing.T) {
	t.Parallel()
	which := []job.Param{{Name: "sync", Type: "text"}}
	p := words.New([]job.Spec{
		{Name: "sync run", Short: "sync", Params: which},
		{Name: "sync pause", Params: which},
		{Name: "sync", Look: true, Params: []job.Param{{Name: "sync", Type: "text", Optional: true}}},
	})
	for typed, want := range map[string]string{
		"plan sync deals":       "sync run deals",
		"plan sync run deals":   "sync run deals",
		"Plan: Sync deals.":     "sync run deals",
		"plan plan sync deals":  "sync run deals",
		"plan sync pause deals": "sync pause deals",
	} {
		c, ok := p.Parse(typed, words.Context{Direct: true}).(words.Command)
		require.True(t, ok, typed)
		require.True(t, c.Plan, typed)
		require.Equal(t, "plan "+want, c.Text, typed)
	}
	r, ok := p.Parse("plan sync", words.Context{Direct: true}).(words.Reply)
	require.True(t, ok)
	require.Contains(t, r.Text, "sync run", "it asks which one")
	c, ok := p.Parse("sync deals", words.Context{Direct: true}).(words.Command)
	require.True(t, ok)
	require.Equal(t, "sync", c.Name, "without plan it is what it is")
}
