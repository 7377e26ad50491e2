package scripts_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestAToyFromSnapshotToUndo(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	alice := w.refresh("0199f3c2-0001", "Alice")

	p := alice.far("snapshot")
	require.Regexp(t, `^state of \d\d:\d\d$`, p.Done)
	state := p.Result["state"]
	require.Equal(t, "state of "+state, p.Done)
	p = alice.far("copy")
	require.Regexp(t, `^\d+ kB in \d+ s$`, p.Done)
	require.Equal(t, state, p.Result["state"])
	p = alice.far("restore")
	require.Empty(t, p.Done, "the board shows how long it took")
	require.NoFileExists(t, w.toy("toy_alice.db"), "nothing is in place before the last step")
	p = alice.far("mask")
	require.Equal(t, "222 people", p.Done)
	p = alice.far("swap")
	require.Equal(t, state, p.Result["state"])
	require.Regexp(t, `^\d+ kB$`, p.Result["size"])

	first := w.toy("toy_alice.db")
	require.Equal(t, []string{"toy_alice.db"}, w.files("toys"), "nothing else is left")
	require.Equal(t, []string{"2000", "222", "12", "1333"}, query(t, first, `SELECT count(*) FROM orders UNION ALL SELECT count(*) FROM people
		UNION ALL SELECT count(*) FROM products UNION ALL SELECT count(*) FROM invoices`))
	require.Equal(t, []string{"ok"}, query(t, first, `PRAGMA integrity_check`))
	require.Empty(t, query(t, first, `PRAGMA foreign_key_check`))
	require.Equal(t, query(t, w.master("shop.db"), `SELECT type || name || sql FROM sqlite_master ORDER BY 1`),
		query(t, first, `SELECT type || name || sql FROM sqlite_master WHERE name NOT LIKE '%\_pawl%' ESCAPE '\' ORDER BY 1`))
	require.Equal(t, []string{"1333"}, query(t, first, `SELECT seq FROM sqlite_sequence WHERE name = 'invoices'`))
	untouched := `SELECT group_concat(id || total || placed_at) FROM orders`
	require.Equal(t, query(t, w.master("shop.db"), untouched), query(t, first, untouched))
	nobodyShows(t, w, first)

	// A second one, of a newer master: the first is kept.
	change(t, w.master("shop.db"), `INSERT INTO products VALUES (1000, 'Sofa 1', 'Sofa', 1)`)
	again := w.refresh("0199f3c2-0002", "Alice").with("reuse", "0")
	again.all()
	require.Equal(t, []string{"toy_alice.db", "toy_alice.old.db"}, w.files("toys"))
	sofas := `SELECT count(*) FROM products WHERE category = 'Sofa'`
	require.Equal(t, []string{"1"}, query(t, first, sofas))
	require.Equal(t, []string{"0"}, query(t, w.toy("toy_alice.old.db"), sofas))

	for i, want := range []string{"0", "1", "0"} {
		undo := w.refresh("0199f3c2-001"+string(rune('0'+i)), "Alice")
		p := undo.far("undo")
		require.Regexp(t, `^state of \d\d:\d\d$`, p.Done)
		require.Equal(t, []string{want}, query(t, first, sofas), "undo brings the other one back, and again")
		require.Equal(t, []string{"1", "0", "1"}[i:i+1], query(t, w.toy("toy_alice.old.db"), sofas))
	}
	nobodyShows(t, w, first)
}

// nobodyShows holds a database to having nothing of anybody in master: not in a row, not in the gaps of the file.
func nobodyShows(t *testing.T, w *world, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(text), "customers.test")
	for _, name := range []string{"Novak", "Svoboda", "Olsen", "Harbour "} {
		require.NotContains(t, string(text), name)
	}
	for _, phone := range query(t, w.master("shop.db"), `SELECT phone FROM people WHERE phone IS NOT NULL`) {
		require.NotContains(t, string(text), phone)
	}
	require.Equal(t, []string{"31"}, query(t, path, `SELECT count(*) FROM people WHERE phone IS NULL`), "who had none has none")
	require.Equal(t, []string{"Name 7", "person7@example.invalid", "+000 000 000008", "Street 7"},
		query(t, path, `SELECT name FROM people WHERE id = 7 UNION ALL SELECT email FROM people WHERE id = 7
			UNION ALL SELECT phone FROM people WHERE id = 8 UNION ALL SELECT street FROM people WHERE id = 7`))
	require.Equal(t, []string{"Bill to 7"}, query(t, path, `SELECT bill_to FROM invoices WHERE id = 7`))
}

// What the board shows while a script works: a percentage that never goes back, and words beside it.
func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	r := w.refresh("r1", "Alice")
	for _, step := range []struct {
		name string
		want []string
	}{
		{"snapshot", []string{`^\d+% ?$`}},
		{"copy", []string{`^\d+% \d+ kB$`}},
		{"restore", []string{`^\d+% table orders, 2,000 of 2,000 rows$`, `^\d+% table people, 222 of 222 rows$`, `^\d+% index orders_by_time$`}},
		{"mask", []string{`^\d+% table people, 222 of 222 rows$`, `^\d+% table invoices, 1,333 of 1,333 rows$`}},
	} {
		s := r.well(step.name)
		last, lines := 0, ""
		for line := range strings.Lines(s.log) {
			var p job.Progress
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "pawl: "); ok && p.Merge(line) && strings.Contains(rest, "%") {
				require.GreaterOrEqual(t, p.Percent, last, "%s goes back:\n%s", step.name, s.log)
				last = p.Percent
				lines += rest + "\n"
			}
		}
		for _, want := range step.want {
			require.Regexp(t, "(?m)"+want, lines, step.name)
		}
	}
}
