package activities

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/job"
)

// acme is a section that has all it needs.
func acme() *ToyConfig {
	return &ToyConfig{
		From: ToyFrom{Host: "db-master", Database: "shop.db"}, To: ToyTo{Host: "toys", Database: "toy_{name}.db"},
		Hide: []string{"people.name", "invoices.email", "people.e mail"},
	}
}

func toyOf(t *testing.T, c *ToyConfig, who job.Actor) (Toy, error) {
	t.Helper()
	a := &Activities{
		Hosts: map[string]job.Host{
			"db-master": {Name: "db-master", Address: "pawl@127.0.0.1:2201"}, "toys": {Name: "toys", Address: "pawl@toys.acme.test"},
		},
		Configs: map[string]any{"toy": c},
	}
	return a.ToyOf(t.Context(), who)
}

func alice() job.Actor {
	return job.Actor{Kind: job.SlackUser, ID: "U0ALICE", Name: "alice", Full: "Alice", Email: "Alice.Adler@acme.test"}
}

func TestThePlanOfAToyPinsEverything(t *testing.T) {
	t.Parallel()
	c := acme()
	c.Pace = 45 * time.Second
	c.Mask = filepath.Join(t.TempDir(), "mask.sql")
	require.NoError(t, os.WriteFile(c.Mask, []byte("  UPDATE a SET b = 1\n"), 0o600))
	toy, err := toyOf(t, c, alice())
	require.NoError(t, err)
	require.Equal(t, "alice_adler", toy.Owner)
	require.Equal(t, 2, toy.AtOnce)
	require.Equal(t, "ssh -t toys sqlite3 toy_alice_adler.db", toy.Connect)

	require.Equal(t, map[string]string{"database": "shop.db", "reuse": "1800", "who": "Alice", "host": "db-master", "pace": "6"}, toy.Snapshot.Args)
	require.Empty(t, toy.Snapshot.Target, "everybody shares it, its script waits for its turn")
	require.Equal(t, "db-master", toy.Snapshot.Host.Name)
	require.Equal(t, map[string]string{
		"database": "toy_alice_adler.db", "owner": "alice.adler@acme.test", "host": "toys", "pace": "9",
		"from": "pawl@127.0.0.1", "from_port": "2201", "from_name": "db-master", "from_database": "shop.db",
	}, toy.Copy.Args)
	require.Equal(t, "people\tname\te mail\ninvoices\temail", toy.Mask.Args["hide"])
	require.Equal(t, "UPDATE a SET b = 1", toy.Mask.Args["mask_sql"])
	for _, s := range []job.Script{toy.Copy, toy.Restore, toy.Mask, toy.Swap, toy.SwapBack, toy.Drop} {
		require.Equal(t, "toy/alice_adler", s.Target, s.Name)
		require.Equal(t, "toys", s.Host.Name, s.Name)
		require.Equal(t, "toy_alice_adler.db", s.Args["database"], s.Name)
	}
	require.Equal(t, []string{"18", "9", "2", "0", "0"}, []string{
		toy.Restore.Args["pace"], toy.Mask.Args["pace"], toy.Swap.Args["pace"], toy.SwapBack.Args["pace"], toy.Drop.Args["pace"],
	})

	require.NoError(t, os.Remove(c.Mask))
	require.Equal(t, "UPDATE a SET b = 1", toy.Mask.Args["mask_sql"], "pinned by value")
}

// The header of a script says which arguments it reads; the plan gives exactly those.
func TestScriptsSayWhichArgumentsTheyRead(t *testing.T) {
	t.Parallel()
	toy, err := toyOf(t, acme(), alice())
	require.NoError(t, err)
	optional := map[string]bool{"patience": true, "pace": true, "owner": true, "host": true}
	for _, s := range []job.Script{toy.Snapshot, toy.Copy, toy.Restore, toy.Mask, toy.Swap, toy.SwapBack, toy.Drop} {
		_, header, found := strings.Cut(s.Body, "\n# Reads: ")
		require.True(t, found, s.Name)
		header, _, found = strings.Cut(header, "\n# Says: ")
		if !found {
			header, _, found = strings.Cut(header, "\n# Leaves:")
		}
		require.True(t, found, s.Name)
		documented := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^(?:#)?\s+((?:[a-z_]+, )*[a-z_]+)  `).FindAllStringSubmatch(" "+header, -1) {
			for name := range strings.SplitSeq(m[1], ", ") {
				documented[name] = true
			}
		}
		for name := range s.Args {
			require.True(t, documented[name] || optional[name], "%s does not say that it reads %q:\n%s", s.Name, name, header)
		}
		for name := range documented {
			_, given := s.Args[name]
			require.True(t, given || optional[name], "%s reads %q, which the plan does not give", s.Name, name)
			require.Regexp(t, `\$\{?`+name+`\b`, s.Body, "%s says it reads %q and does not", s.Name, name)
		}
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	t.Parallel()
	long := filepath.Join(t.TempDir(), "long.sql")
	require.NoError(t, os.WriteFile(long, []byte(strings.Repeat("x", longestMask+1)), 0o600))
	for want, change := range map[string]func(*ToyConfig, *job.Actor){
		"There is no section `toy:`":               func(c *ToyConfig, _ *job.Actor) { c.From.Host = "" },
		"names a host that `hosts:` does not have": func(c *ToyConfig, _ *job.Actor) { c.To.Host = "elsewhere" },
		"everybody would get the same toy":         func(c *ToyConfig, _ *job.Actor) { c.To.Database = "toy.db" },
		"does not say what is personal":            func(c *ToyConfig, _ *job.Actor) { c.Hide = nil },
		"`people` is not written as table.column":  func(c *ToyConfig, _ *job.Actor) { c.Hide = []string{"people"} },
		"`people.` is not written as table.column": func(c *ToyConfig, _ *job.Actor) { c.Hide = []string{"people."} },
		"`a.b\tc` is not written as table.column":  func(c *ToyConfig, _ *job.Actor) { c.Hide = []string{"a.b\tc"} },
		"cannot be read":                           func(c *ToyConfig, _ *job.Actor) { c.Mask = "/nowhere/mask.sql" },
		"is no SQL of at most 64 kB":               func(c *ToyConfig, _ *job.Actor) { c.Mask = long },
		"I cannot make the name of a database out of ": func(_ *ToyConfig, a *job.Actor) {
			*a = job.Actor{Kind: job.SlackUser, ID: "U1", Name: "李", Full: "李"}
		},
	} {
		c, who := acme(), alice()
		change(c, &who)
		_, err := toyOf(t, c, who)
		var refused *temporal.ApplicationError
		require.ErrorAs(t, err, &refused, want)
		require.Equal(t, RefusedType, refused.Type())
		require.Contains(t, refused.Error(), want)
	}
	_, err := toyOf(t, nil, alice())
	require.ErrorContains(t, err, "There is no section `toy:`")
}

func TestHowTheToysHostReachesMaster(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"pawl@db:2201": {"pawl@db", "2201"}, "db": {"db", ""}, "pawl@db": {"pawl@db", ""}, "db:22": {"db", "22"},
		"pawl@[::1]:2201": {"pawl@[::1]", "2201"}, "::1": {"[::1]", ""}, "pawl@[fe80::1]": {"pawl@[fe80::1]", ""},
	} {
		c := acme()
		c.From.Address = address
		host, port := c.Reach(job.Host{Address: "never@used:1"})
		require.Equal(t, want, [2]string{host, port}, address)
	}
	host, port := acme().Reach(job.Host{Address: "pawl@db:1"})
	require.Equal(t, [2]string{"pawl@db", "1"}, [2]string{host, port})
}

func TestWhoseToyItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who      job.Actor
		name, id string
	}{
		{job.Actor{Email: "Bob@Acme.test"}, "bob", "bob@acme.test"},
		{job.Actor{Email: "a.b+c@acme.test"}, "a_b_c", "a.b+c@acme.test"},
		{job.Actor{Kind: job.APIKey, ID: "K1", Name: "nightly"}, "nightly", "api K1"},
		{job.Actor{Email: "../../etc/passwd@x"}, "etc_passwd", "../../etc/passwd@x"},
		{job.Actor{Email: "$(rm -rf ~)'\"@x"}, "rm_rf", "$(rm -rf ~)'\"@x"},
		{job.Actor{Email: strings.Repeat("a", 300) + "@x"}, strings.Repeat("a", 64), strings.Repeat("a", 300) + "@x"},
	} {
		name, err := toyOwner(c.who)
		require.NoError(t, err)
		require.Equal(t, c.name, name)
		require.Equal(t, c.id, identity(c.who))
	}
}

func TestDefaultsAndChoices(t *testing.T) {
	t.Parallel()
	c := acme()
	c.Reuse, c.AtOnce, c.Connect = time.Minute, 5, "psql service=toy_{name}"
	toy, err := toyOf(t, c, alice())
	require.NoError(t, err)
	require.Equal(t, "60", toy.Snapshot.Args["reuse"])
	require.Equal(t, 5, toy.AtOnce)
	require.Equal(t, "psql service=toy_alice_adler", toy.Connect)
	require.Equal(t, "0", toy.Restore.Args["pace"])
}
