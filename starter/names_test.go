package starter_test

import (
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/starter"
)

// A door need not be Slack, which hands over canonical names: rules are held against what the words mean.
func TestRulesAreAboutThingsHoweverTheyAreNamed(t *testing.T) {
	t.Parallel()
	name := func(s string) inventory.Name { return inventory.Name{Text: s} }
	v, wrong := inventory.New([]inventory.App{{Name: name("shop"), Also: []inventory.Name{name("roi hunter")}, Environments: []inventory.Environment{{
		Name: name("master"), Instances: []inventory.Instance{
			{Name: name("blue"), Job: job.Instance{App: "shop", Environment: "master", Name: "blue"}},
			{Name: name("green"), Job: job.Instance{App: "shop", Environment: "master", Name: "green"}},
		},
	}}}})
	require.Empty(t, wrong)
	var asked []string
	d := newDoor(t, ample)
	s := starter.New(starter.Options{
		Ledger: d.ledger, Names: v, Log: zerolog.Nop(),
		Specs: []job.Spec{{Name: "restart", Params: []job.Param{{Name: "instance", Type: job.TypeInstance}}}},
		Policy: func() (access.Policy, string) {
			return policy(access.Rule{Who: "engineers", Command: "restart"},
				access.Rule{Who: "engineers", Command: "restart shop master blue", Deny: true, Line: 7}), "hash"
		},
		Approval: func(command string) job.Approval {
			asked = append(asked, command)
			return job.Approval{}
		},
	})
	for said, verdict := range map[string]job.Verdict{
		"shop master blue": job.Refused, "Blue MASTER": job.Refused, "roi hunter blue": job.Refused, "green": job.NotNow,
	} {
		c := restart(job.Key("m-"+said), bob, said)
		require.Equal(t, verdict, s.Start(t.Context(), c).Verdict, said)
	}
	require.Subset(t, []string{"restart shop master green"}, asked)
}
