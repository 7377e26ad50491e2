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
