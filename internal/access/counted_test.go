package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/job"
)

func TestACommandThatCountsAsAnother(t *testing.T) {
	t.Parallel()
	rules := func(all ...access.Rule) access.Policy {
		for i := range all {
			all[i].Line = i + 1
		}
		return access.Policy{Rules: all}
	}
	may := func(who, command string) access.Rule { return access.Rule{Who: who, Command: command} }
	promote := []string{"promote shop staging to shop master because x", "deploy shop master"}
	petra := job.Actor{Groups: []string{"product"}}
	for name, c := range map[string]struct {
		policy access.Policy
		want   access.Decision
	}{
		"both": {
			rules(may("product", "promote shop staging"), may("product", "deploy shop master"), may("oncall", "promote"), may("oncall", "deploy"), may("leads", "deploy")),
			access.Decision{Allowed: true, Rule: "may.product line 1", Who: []string{"oncall", "product"}},
		},
		"not where to": {
			rules(may("product", "promote shop staging"), may("product", "deploy shop staging"), may("oncall", "deploy"), may("oncall", "promote")),
			access.Decision{Who: []string{"oncall"}},
		},
		"not from there": {
			rules(may("product", "deploy"), may("oncall", "promote"), may("everyone", "deploy")),
			access.Decision{Who: []string{"oncall"}},
		},
		"denied where to": {
			rules(may("product", "promote"), may("product", "deploy"), access.Rule{Who: access.Everyone, Command: "deploy shop master", Deny: true}),
			access.Decision{Rule: "may not.everyone line 3"},
		},
		"denied itself": {
			rules(may("product", "promote"), may("product", "deploy"), access.Rule{Who: "product", Command: "promote", Deny: true}),
			access.Decision{Rule: "may not.product line 3"},
		},
		"everyone": {
			rules(may("everyone", "promote"), may("product", "deploy")),
			access.Decision{Allowed: true, Rule: "may.everyone line 1", Who: []string{"product"}},
		},
		"nobody": {rules(), access.Decision{}},
	} {
		got := access.DecideAll(c.policy, petra, promote)
		if len(got.Who) == 0 {
			got.Who = nil
		}
		require.Equal(t, c.want, got, name)
	}
	require.Equal(t, access.Decision{}, access.DecideAll(rules(may("product", "deploy")), petra, nil))
}

func TestTheStrictestOfSeveralLines(t *testing.T) {
	t.Parallel()
	deploy := job.Approval{By: []string{"engineers", "oncall"}, Within: 2 * time.Hour, People: 1, Rule: "approve line 20"}
	promote := job.Approval{By: []string{"oncall", "leads"}, People: 2, Rule: "approve line 22"}
	require.Equal(t, job.Approval{By: []string{"oncall"}, Within: 2 * time.Hour, People: 2, Rule: "approve line 20, approve line 22"},
		access.Strictest([]job.Approval{{}, deploy, {}, promote}))
	require.Equal(t, deploy, access.Strictest([]job.Approval{{}, deploy, deploy}))
	require.Equal(t, []string{"engineers", "oncall"}, deploy.By, "the lines stay as they are")
	require.False(t, access.Strictest([]job.Approval{{}, {}}).Needed())

	none := access.Strictest([]job.Approval{deploy, {By: []string{"leads"}}})
	require.True(t, none.Needed(), "it is not as if nobody had to agree")
	require.True(t, access.Nobody(none))
	require.False(t, access.Nobody(deploy))
	require.False(t, access.Nobody(job.Approval{}))
}

func TestAScheduleThatPromotes(t *testing.T) {
	t.Parallel()
	nightly := job.Scheduled{Name: "nightly"}
	commands := []string{"promote shop staging to shop master", "deploy shop master"}
	_, d := access.Scheduled(access.Policy{}, nightly, commands...)
	require.Equal(t, access.Decision{Allowed: true, Rule: "schedules.nightly", Who: []string{access.Everyone}}, d, "its line allows all that it is")
	denied := access.Policy{Rules: []access.Rule{{Who: access.Everyone, Command: "deploy shop master", Deny: true, Line: 3}}}
	_, d = access.Scheduled(denied, nightly, commands...)
	require.False(t, d.Allowed)
	nightly.As = "product"
	_, d = access.Scheduled(access.Policy{Rules: []access.Rule{{Who: "product", Command: "promote"}}}, nightly, commands...)
	require.False(t, d.Allowed)
}
