package pgtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/pgtest"
)

func TestAServerComesBackWithWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s := pgtest.Alone(t, false)
	conn, err := pgx.Connect(t.Context(), s.DSN(pgtest.Superuser, "postgres"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 7 AS n")
	require.NoError(t, err)
	require.NoError(t, s.Crash())
	require.Error(t, conn.Ping(t.Context()))

	require.NoError(t, s.Up())
	conn, err = pgx.Connect(t.Context(), s.DSN(pgtest.Superuser, "postgres"))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n))
	require.Equal(t, 7, n)
}

func TestNothingIsLeftOfAServer(t *testing.T) {
	t.Parallel()
	var shared pgtest.Shared
	dsn := shared.Database(t)
	other := shared.Database(t)
	require.NotEqual(t, dsn, other, "each test has a database of its own")
	dir := strings.TrimPrefix(strings.Fields(dsn)[0], "host=")
	require.DirExists(t, dir)
	require.NoError(t, shared.Stop())
	_, err := os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, shared.Stop(), "there is nothing to stop any more")
}
