package tables

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

const (
	benchRows = 200_000
	benchPage = 1000
)

func benchSync(key ...string) job.Sync {
	return job.Sync{Name: "deals", To: job.Sink{Table: "pipeline", Key: key}, Columns: []job.Column{
		{Name: "id", Type: job.ColumnInteger},
		{Name: "name", Type: job.ColumnText},
		{Name: "stage", Type: job.ColumnText},
		{Name: "amount", Type: job.ColumnNumber},
		{Name: "closed", Type: job.ColumnTime},
	}}
}

// benchPageOf makes the rows of a page anew, as a source would; changed is how many of a hundred differ from round to round.
func benchPageOf(page, round, changed int) []job.Row {
	rows := make([]job.Row, benchPage)
	for i := range rows {
		n := page*benchPage + i
		stage := "contract sent"
		if n%100 < changed {
			stage = fmt.Sprint("negotiation ", round)
		}
		rows[i] = row(int64(n), fmt.Sprint("Deal number ", n, " with a customer"), stage, job.Decimal(fmt.Sprint(n, ".50")), time.Unix(1_700_000_000+int64(n), 0))
	}
	return rows
}

// BenchmarkAgainstCopy takes 200,000 rows in pages of 1,000 into a table, whole, beside a bare loop of pgx's COPY into the
// same kind of table on the same server, page by page. The server waits for its disk, as a real one.
func BenchmarkAgainstCopy(b *testing.B) {
	server := pgtest.Alone(b, true)
	w := &world{t: b, dsn: server.DSN(pgtest.Superuser, "postgres")}
	w.conn = w.connect(w.dsn)
	perSecond := func(b *testing.B) {
		b.Helper()
		b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(0, "ns/op")
	}
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			w.exec(`DROP TABLE IF EXISTS bare; CREATE TABLE bare (id bigint, name text, stage text, amount numeric, closed timestamptz); CHECKPOINT`)
			b.StartTimer()
			for page := range benchRows / benchPage {
				rows := benchPageOf(page, 0, 0)
				_, err := w.conn.CopyFrom(b.Context(), pgx.Identifier{"bare"}, []string{"id", "name", "stage", "amount", "closed"},
					pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
						r := rows[i]
						return []any{r[0], r[1], r[2], string(r[3].(job.Decimal)), r[4]}, nil
					}))
				require.NoError(b, err)
			}
		}
		perSecond(b)
	})
	run := 0
	whole := func(b *testing.B, s job.Sync, changed int) {
		b.Helper()
		run++
		table := w.begin(s, fmt.Sprint("run-", run), 1)
		for page := range benchRows / benchPage {
			rows := benchPageOf(page, run, changed)
			to := behind(table.at, len(rows))
			to.Over = to.Written == benchRows
			require.NoError(b, table.Write(b.Context(), rows, to))
		}
		before := time.Now()
		_, err := table.Publish(b.Context())
		require.NoError(b, err)
		b.ReportMetric(time.Since(before).Seconds(), "s-publish")
		require.NoError(b, table.Close())
	}
	for _, c := range []struct {
		name    string
		key     []string
		fresh   bool
		changed int
	}{
		{"first replace", nil, true, 0},
		{"replace 5% changed", nil, false, 5},
		{"replace all changed", nil, false, 100},
		{"first merge", []string{"id"}, true, 0},
		{"merge 5% changed", []string{"id"}, false, 5},
		{"merge all changed", []string{"id"}, false, 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := benchSync(c.key...)
			var peak uint64
			for b.Loop() {
				b.StopTimer()
				if c.fresh {
					w.exec(`DROP TABLE IF EXISTS pipeline`)
				}
				w.exec(`CHECKPOINT`)
				b.StartTimer()
				whole(b, s, c.changed)
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapSys)
			}
			b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
			perSecond(b)
		})
	}
}
