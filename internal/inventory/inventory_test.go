package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

// acmeText is the inventory of the example company, and a second app beside it. A line is a thing, indented as in
// pawl.yaml: its name and its other names, and of an instance its role.
const acmeText = `
shop | rh | roi hunter | roih
  master | production
    blue | :large_blue_circle:
    green | :large_green_circle:
    purple cron | :crystal_ball:
    yellow cron | :sunny:
  staging
    blue
    green
crm
  test
    red
    black
  demo
    red
`

// parse makes an inventory of such a text. Every environment that has two instances takes turns.
func parse(text string) (*inventory.Inventory, []inventory.Mistake) {
	var apps []inventory.App
	for n, line := range strings.Split(text, "\n") {
		called := strings.Split(line, " | ")
		first := strings.TrimSpace(called[0])
		if first == "" {
			continue
		}
		name, role, _ := strings.Cut(first, " ")
		at := func(text string) inventory.Name {
			return inventory.Name{Text: inventory.Fold(text), Line: n, Column: 1}
		}
		var also []inventory.Name
		for _, c := range called[1:] {
			also = append(also, at(c))
		}
		switch indent := len(line) - len(strings.TrimLeft(line, " ")); indent {
		case 0:
			apps = append(apps, inventory.App{Name: at(name), Also: also})
		case 2:
			a := &apps[len(apps)-1]
			a.Environments = append(a.Environments, inventory.Environment{Name: at(name), Also: also})
		default:
			a := &apps[len(apps)-1]
			e := &a.Environments[len(a.Environments)-1]
			i := inventory.Instance{Name: at(name), Also: also, Job: job.Instance{App: a.Name.Text, Environment: e.Name.Text, Name: name, Role: role}}
			if role == "" && a.Name.Text != "crm" {
				i.Job.Traffic = job.Traffic{Kind: job.TrafficHAProxy, Map: "active.map", Key: a.Name.Text + "/" + e.Name.Text}
			}
			e.Instances = append(e.Instances, i)
		}
	}
	return inventory.New(apps)
}

func acme(t testing.TB) *inventory.Inventory {
	t.Helper()
	v, wrong := parse(acmeText)
	require.Empty(t, wrong)
	return v
}

// texts are the canonical texts of instances.
func texts(instances []job.Instance) (all []string) {
	for _, i := range instances {
		all = append(all, i.String())
	}
	return all
}

func TestInstancesAreInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	v := acme(t)
	require.Equal(t, []string{
		"shop master blue", "shop master green", "shop master purple", "shop master yellow", "shop staging blue", "shop staging green",
		"crm test red", "crm test black", "crm demo red",
	}, texts(v.Instances()))
	require.Equal(t, "shop", v.Apps()[0].Name.Text)
	require.Equal(t, []string{"shop staging blue", "shop staging green"}, texts(v.Environment("shop", "staging")))
	require.Empty(t, v.Environment("shop", "test"))
	require.Empty(t, v.Environment("shop", "nowhere"))
}

func TestWhatACanonicalTextSpeaksOf(t *testing.T) {
	t.Parallel()
	v := acme(t)
	for text, want := range map[string][]string{
		"shop staging":        {"shop staging blue", "shop staging green"},
		"cron":                {"shop master purple", "shop master yellow"},
		"shop cron":           {"shop master purple", "shop master yellow"},
		"shop master cron":    {"shop master purple", "shop master yellow"},
		"shop master active":  {"shop master blue", "shop master green"},
		"shop master yellow":  {"shop master yellow"},
		"crm":                 {"crm test red", "crm test black", "crm demo red"},
		"crm test active":     nil,
		"master":              nil,
		"shop master":         {"shop master blue", "shop master green", "shop master purple", "shop master yellow"},
		"shop master nothing": nil,
	} {
		require.Equal(t, want, texts(v.Under(text)), text)
	}
	i, ok := v.Instance("shop master yellow")
	require.True(t, ok)
	require.Equal(t, job.RoleCron, i.Role)
	for _, text := range []string{"", "shop", "shop master active", "master yellow", "Shop master yellow"} {
		_, ok := v.Instance(text)
		require.False(t, ok, text)
	}
}

func TestNoInventoryHasNothing(t *testing.T) {
	t.Parallel()
	var none *inventory.Inventory
	require.Empty(t, none.Instances())
	require.Empty(t, none.Apps())
	require.Empty(t, none.Touching(job.TypeInstance, "shop"))
	require.Equal(t, inventory.Reading{Unknown: "master"}, none.Read(job.TypeInstance, "master"))
	require.Equal(t, inventory.Reading{}, none.Read(job.TypeInstance, ""))
	require.Equal(t, inventory.Reading{Found: true}, none.Read(job.TypeThings, ""))
	_, ok := none.Instance("shop master blue")
	require.False(t, ok)
}

func TestClashesNameBothLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\nshop | rh\n  master\n    blue\nwarehouse | rh\n  test\n    red": "4: `rh` names the app shop in line 1 and the app warehouse in line 4; what is typed must not mean both, so one of them needs another name",
		"\nshop\n  master\n    blue | :sunny:\n    green | ☀️":             "4: `:sunny:` names the instance shop master blue in line 3 and the instance shop master green in line 4; what is typed must not mean both, so one of them needs another name",
		"\nshop\n  master | prod\n    blue\n  prod\n    blue":              "4: `prod` names the environment shop master in line 2 and the environment shop prod in line 4; what is typed must not mean both, so one of them needs another name",
		"\nshop\n  master\n    blue\nblue\n  test\n    red":                "4: `blue` names the instance shop master blue in line 3 and the app blue in line 4; what is typed must not mean both, so one of them needs another name",
		"\nshop\n  master\n    active":                                     "3: `active` cannot name the instance shop master active: `active` has a meaning of its own, the instance that serves users",
		"\nshop | the cron shop\n  master\n    blue":                       "1: `the cron shop` cannot name the app shop: `cron` has a meaning of its own, the instances with that role",
		"\nshop\n  master\n    blue\nblog | shop master\n  test\n    red":  "4: `shop master` names the app blog in line 4, and is also made of other names: `shop` `master` (`shop` in line 1 names the app shop); what is typed must not mean both",
		"\nshop\n  a\n    blue\n  b\n    blue\ncrm\n  a\n    blue":         "",
		"\nshop | shop\n  a\n    blue | :sunny: | ☀":                       "",
	} {
		_, wrong := parse(text)
		var said []string
		for _, m := range wrong {
			said = append(said, fmt.Sprintf("%d: %s", m.Line, m.Text))
		}
		require.Equal(t, want, strings.Join(said, "\n"), text)
	}
}
