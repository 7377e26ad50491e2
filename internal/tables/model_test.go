package tables

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// TestRandomRunsAgainstAModel runs one sync after the other over few values, so that everything collides, and compares
// the table and every count with what plain Go makes of the same rows.
func TestRandomRunsAgainstAModel(t *testing.T) {
	t.Parallel()
	for _, key := range [][]string{nil, {"a"}, {"a", "b"}} {
		for _, indexed := range []bool{false, true} {
			t.Run(fmt.Sprint(key, indexed), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				random := rand.New(rand.NewPCG(uint64(len(key)), 17))
				s := job.Sync{Name: "deals", To: job.Sink{Table: "model", Key: key}, Columns: []job.Column{
					{Name: "a", Type: job.ColumnInteger}, {Name: "b", Type: job.ColumnText}, {Name: "c", Type: job.ColumnNumber},
				}}
				if indexed { // a table that was there before, with columns in another order
					w.exec(`CREATE TABLE model (c numeric, x text DEFAULT 'x', b varchar NOT NULL, a int); CREATE INDEX ON model (c)`)
					if key != nil {
						w.exec(`CREATE UNIQUE INDEX ON model (` + each(key, "%", ",") + `)`)
					}
				}
				live := map[string]int{}      // rows as text, and how often
				byKey := map[string]job.Row{} // with a key
				for run := range 12 {
					rows := make([]job.Row, random.IntN(60))
					for i := range rows {
						rows[i] = row(int64(random.IntN(6)), []string{"", "x", "y\t"}[random.IntN(3)], []any{nil, job.Decimal("1.0"), job.Decimal("1.00"), job.Decimal("2")}[random.IntN(4)])
					}
					table := w.begin(s, fmt.Sprint("run-", run), 1)
					w.write(table, 7, rows...)
					want := job.Reconciled{Position: table.at, AsOf: table.mustAsOf(t)}
					if key == nil {
						live = modelReplace(live, rows, &want)
					} else {
						modelMerge(byKey, rows, len(key), &want)
						live = map[string]int{}
						for _, r := range byKey {
							live[text(r)]++
						}
					}
					would, err := table.Compare(t.Context())
					require.NoError(t, err)
					require.Equal(t, want, would)
					did, err := table.Publish(t.Context())
					require.NoError(t, err)
					require.Equal(t, want, did)
					require.Equal(t, did.Read, did.Written+did.Rejected+did.Repeated)
					require.Equal(t, did.Written, did.New+did.Changed+did.Unchanged)
					var expected []string
					for r, n := range live {
						expected = append(expected, slices.Repeat([]string{r}, n)...)
					}
					require.ElementsMatch(t, expected, w.lines(`SELECT a, b, trim_scale(c) FROM model`))
					require.NoError(t, table.Close())
				}
			})
		}
	}
}

func (t *Table) mustAsOf(tb testing.TB) time.Time {
	tb.Helper()
	found, err := t.entries(tb.Context(), t.conn, "run = $2", t.run)
	require.NoError(tb, err)
	return found[0].asOf.UTC()
}

// text is a row as PostgreSQL writes it, with numbers in their shortest form.
func text(r job.Row) string {
	c := ""
	if d, ok := r[2].(job.Decimal); ok {
		c = string(d[:1])
	}
	b := r[1].(string)
	if b != "x" {
		b = `"` + b + `"`
	}
	return fmt.Sprintf("(%d,%s,%s)", r[0], b, c)
}

func modelReplace(live map[string]int, rows []job.Row, want *job.Reconciled) map[string]int {
	next := map[string]int{}
	for _, r := range rows {
		next[text(r)]++
	}
	for r, n := range live {
		want.Before += int64(n)
		want.Gone += int64(max(0, n-next[r]))
	}
	for r, n := range next {
		want.New += int64(max(0, n-live[r]))
		want.Unchanged += int64(min(n, live[r]))
	}
	return next
}

func modelMerge(byKey map[string]job.Row, rows []job.Row, width int, want *job.Reconciled) {
	want.Before = int64(len(byKey))
	last := map[string]job.Row{}
	for _, r := range rows {
		last[fmt.Sprintf("%q", fmt.Sprint(r[:width]...))+fmt.Sprint(r[0])] = r
	}
	want.Repeated = int64(len(rows) - len(last))
	want.Written -= want.Repeated
	for k, r := range last {
		old, ok := byKey[k]
		switch {
		case !ok:
			want.New++
		case text(old) != text(r):
			want.Changed++
		default:
			want.Unchanged++
			continue
		}
		byKey[k] = r
	}
}
