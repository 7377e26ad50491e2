package scripts_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// restored is a refresh up to the mask, of a master changed like this.
func restored(t *testing.T, statements ...string) (*world, *refresh) {
	t.Helper()
	w := seeded(t)
	change(t, w.master("shop.db"), statements...)
	r := w.refresh("r1", "Alice")
	r.well("snapshot", "copy", "restore")
	return w, r
}

func TestHideThatDoesNotFitStopsEverything(t *testing.T) {
	t.Parallel()
	w, r := restored(t)
	for _, hide := range []string{"people\tfone", "persons\tname", "people\tname\nordrs\tstatus"} {
		s := r.with("hide", hide).refused("mask", "to hide: `hide:` in pawl.yaml does not fit the database. Nothing was put in place.")
		require.NotContains(t, s.Done, "people")
		r.refused("swap", "There is no masked database")
	}
	// A mistake in the second table is found after the first was masked; all of it is done again when it is mended.
	r.well("mask", "swap")
	nobodyShows(t, w, w.toy("toy_alice.db"))
}

func TestHiddenValuesKeepTheirKind(t *testing.T) {
	t.Parallel()
	w, r := restored(t, `CREATE TABLE odd (id INTEGER PRIMARY KEY, home_phone INTEGER, photo BLOB, notes, born REAL, "e-mail" TEXT UNIQUE, Name TEXT)`,
		`INSERT INTO odd VALUES (5, 420600, x'ffd8', 'private', 1.5, 'a@b.test', 'Anna'), (6, NULL, NULL, NULL, NULL, NULL, NULL), (-7, 1, x'', '', 0, '', '')`)
	r.with("hide", "odd\thome_phone\tphoto\tnotes\tborn\te-mail\tname").well("mask", "swap")
	require.Equal(t, []string{
		"-7|0|X''|'Notes -7'|0.0|'person-7@example.invalid'|'Name -7'", "5|0|X''|'Notes 5'|0.0|'person5@example.invalid'|'Name 5'", "6|NULL|NULL|NULL|NULL|NULL|NULL",
	}, query(t, w.toy("toy_alice.db"), `SELECT id || '|' || quote(home_phone) || '|' || quote(photo) || '|' || quote(notes) || '|' || quote(born) || '|' || quote("e-mail") || '|' || quote(name) FROM odd ORDER BY id`))
}

// A trigger that keeps old values would keep what is to be hidden. It sleeps meanwhile and is there again afterwards.
func TestTriggersDoNotRemember(t *testing.T) {
	t.Parallel()
	trigger := `CREATE TRIGGER remember AFTER UPDATE ON people BEGIN INSERT INTO kept VALUES (old.email); INSERT INTO kept VALUES ('x;y'); END`
	w, r := restored(t, `CREATE TABLE kept (email TEXT)`, trigger, `CREATE TRIGGER "od""d" DELETE ON people BEGIN SELECT 1; END`)
	r.well("mask", "swap")
	toy := w.toy("toy_alice.db")
	require.Equal(t, []string{"0"}, query(t, toy, `SELECT count(*) FROM kept`))
	nobodyShows(t, w, toy)
	require.Equal(t, query(t, w.master("shop.db"), `SELECT name || sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1`),
		query(t, toy, `SELECT name || sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1`))
	change(t, toy, `UPDATE people SET city = 'Brno' WHERE id = 1`)
	require.Equal(t, []string{"person1@example.invalid", "x;y"}, query(t, toy, `SELECT email FROM kept`))
}

func TestSQLOfYourOwn(t *testing.T) {
	t.Parallel()
	w, r := restored(t)
	own := `UPDATE products SET price = price + 1; -- once and not twice
		DELETE FROM invoices WHERE id > 10;
		SELECT 'pawl: done ' || count(*) || ' goods, ' || (SELECT count(*) FROM people) || ' people' FROM products`
	s := r.with("mask_sql", own).well("mask")
	require.Equal(t, "12 goods, 222 people", s.Done, "its own words win")
	r.well("swap")
	toy := w.toy("toy_alice.db")
	sum := `SELECT sum(price) FROM products`
	require.NotEqual(t, query(t, w.master("shop.db"), sum), query(t, toy, sum))
	require.Equal(t, query(t, w.master("shop.db"), `SELECT sum(price) + 12 FROM products`), query(t, toy, sum))
	require.Equal(t, []string{"10"}, query(t, toy, `SELECT count(*) FROM invoices`))
	require.Equal(t, []string{"owner", "run", "stage"}, query(t, toy, `SELECT key FROM _pawl WHERE key IN ('owner', 'run', 'stage', 'own', 'triggers') ORDER BY 1`))
}

func TestSQLOfYourOwnThatDoesNotWork(t *testing.T) {
	t.Parallel()
	w, r := restored(t)
	for _, own := range []string{"UPDATE products SET prize = 0", "SELECT 1; not SQL", "SELECT 'unfinished", "/* open"} {
		r.with("mask_sql", "UPDATE products SET price = 0;\n"+own).refused("mask", "The SQL given as `mask:` did not work. Nothing was put in place.")
		r.refused("swap", "There is no masked database")
	}
	for range 2 {
		r.with("mask_sql", "COMMIT; SELECT 1").refused("mask", "The SQL given as `mask:` did not work. Nothing was put in place.")
	}
	r.with("mask_sql", "UPDATE products SET price = price + 1").well("mask", "swap")
	require.Equal(t, query(t, w.master("shop.db"), `SELECT sum(price) + 12 FROM products`), query(t, w.toy("toy_alice.db"), `SELECT sum(price) FROM products`),
		"what failed left nothing behind")
}

func TestCleanupTakesOnlyWhatIsHalfMade(t *testing.T) {
	t.Parallel()
	w, r := restored(t)
	s := r.well("cleanup")
	require.Regexp(t, `^\d+ kB of half-made files removed$`, s.Done)
	require.Empty(t, w.files("toys"))
	require.Empty(t, r.well("cleanup").Done, "there is nothing to say when there was nothing")
	w.refresh("r2", "Alice").all()
	r = w.refresh("r3", "Alice")
	r.well("snapshot", "copy")
	for _, name := range []string{"toy_alice.building.db-journal", "toy_alice.sealed.db", "toy_alice.part.db", "toy_alice.part.db.said", "toy_alice.new.db-journal"} {
		require.NoError(t, os.WriteFile(w.toy(name), []byte("left"), 0o600))
	}
	r.well("cleanup")
	require.Equal(t, []string{"toy_alice.db"}, w.files("toys"))
}
