package slackbridge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// Whoever comes by another door is who they are in Slack, and nobody who may ask for nothing there may do so here.
func TestSomebodyByTheirAddress(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	d := w.bridge.Directory()
	a, no, passing := d.ByEmail("BOB@acme.test")
	require.Empty(t, no)
	require.False(t, passing)
	require.Equal(t, bob, a.ID)
	require.Equal(t, []string{"engineers", "oncall"}, a.Groups)
	_, no, _ = d.ByEmail("gus@acme.test")
	require.Contains(t, no, "not from guests")
	_, no, _ = d.ByEmail("nobody@acme.test")
	require.Contains(t, no, "Nobody in Slack has the address nobody@acme.test.")
	_, no, _ = d.ByEmail("")
	require.Contains(t, no, "Nobody in Slack has the address")
	yes := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{User: "bob", Guest: &yes}))
	w.eventually(func() bool { _, no, _ := d.ByEmail("bob@acme.test"); return no != "" }, "bob is a guest now")
	d.mu.Lock()
	d.book.At = time.Now().Add(-2 * time.Hour)
	d.mu.Unlock()
	_, no, passing = d.ByEmail("alice@acme.test")
	require.Contains(t, no, "I could not ask Slack for a while who is who")
	require.True(t, passing)
}
