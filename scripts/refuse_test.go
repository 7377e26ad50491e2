package scripts_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// full makes the host's df say that there are so many kilobytes free.
func (w *world) full(free string) {
	w.tool("df", `echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
echo '/dev/sda1 1000000 980000 `+free+` 98% /srv'
`)
}

func TestTooLittleSpaceIsSaidBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	r := w.refresh("r1", "Alice")
	w.full("100")
	s := r.refused("snapshot", "db-master has 102 kB free and the snapshot needs ")
	require.Contains(t, s.log, "98 % used, largest: shop.db 0.0 GB")
	w.full("100000000")
	r.well("snapshot")
	w.full("100")
	r.refused("copy", "The toy server has 102 kB free and the copy and the restore need ")
	require.Empty(t, w.files("toys"), "nothing is left")
	w.full("100000000")
	r.well("copy")
	w.full("100")
	require.NoError(t, os.WriteFile(w.toy("toy_eve.old.db"), nil, 0o600))
	require.NoError(t, os.Truncate(w.toy("toy_eve.old.db"), 41e9))
	s = r.refused("restore", "The toy server has 102 kB free and the restore needs ")
	tail := s.log[:strings.Index(s.log, "pawl: problem")]
	require.Contains(t, tail, "toys: df "+w.hosts.Host("toys").Home()+": 98 % used, largest: toy_eve.old.db 41.0 GB, toy_alice.copy.db 0.0 GB")
	w.full("100000000")
	r.well("restore")
	w.full("100")
	r.refused("mask", "The toy server has 102 kB free and writing the masked database needs ")
	require.NoFileExists(t, w.toy("toy_alice.db"))
	w.full("100000000")
	r.well("mask", "swap")
	nobodyShows(t, w, w.toy("toy_alice.db"))
}

// 0.9 GB and 1.8 GB rather than kilobytes.
func TestSizesAreSaidAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	r := w.refresh("r1", "Alice")
	r.well("snapshot")
	w.full("900000")
	require.NoError(t, os.WriteFile(w.master("shop.db.snapshot.about"), []byte("1523456789\n"), 0o600))
	r.refused("copy", "The toy server has 0.9 GB free and the copy and the restore need 3.2 GB.")
}

func TestUndoWithNothingToGoBackTo(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	nothing := "There is no previous toy to go back to. Your current toy works as before."
	w.refresh("r1", "Alice").refused("undo", nothing)
	w.refresh("r2", "Alice").all()
	w.refresh("r3", "Alice").refused("undo", nothing)
	require.Equal(t, []string{"toy_alice.db"}, w.files("toys"))

	// Swapped halfway: the toy and the one before it are one file.
	require.NoError(t, os.Link(w.toy("toy_alice.db"), w.toy("toy_alice.old.db")))
	w.refresh("r4", "Alice").refused("undo", nothing)

	// The toy itself was deleted by hand: the previous one comes back.
	require.NoError(t, os.Remove(w.toy("toy_alice.db")))
	w.refresh("r5", "Alice").well("undo")
	require.Equal(t, []string{"toy_alice.db", "toy_alice.undone"}, w.files("toys"))
}

func TestNothingUnmaskedIsSwappedIn(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	r := w.refresh("r1", "Alice")
	why := "There is no masked database of this refresh to swap in. Your current toy works as before."
	r.refused("swap", why)
	r.well("snapshot", "copy", "restore")
	r.refused("swap", why)
	w.refresh("r2", "Alice").refused("mask", "There is no restored database to mask.")
	r.well("mask")
	w.refresh("r2", "Alice").refused("swap", why)
	require.Equal(t, []string{"toy_alice.new.db"}, w.files("toys"))

	// A damaged one is not swapped in either.
	text, err := os.ReadFile(w.toy("toy_alice.new.db"))
	require.NoError(t, err)
	hurt := append([]byte{}, text...)
	for i := len(hurt) / 2; i < len(hurt)/2+20000; i++ {
		hurt[i] = 0xff
	}
	require.NoError(t, os.WriteFile(w.toy("toy_alice.new.db"), hurt, 0o600))
	r.refused("swap", "The new database is damaged, so I did not swap it in.")
	require.NoError(t, os.WriteFile(w.toy("toy_alice.new.db"), text, 0o600))
	r.well("swap")
}

// Two people whose addresses make the same name.
func TestAStrangersToyIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	w.refresh("r1", "Alice").all()
	before := dump(t, w.toy("toy_alice.db"))
	other := w.refresh("r2", "Alice").with("owner", "alice@elsewhere.test")
	other.well("snapshot")
	for _, name := range []string{"copy", "restore", "swap", "undo"} {
		other.refused(name, "The database toy_alice.db belongs to alice@acme.test, so I left it alone.")
	}
	require.Equal(t, before, dump(t, w.toy("toy_alice.db")))

	// A name that ends like one of ours is no confusion.
	change(t, w.master("shop.db"), `INSERT INTO products VALUES (1000, 'Sofa 1', 'Sofa', 1)`)
	w.refresh("r3", "Alice").with("reuse", "0").all()
	old := dump(t, w.toy("toy_alice.old.db"))
	w.refresh("r4", "Alice_old").all()
	require.Equal(t, old, dump(t, w.toy("toy_alice.old.db")))
	require.FileExists(t, w.toy("toy_alice_old.db"))
}

// A toy in the middle of a change is not swapped away under whoever changes it.
func TestAToyInUse(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	w.refresh("r1", "Alice").all()
	r := w.refresh("r2", "Alice")
	r.well("snapshot", "copy", "restore", "mask")
	db := open(t, w.toy("toy_alice.db"))
	_, err := db.Exec(`BEGIN; DELETE FROM orders WHERE id > 1000`)
	require.NoError(t, err)
	s := r.nearly("swap")
	require.Equal(t, 1, s.Exit, s.log)
	require.Equal(t, "Something has your current toy open and works with it. Close it, then try again.", s.Problem)
	_, err = db.Exec(`COMMIT`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	r.well("swap")
	require.Equal(t, []string{"1000"}, query(t, w.toy("toy_alice.old.db"), `SELECT count(*) FROM orders`))

	// In WAL mode what was written last is in a file beside it, which must not meet the new database.
	db = open(t, w.toy("toy_alice.db"))
	_, err = db.Exec(`PRAGMA journal_mode = WAL; DELETE FROM orders WHERE id > 500`)
	require.NoError(t, err)
	w.refresh("r3", "Alice").refused("undo", "Something has your current toy open and works with it.")
	require.FileExists(t, w.toy("toy_alice.db-wal"))
	require.NoError(t, db.Close())
	w.refresh("r4", "Alice").well("undo")
	require.NoFileExists(t, w.toy("toy_alice.db-wal"))
	require.Equal(t, []string{"500"}, query(t, w.toy("toy_alice.old.db"), `SELECT count(*) FROM orders`))

	// A toy that is no database any more is replaced: that is what a refresh is for.
	require.NoError(t, os.WriteFile(w.toy("toy_alice.db"), []byte("I was a database once"), 0o600))
	w.refresh("r5", "Alice").all()
	require.Equal(t, []string{"2000"}, query(t, w.toy("toy_alice.db"), `SELECT count(*) FROM orders`))
}
