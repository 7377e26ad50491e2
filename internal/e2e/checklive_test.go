package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// What feeds the data is tried: both ends of each sync, and a ledger in PostgreSQL. Nothing is made by that.
func TestCheckTriesDatabasesAndWhatSyncsFetch(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	server := pgtest.Alone(t, false)
	const password = "opensesame-the-sales"
	leakcheck.Use(t, password)
	dsn := server.DSN(pgtest.Superuser, "postgres") + " password=" + password
	f.addSync(pipeline)
	f.addSync(strings.NewReplacer("pipeline:", "wrong:", ".deals\n", ".nothing\n", "table: pipeline", "table: elsewhere").Replace(pipeline))
	config, err := os.ReadFile(f.world.Config)
	require.NoError(t, err)
	config = append(config, "\nreplies:\n  \"#quiet\": {who are you: a catch on a ratchet}\n"...)
	require.NoError(t, os.WriteFile(f.world.Config, config, 0o600))
	env := append(f.world.Env(nil), "CRM_TOKEN="+crm.Token, "JENKINS_TOKEN="+jenkins.Token, "SALES_DATABASE="+dsn, "PAWL_LEDGER="+dsn)
	check := func(env []string) (string, int) {
		said, code := typed(t, f.dir, env, "check", "--live", "--config", f.world.Config, "--data", f.data())
		require.NotContains(t, said, password)
		return strings.Join(strings.Fields(said), " "), code // without columns
	}
	said, code := check(env)
	require.Equal(t, 1, code, said)
	for _, line := range []string{
		"ok deals from HubSpot: 100 records on its first page",
		"ok deals into the file deals.csv: made by the first run",
		"ok pipeline from CRM: 100 records on its first page, ",
		"ok pipeline into the table pipeline: made by the first run",
		"mend wrong There are no records on page 1 from CRM where we look for them (.nothing)",
		"ok wrong into the table elsewhere: made by the first run",
		`ok ledger the database "postgres" at `, ", as " + pgtest.Superuser + "; its tables are made at the first start",
		"ok toys in as pawl", "2 to mend.",
		"mend #quiet there is none that Pawl can see (replies in pawl.yaml)",
	} {
		require.Contains(t, said, line)
	}
	left, err := os.ReadDir(filepath.Join(filepath.Dir(f.world.Config), "data"))
	require.NoError(t, err)
	require.Empty(t, left, "nothing was written")

	// As it is after the first start, and when somebody else's token is given.
	l, err := ledger.Connect(t.Context(), job.NewSecret(dsn))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	said, code = check(append(env, "CRM_TOKEN=pat-wrong"))
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "mend deals HubSpot does not accept our token: it answered 401 syncs: deals: from: in pawl.yaml has its token")
	require.NotContains(t, said, "its tables are made")

	require.NoError(t, server.Down())
	said, code = check(env)
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "it does not answer: ")
	require.Contains(t, said, "mend pipeline The database of pipeline at ")
}
