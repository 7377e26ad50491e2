package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/job"
)

// Who may look at something may not change it, whatever the two are called.
func TestALookAllowsNoJobThatBeginsLikeIt(t *testing.T) {
	t.Parallel()
	known := acme()
	known.Specs = append(known.Specs, job.Spec{Name: "feed", Look: true, Help: "look"}, job.Spec{Name: "feed history", Look: true, Help: "look"}, job.Spec{Name: "feed run", Help: "run", Params: []job.Param{{Name: "feed"}}})
	c, err := config.Load(write(t, t.TempDir(), strings.TrimSpace(`
people: {ops: "@ops"}
may: {everyone: [feed]}
may not: {ops: [feed]}
`)+"\n"), known)
	require.NoError(t, err)
	anybody, ops := job.Actor{ID: "U1"}, job.Actor{ID: "U2", Groups: []string{"ops"}}
	require.True(t, access.Decide(c.Policy, anybody, "feed").Allowed)
	require.True(t, access.Decide(c.Policy, anybody, "feed history deals").Allowed)
	require.False(t, access.Decide(c.Policy, anybody, "feed run deals").Allowed)
	require.False(t, access.Any(c.Policy, anybody, "feed run"))
	require.NotEmpty(t, access.Decide(c.Policy, ops, "feed run deals").Rule, "what is denied is denied with everything that begins so")
}

func TestASyncThatNobodyMayRunHasNoTimes(t *testing.T) {
	t.Parallel()
	known := acme()
	known.Specs = append(known.Specs, job.Spec{Name: "sync run", Help: "run", Params: []job.Param{{Name: "sync"}}})
	_, err := config.Load(write(t, t.TempDir(), `people: {jana: jana@acme.test}
may not: {everyone: [sync run]}
syncs:
  deals: {say: a, from: {url: "http://a", records: .r, paging: none}, rows: {A: .a}, to: {file: a.csv}, channel: "#sales", owner: jana, when: daily at 6:00}
`), known)
	require.ErrorContains(t, err, "pawl.yaml:4:143: `syncs.deals.when`: `sync run deals` is denied by may not.everyone line 2")
}
