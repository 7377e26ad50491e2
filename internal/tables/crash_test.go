package tables

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

// TestACrashOfTheServer is a power cut, as far as one process can have it: PostgreSQL is ended without a word and has to
// recover. The unlogged staging is empty then, and pawl_sync is not.
func TestACrashOfTheServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Alone(t, true)
	w := &world{t: t, dsn: server.DSN(pgtest.Superuser, "postgres")}
	again := func(end func() error) {
		require.NoError(t, end())
		require.NoError(t, server.Up())
		w.conn = w.connect(w.dsn)
	}
	w.conn = w.connect(w.dsn)
	did := w.whole(deals(), "run-1", 1, row(int64(1), "old"))
	table := w.begin(deals(), "run-2", 1)
	require.NoError(t, table.Write(t.Context(), []job.Row{row(int64(2), "new")}, behind(table.at, 1)))

	again(server.Down) // in good order, everything stays
	second := w.open(deals())
	at, err := second.Begin(t.Context(), "run-2", 2)
	require.NoError(t, err)
	require.Equal(t, table.at, at)
	w.write(second, 1, row(int64(3), "new"))

	again(server.Crash)
	last, run, ok, err := w.open(deals()).Last(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "run-1", run)
	require.Equal(t, did, last)
	for range 2 {
		_, err = second.Publish(t.Context())
		requireFault(t, err, job.FaultOurs, "has to be fetched again")
	}
	require.Equal(t, []string{"(1,old)"}, w.lines(`SELECT * FROM pipeline`))

	third := w.open(deals())
	at, err = third.Begin(t.Context(), "run-2", 3)
	require.NoError(t, err)
	require.Equal(t, job.Position{}, at, "it starts over")
	w.write(third, 1, row(int64(2), "new"), row(int64(3), "new"))
	did, err = third.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, [6]int64{2, 0, 0, 1, 1, 0}, counts(did))

	again(server.Crash) // what Publish has answered survives
	require.Equal(t, []string{"(2,new)", "(3,new)"}, w.lines(`SELECT * FROM pipeline ORDER BY id`))
	fourth := w.begin(deals(), "run-2", 4)
	told, err := fourth.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, did, told)
}
