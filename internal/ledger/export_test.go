package ledger

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
)

// Path is the file as SQLite knows it.
func (l *Ledger) Path() string { return l.path }

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

// Plans gives how SQLite would answer each question the package asks.
func (l *Ledger) Plans(t *testing.T) map[string][]string {
	t.Helper()
	plans := map[string][]string{}
	for name, query := range map[string]string{
		"key": selectSQL + whereKey, "open": selectSQL + whereOpen, "id": selectSQL + whereID,
		"thread": selectSQL + whereThread, "recent": selectSQL + whereRecent, "usual": usualSQL,
		"about": selectSQL + whereAbout, "releases": selectSQL + whereReleases, "releases of": selectSQL + whereReleasesOf,
	} {
		args := []any{"x", "y"}
		if name == "about" {
			args = append(args, 1)
		}
		rows, err := l.read.Query("EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			rows, err = l.read.Query("EXPLAIN QUERY PLAN "+query, "x")
		}
		if err != nil {
			rows, err = l.read.Query("EXPLAIN QUERY PLAN " + query)
		}
		require.NoError(t, err, name)
		plans[name] = details(t, rows)
	}
	return plans
}

func details(t *testing.T, rows *sql.Rows) (out []string) {
	t.Helper()
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		out = append(out, detail)
	}
	require.NoError(t, rows.Err())
	return out
}
