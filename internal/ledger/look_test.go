package ledger_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

// A look says how the database stands, before and after the first start, and makes nothing.
func TestALookChangesNothing(t *testing.T) {
	t.Parallel()
	at := inDatabase(t)
	db := at.raw(t)
	const tables = `SELECT coalesce(string_agg(relname, ' '), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace`
	s, err := ledger.Look(t.Context(), at.dsn)
	require.NoError(t, err)
	require.Contains(t, s.Where, "the database ")
	require.Regexp(t, `^\d+(\.\d+)?$`, s.Server)
	require.Equal(t, pgtest.Superuser, s.Who)
	require.Zero(t, s.Schema, "before the first start")
	require.EqualValues(t, 2, s.Know)
	require.True(t, s.Loses, "fsync is off in these tests")
	require.Equal(t, "", one(t, db, tables))

	require.NoError(t, at.open(t).Close())
	s, err = ledger.Look(t.Context(), at.dsn)
	require.NoError(t, err)
	require.Equal(t, s.Know, s.Schema)

	_, err = db.Exec(`INSERT INTO ledger_version (version_id, is_applied) VALUES (99, true)`)
	require.NoError(t, err)
	_, err = ledger.Look(t.Context(), at.dsn)
	require.ErrorAs(t, err, new(*ledger.NewerError))
	_, err = db.Exec(`DELETE FROM ledger_version WHERE version_id > 1`)
	require.NoError(t, err)
	s, err = ledger.Look(t.Context(), at.dsn)
	require.NoError(t, err)
	require.EqualValues(t, 1, s.Schema, "an older Pawl made them")
}

// What keeps a database from being a ledger is told with what to do, and never the password.
func TestALookSaysWhatToMend(t *testing.T) {
	t.Parallel()
	at := inDatabase(t)
	db := at.raw(t)
	require.NoError(t, at.open(t).Close())
	role := "guest_" + one(t, db, `SELECT current_database()`)
	_, err := db.Exec(`CREATE ROLE ` + role + ` LOGIN; CREATE SCHEMA empty; GRANT USAGE ON SCHEMA empty TO ` + role)
	require.NoError(t, err)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })
	for name, c := range map[string]struct{ dsn, says, mend string }{
		"no DSN":             {"mysql://pawl:hunter2@db/pawl", "it is written postgres://", ""},
		"nobody listens":     {"postgres://pawl:hunter2@127.0.0.1:1/pawl", "it does not answer: ", "firewall"},
		"somebody is silent": {"postgres://pawl:hunter2@" + silent.Addr().String() + "/pawl?sslmode=disable", "it does not answer in time", "firewall"},
		"no such database":   {strings.Replace(at.dsn.Reveal(), "dbname=", "dbname=no_", 1), "does not exist", "Make the database: CREATE DATABASE"},
		"no such schema":     {at.dsn.Reveal() + " search_path=none", "there is no schema", "Make the schema that search_path names"},
		"a standby":          {at.dsn.Reveal() + " default_transaction_read_only=on", "it can only be read", "target_session_attrs=read-write"},
		"tables of another":  {strings.Replace(at.dsn.Reveal(), "user="+pgtest.Superuser, "user="+role, 1), "its tables belong to another role", "REASSIGN OWNED"},
		"may make none":      {strings.Replace(at.dsn.Reveal(), "user="+pgtest.Superuser, "user="+role, 1) + " search_path=empty", "may make no tables in it", "Let the user make tables there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patience := time.Minute
			if name == "somebody is silent" {
				patience = 500 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := ledger.Look(ctx, job.NewSecret(c.dsn))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, c.mend)
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "failed to")
		})
	}
}

// A ledger that cannot be opened is told on one line, with what to do.
func TestASilentServerIsToldInASentence(t *testing.T) {
	t.Parallel()
	_, err := ledger.Connect(t.Context(), job.NewSecret("postgres://pawl:hunter2@127.0.0.1:1/pawl"))
	require.EqualError(t, err, `opening the ledger in the database "pawl" at 127.0.0.1:1: it does not answer: connect: connection refused: `+
		"Is the address right, is the server up and does it listen there, and does a firewall let this machine through?")
}
