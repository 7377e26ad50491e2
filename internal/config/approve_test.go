package config_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// always is acme with a job that always needs a second person.
func always() config.Known {
	known := acme()
	for i, s := range known.Specs {
		known.Specs[i].Always = s.Name == "force restart"
	}
	return known
}

const peopleAndHosts = "people: {oncall: \"@oncall\", leads: \"@leads\"}\nhosts: {a: a}\nchannels: {ops: \"#ops\"}\n"

func TestAJobThatAlwaysNeedsASecondPersonStopsWithoutOne(t *testing.T) {
	t.Parallel()
	apps := "apps: {shop: {environments: {master: {blue: {host: a, url: \"http://a:1\"}}}}}\n"
	const may = "may: {oncall: [force restart]}\n"
	for content, at := range map[string]string{
		peopleAndHosts + may: "1:1",
		peopleAndHosts + may + "approve: {toy: {by: leads}}\n":                                                                    "5:10",
		peopleAndHosts + apps + "may: {oncall: [force restart master blue]}\napprove: {force restart master blue: {by: leads}}\n": "6:10",
	} {
		_, err := config.Load(write(t, t.TempDir(), content), always())
		require.EqualError(t, err, "1 mistake in pawl.yaml:\npawl.yaml:"+at+
			": `force restart` always needs a second person, and no line under `approve` says who, whatever follows it; add `force restart: {by: oncall}`")
	}
	c, err := config.Load(write(t, t.TempDir(), peopleAndHosts+"approve: {force restart: {by: leads, within: 10m, people: 2}}\n"), always())
	require.NoError(t, err)
	a, needed := access.Approver(c.Approve, "force restart shop master active because x")
	require.True(t, needed)
	require.Equal(t, []string{"leads"}, a.By)
	require.Equal(t, 2, a.Count())
	require.Equal(t, "approve line 4", a.Rule)

	_, err = config.Load(write(t, t.TempDir(), peopleAndHosts+"may: {oncall: [toy]}\n"), always())
	require.NoError(t, err, "nobody may type it")
}

func TestThereIsAPlaceToAskOthers(t *testing.T) {
	t.Parallel()
	_, err := config.Load(write(t, t.TempDir(), "people: {leads: \"@leads\"}\napprove: {force restart: {by: leads}}\n"), always())
	require.EqualError(t, err, "1 mistake in pawl.yaml:\npawl.yaml:2:10: `approve` needs `channels: {ops: \"#ops\"}`: "+
		"the channel where those who have to agree are asked when they cannot see who asks")
	c, err := config.Load(write(t, t.TempDir(), peopleAndHosts), always())
	require.NoError(t, err)
	require.Equal(t, "#ops", c.AskIn())
}

// TestNobodySlipsPastByAnotherName draws rules about things and holds them against everything that can be typed: a line
// under `may not:` or `approve:` counts for every command that may touch what it names, one under `may:` only for those
// that touch nothing else.
func TestNobodySlipsPastByAnotherName(t *testing.T) {
	t.Parallel()
	const apps = `apps:
  shop:
    also: roi hunter
    traffic: {haproxy: a, map: active.map}
    environments:
      master: {blue: {host: a, url: "http://a:1"}, green: {host: a, url: "http://a:2"}, yellow: {host: a, url: "http://a:3", role: cron}}
      staging: {blue: {host: a, url: "http://a:4"}, red: {host: a, url: "http://a:5", role: cron}}
  crm:
    environments:
      live: {black: {host: a, url: "http://a:6"}, white: {host: a, url: "http://a:7", role: cron}}
`
	things := []string{
		"", "cron", "shop", "shop cron", "crm", "shop master", "shop master cron", "shop master blue", "shop master green", "shop master yellow",
		"shop master active", "shop master inactive", "shop staging", "shop staging blue", "shop staging active", "shop staging red", "crm live",
		"crm live black", "crm live white", "crm cron",
	}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 7))
		verb := []string{"restart", "force restart", "status"}[random.IntN(3)]
		about := things[random.IntN(len(things))]
		line := strings.TrimSpace(verb + " " + about)
		content := fmt.Sprintf("%s%smay: {oncall: [%s]}\nmay not: {leads: [%s]}\napprove: {%s: {by: leads}}\n", peopleAndHosts, apps, line, line, line)
		c, err := config.Load(write(t, t.TempDir(), content), acme())
		require.NoError(t, err)
		p := words.New(acme().Specs, words.With(c.Inventory))
		may := access.Policy{Rules: c.Policy.Rules[:1]}
		mayNot := access.Policy{Rules: append(slices.Clone(c.Policy.Rules[1:]), access.Rule{Who: access.Everyone, Command: verb})}
		mine := c.Inventory.Under(about)
		for _, typed := range things {
			command, ok := p.Parse(verb+" "+typed+" because of it", words.Context{Direct: true, Raw: true}).(words.Command)
			if verb == "status" {
				command, ok = p.Parse(verb+" "+typed, words.Context{Direct: true, Raw: true}).(words.Command)
			}
			if !ok {
				continue // nothing that can be run
			}
			canonical := p.Canonical(command.Name, command.Args)
			touched := c.Inventory.Under(command.Args["instance"] + command.Args["what"])
			common := slices.ContainsFunc(touched, func(i job.Instance) bool { return slices.ContainsFunc(mine, i.Same) })
			within := !slices.ContainsFunc(touched, func(i job.Instance) bool { return !slices.ContainsFunc(mine, i.Same) })
			says := fmt.Sprintf("seed %d: the line %q and the command %q", seed, line, canonical)

			_, asked := access.Approver(c.Approve, canonical)
			require.Equal(t, common, asked, says)
			require.Equal(t, common, !access.Decide(mayNot, job.Actor{Groups: []string{"leads"}}, canonical).Allowed, says)
			allowed := access.Decide(may, job.Actor{Groups: []string{"oncall"}}, canonical).Allowed
			require.False(t, allowed && !within, says)
			if strings.HasPrefix(canonical+" ", line+" ") || strings.HasSuffix(about, "cron") && within {
				require.True(t, allowed, says)
			}
			if strings.HasSuffix(about, "active") {
				require.Equal(t, strings.HasPrefix(canonical+" ", line+" "), allowed, says) // it may be another the next moment
			}
		}
	}
}

// deploying is acme with commands about whole environments.
func deploying() config.Known {
	known := acme()
	environment := job.Param{Name: "environment", Type: job.TypeEnvironment}
	for i, s := range known.Specs {
		switch s.Name {
		case "deploy":
			known.Specs[i].Params = []job.Param{environment, {Name: "version", Type: "text", Optional: true}}
		case "promote":
			known.Specs[i].CountsAs = "deploy {to}"
			known.Specs[i].Params = []job.Param{{Name: "from", Type: job.TypeEnvironment}, {Name: "to", Word: "to", Type: job.TypeEnvironment}}
		case "rollback", "lock":
			known.Specs[i].Params = []job.Param{environment}
		}
	}
	return known
}

const twoApps = `apps:
  shop:
    also: rh
    environments:
      master: {blue: {host: a, url: "http://a:1"}}
      staging: {blue: {host: a, url: "http://a:2"}}
  crm:
    environments: {live: {black: {host: a, url: "http://a:3"}}}
`

// However an environment is said, a line about it counts, and one about another does not.
func TestALineAboutAnEnvironmentHoldsHoweverItIsSaid(t *testing.T) {
	t.Parallel()
	environments := []string{"shop master", "shop staging", "crm live"}
	for _, line := range []string{"deploy", "deploy shop", "deploy master", "deploy rh staging", "deploy live"} {
		content := fmt.Sprintf("%s%smay: {oncall: [%s]}\nmay not: {leads: [%s]}\napprove: {%s: {by: leads}}\n", peopleAndHosts, twoApps, line, line, line)
		c, err := config.Load(write(t, t.TempDir(), content), deploying())
		require.NoError(t, err)
		p := words.New(deploying().Specs, words.With(c.Inventory))
		about := strings.Fields(c.Approve[0].Command)[1:]
		for _, typed := range []string{"deploy master", "rh deploy master 2024.51", "deploy 2024.51 staging", "staging deploy", "deploy crm live", "live deploy 1.2 crm", `deploy live "master"`} {
			command, ok := p.Parse(typed, words.Context{Direct: true, Raw: true}).(words.Command)
			require.True(t, ok, typed)
			require.Contains(t, environments, command.Args["environment"])
			canonical := p.Canonical(command.Name, command.Args)
			want := strings.HasPrefix(command.Args["environment"]+" ", strings.Join(about, " ")+" ") || len(about) == 0
			_, asked := access.Approver(c.Approve, canonical)
			require.Equal(t, want, asked, "%s: %s", line, typed)
			require.Equal(t, want, access.Decide(c.Policy, job.Actor{Groups: []string{"oncall"}}, canonical).Allowed, "%s: %s", line, typed)
			policy := access.Policy{Rules: append(slices.Clone(c.Policy.Rules), access.Rule{Who: access.Everyone, Command: "deploy"})}
			require.Equal(t, want, !access.Decide(policy, job.Actor{Groups: []string{"leads"}}, canonical).Allowed, "%s: %s", line, typed)
		}
	}
}

func TestPromotingNeedsWhatDeployingNeeds(t *testing.T) {
	t.Parallel()
	head := peopleAndHosts + twoApps
	_, err := config.Load(write(t, t.TempDir(), head+"approve: {promote: {by: oncall}, deploy master: {by: leads}}\n"), deploying())
	require.EqualError(t, err, "1 mistake in pawl.yaml:\npawl.yaml:12:10: nobody could agree to `promote shop master to shop master`, which also counts as `deploy shop master`: "+
		"the lines about the two (approve line 12) have no name under `by` in common")

	c, err := config.Load(write(t, t.TempDir(), head+"approve:\n  promote staging: {by: [oncall, leads]}\n  deploy master: {by: leads, people: 2}\nschedules: {nightly: {run: promote staging to master, when: daily at 5:30, channel: ops}}\n"), deploying())
	require.NoError(t, err)
	require.Equal(t, "promote staging to master", c.Schedules[0].Run)

	_, err = config.Load(write(t, t.TempDir(), head+"schedules: {nightly: {run: promote staging, when: daily at 5:30, channel: ops}}\n"), deploying())
	require.EqualError(t, err, "1 mistake in pawl.yaml:\npawl.yaml:12:28: `schedules.nightly.run`: `promote staging` could mean `promote shop staging to shop master`; say which")

	_, err = config.Load(write(t, t.TempDir(), head+"may not: {everyone: [deploy master]}\nschedules: {nightly: {run: promote staging to master, when: daily at 5:30, channel: ops}}\n"), deploying())
	require.EqualError(t, err, "1 mistake in pawl.yaml:\npawl.yaml:13:28: `schedules.nightly.run`: `promote shop staging to shop master` is denied by may not.everyone line 12")
}
