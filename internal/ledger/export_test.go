package ledger

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Pragmas asks the writing connection how it is set up.
func (l *Ledger) Pragmas(t *testing.T, names ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range names {
		var value string
		require.NoError(t, l.write.QueryRow("PRAGMA "+name).Scan(&value))
		out[name] = value
	}
	return out
}

// Plans gives how the store would answer each question the package asks.
func (l *Ledger) Plans(t *testing.T) map[string][]string {
	t.Helper()
	conn, err := l.read.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	explain := "EXPLAIN QUERY PLAN "
	if _, ok := l.store.(database); ok {
		// Of an empty table all is read at once. This is a past of five thousand runs, three of which are open.
		_, err := conn.ExecContext(t.Context(), `
INSERT INTO entry (at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data)
SELECT '2026', 'k' || n, kind, 'toy-' || n, '', 'toy', '{}', '{}', 'C' || n % 9, n::text, '', '', '{"state":"done"}'
FROM generate_series(1, 5000) n, unnest(ARRAY['allowed', 'board', 'released', 'outcome']) kind WHERE n < 4998 OR kind <> 'outcome';
ANALYZE entry; ANALYZE open_run`, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
		explain = "EXPLAIN "
	}
	plans := map[string][]string{}
	for name, q := range map[string]struct {
		query string
		args  []any
	}{
		"key": {selectSQL + whereKey, []any{"x"}}, "open": {selectSQL + whereOpen, nil}, "id": {selectSQL + whereID, []any{"x"}},
		"thread": {selectSQL + whereThread, []any{"x", "y"}}, "recent": {selectSQL + whereRecent, []any{1}}, "recent of": {selectSQL + whereRecentOf, []any{"x", 1}},
		"usual": {fmt.Sprintf(usualSQL, l.store.state()), []any{"x", 1}}, "about": {selectSQL + whereAbout, []any{"x", "y", 1}},
		"releases": {selectSQL + whereReleases, []any{"x", 1}}, "releases of": {selectSQL + whereReleasesOf, []any{"x", 1}},
	} {
		rows, err := conn.QueryContext(t.Context(), explain+l.store.bind(q.query), q.args...)
		require.NoError(t, err, name)
		plans[name] = details(t, rows)
	}
	return plans
}

// details are the lines of a plan, which stand in the last column.
func details(t *testing.T, rows *sql.Rows) (out []string) {
	t.Helper()
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		var detail string
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(any)
		}
		into[len(into)-1] = &detail
		require.NoError(t, rows.Scan(into...))
		out = append(out, detail)
	}
	require.NoError(t, rows.Err())
	return out
}
