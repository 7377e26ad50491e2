package tables

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

var cluster pgtest.Shared

func TestMain(m *testing.M) {
	if dsn := os.Getenv("PAWL_TABLES_CHILD"); dsn != "" {
		os.Exit(child(dsn))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.Exit(code)
	}))
}

// world is a database of a test's own, and what the test asks it.
type world struct {
	t    testing.TB
	dsn  string
	conn *pgx.Conn
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dsn: cluster.Database(t)}
	w.conn = w.connect(w.dsn)
	return w
}

func (w *world) connect(dsn string) *pgx.Conn {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), dsn)
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	})
	return conn
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.conn.Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err)
}

// get is the one value a query gives, as text.
func (w *world) get(sql string, args ...any) string {
	w.t.Helper()
	var v any
	require.NoError(w.t, w.conn.QueryRow(w.t.Context(), sql, args...).Scan(&v))
	return fmt.Sprint(v)
}

// lines are the rows of a query, each as PostgreSQL writes a row.
func (w *world) lines(sql string) []string {
	w.t.Helper()
	rows, err := w.conn.Query(w.t.Context(), "SELECT (q)::text FROM ("+sql+") q")
	require.NoError(w.t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return found
}

func (w *world) open(s job.Sync) *Table {
	w.t.Helper()
	table, err := Open(w.t.Context(), job.NewSecret(w.dsn), s)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = table.Close() })
	return table
}

// begin opens a table and begins a run.
func (w *world) begin(s job.Sync, run string, attempt int64) *Table {
	w.t.Helper()
	table := w.open(s)
	_, err := table.Begin(w.t.Context(), run, attempt)
	require.NoError(w.t, err)
	return table
}

// whole is a whole run: rows in pages of size, published.
func (w *world) whole(s job.Sync, run string, size int, rows ...job.Row) job.Reconciled {
	w.t.Helper()
	table := w.begin(s, run, 1)
	w.write(table, size, rows...)
	did, err := table.Publish(w.t.Context())
	require.NoError(w.t, err)
	require.NoError(w.t, table.Close())
	return did
}

// write writes rows in pages and says that this was the last.
func (w *world) write(table *Table, size int, rows ...job.Row) {
	w.t.Helper()
	for {
		n := min(size, len(rows))
		to := behind(table.at, n)
		to.Over = n == len(rows)
		require.NoError(w.t, table.Write(w.t.Context(), rows[:n], to))
		if rows = rows[n:]; to.Over {
			return
		}
	}
}

// behind is the position after n rows more.
func behind(at job.Position, n int) job.Position {
	at.Pages++
	at.Read += int64(n)
	at.Written += int64(n)
	at.Next = fmt.Sprint("page ", at.Pages+1)
	return at
}

// deals is a sync of two columns.
func deals(key ...string) job.Sync {
	return job.Sync{
		Name: "deals", To: job.Sink{Table: "pipeline", Key: key},
		Columns: []job.Column{{Name: "id", Type: job.ColumnInteger}, {Name: "Stage", Type: job.ColumnText}},
	}
}

func row(values ...any) job.Row { return values }

// staged counts the staging tables there are.
func (w *world) staged() string {
	w.t.Helper()
	return w.get(`SELECT count(*) FROM pg_class WHERE relname LIKE 'pawl\_deals%' AND relkind = 'r'`)
}

func requireFault(t testing.TB, err error, class string, says ...string) *job.Fault {
	t.Helper()
	var f *job.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, class, f.Class, f.Error())
	for _, s := range says {
		require.Contains(t, f.Says, s, f.Error())
	}
	require.LessOrEqual(t, len(f.Shown), mostShown)
	return f
}
