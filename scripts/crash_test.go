package scripts_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ofSmall is a refresh of the master that small makes.
func (w *world) ofSmall(run string) *refresh {
	return w.refresh(run, "Alice").with("reuse", "0", "hide", "people\tname\temail")
}

// small makes a master with two tables, an index and a trigger: enough for every branch, quick to do again and again.
func small(t *testing.T, w *world) {
	t.Helper()
	change(t, w.master("shop.db"), `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT)`,
		`CREATE TABLE log (text TEXT)`, `CREATE INDEX people_by_name ON people (name)`,
		`CREATE TRIGGER remember AFTER UPDATE ON people BEGIN INSERT INTO log VALUES (old.name); END`,
		`INSERT INTO people VALUES (1, 'Anna Adler', 'anna@customers.test'), (2, 'Leo Lang', NULL), (9223372036854775807, 'Vera Maly', 'vera@customers.test')`,
		`INSERT INTO log VALUES ('opened')`)
}

// The programs a script changes the world with. Each is killed, with the whole script, before it does anything.
func (w *world) countTools() {
	w.t.Helper()
	for _, name := range []string{"mv", "ln", "rm", "sqlite3", "scp", "sync"} {
		path := filepath.Join(w.hosts.Bin(), name)
		if !exists(path) {
			var err error
			path, err = exec.LookPath(name)
			require.NoError(w.t, err)
		}
		w.tool(name, `exec 8>>"$COUNT.lock"
flock 8
read -r n <"$COUNT"
n=$((n + 1))
echo $n >"$COUNT"
exec 8>&-
[ $n -ne "$DIE_AT" ] || kill -KILL 0
exec `+path+` "$@"
`)
	}
}

// Every script, killed before each thing it does, and run again.
func TestKilledAnywhereAndRunAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before func(r *refresh) // brings the world to where the script begins
	}{
		{"snapshot", func(*refresh) {}},
		{"copy", func(r *refresh) { r.well("snapshot") }},
		{"restore", func(r *refresh) { r.well("snapshot", "copy") }},
		{"mask", func(r *refresh) { r.well("snapshot", "copy", "restore") }},
		{"swap", func(r *refresh) { r.well("snapshot", "copy", "restore", "mask") }},
		{"cleanup", func(r *refresh) { r.well("snapshot", "copy", "restore", "mask") }},
		{"undo", func(*refresh) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			small(t, w)
			// Two refreshes before this one, so that there is a toy and one before it.
			w.ofSmall("r1").well("snapshot", "copy", "restore", "mask", "swap")
			change(t, w.master("shop.db"), `INSERT INTO log VALUES ('newer')`)
			w.ofSmall("r2").well("snapshot", "copy", "restore", "mask", "swap")
			change(t, w.master("shop.db"), `INSERT INTO log VALUES ('newest')`)
			r := w.ofSmall("r3")
			c.before(r)
			start := w.keep()
			toys := map[string]bool{dump(t, w.toy("toy_alice.db")): true}
			r.well(c.name)
			want := w.outcome()
			toys[dump(t, w.toy("toy_alice.db"))] = true
			w.countTools()
			for n := 1; ; n++ {
				start()
				count := filepath.Join(t.TempDir(), "count")
				require.NoError(t, os.WriteFile(count, []byte("0\n"), 0o600))
				s := r.nearly(c.name, "COUNT="+count, fmt.Sprintf("DIE_AT=%d", n))
				require.True(t, toys[dump(t, w.toy("toy_alice.db"))], "killed before command %d: the toy is the old or the new one", n)
				if s.Exit == 0 {
					t.Logf("%s was killed at %d places", c.name, n-1)
					require.Greater(t, n, 2)
					require.Equal(t, want, w.outcome())
					return
				}
				require.Equal(t, -1, s.Exit, "command %d: it ended by itself:\n%s", n, s.log)
				again := r.nearly(c.name, "COUNT="+count, "DIE_AT=0")
				require.Zero(t, again.Exit, "killed before command %d, run again:\n%s", n, again.log)
				require.Equal(t, want, w.outcome(), "killed before command %d", n)
			}
		})
	}
}

// An undo that was killed and never run again: whatever the next one finds, it has two toys to change for one another.
func TestUndoAfterAnotherThatWasKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	small(t, w)
	w.ofSmall("r1").well("snapshot", "copy", "restore", "mask", "swap")
	change(t, w.master("shop.db"), `INSERT INTO log VALUES ('newer')`)
	w.ofSmall("r2").well("snapshot", "copy", "restore", "mask", "swap")
	start := w.keep()
	one, two := dump(t, w.toy("toy_alice.db")), dump(t, w.toy("toy_alice.old.db"))
	require.NotEqual(t, one, two)
	w.countTools()
	for n, ended := 1, false; !ended; n++ {
		start()
		count := filepath.Join(t.TempDir(), "count")
		require.NoError(t, os.WriteFile(count, []byte("0\n"), 0o600))
		ended = w.refresh("r3", "Alice").nearly("undo", "COUNT="+count, fmt.Sprintf("DIE_AT=%d", n)).Exit == 0
		was := dump(t, w.toy("toy_alice.db"))
		s := w.refresh("r4", "Alice").nearly("undo", "COUNT="+count, "DIE_AT=0")
		require.Zero(t, s.Exit, s.log)
		now, old := dump(t, w.toy("toy_alice.db")), dump(t, w.toy("toy_alice.old.db"))
		require.NotEqual(t, was, now, "killed before command %d: the toy is the other one now", n)
		require.ElementsMatch(t, []string{one, two}, []string{now, old}, "killed before command %d", n)
		require.Equal(t, []string{"toy_alice.db", "toy_alice.old.db", "toy_alice.undone"}, w.files("toys"))
	}
}

// Killed in the middle of work rather than between two pieces of it.
func TestKilledWhileWorking(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	r := w.refresh("r1", "Alice")
	steps := []struct{ name, line string }{
		{"snapshot", `%`},
		{"copy", `%`},
		{"restore", `% table orders`},
		{"restore", `% index orders_by_person`},
		{"mask", `% table people`},
		{"mask", `% without a trace`},
		{"swap", `note checking`},
		{"", ""},
	}
	for i, c := range steps[:len(steps)-1] {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		cmd := r.with("pace", "2").near(ctx, c.name)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		found := false
		for !found && lines.Scan() {
			found = strings.Contains(lines.Text(), c.line)
		}
		require.True(t, found, "%s never said %q", c.name, c.line)
		require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
		require.Error(t, cmd.Wait())
		cancel()
		if steps[i+1].name != c.name {
			r.well(c.name)
		}
	}
	require.Equal(t, []string{"toy_alice.db"}, w.files("toys"))
	require.Equal(t, []string{"ok"}, query(t, w.toy("toy_alice.db"), `PRAGMA integrity_check`))
	nobodyShows(t, w, w.toy("toy_alice.db"))
}

// keep remembers the hosts' homes and returns what brings them back.
func (w *world) keep() (back func()) {
	kept := w.t.TempDir()
	homes := []string{w.hosts.Host("db-master").Home(), w.hosts.Host("toys").Home()}
	for i, home := range homes {
		require.NoError(w.t, os.CopyFS(filepath.Join(kept, fmt.Sprint(i)), os.DirFS(home)))
	}
	return func() {
		for i, home := range homes {
			require.NoError(w.t, os.RemoveAll(home))
			require.NoError(w.t, os.CopyFS(home, os.DirFS(filepath.Join(kept, fmt.Sprint(i)))))
		}
	}
}

// outcome is everything on both hosts that matters: which files there are, what the databases hold and whose they are.
func (w *world) outcome() map[string]string {
	w.t.Helper()
	found := map[string]string{}
	for _, host := range []string{"db-master", "toys"} {
		for _, name := range w.files(host) {
			path := filepath.Join(w.hosts.Host(host).Home(), name)
			found[name] = ""
			if header, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(header), "SQLite format 3") {
				found[name] = dump(w.t, path)
				if name != "shop.db" {
					found[name] += strings.Join(query(w.t, path, `SELECT key || '=' || value FROM _pawl WHERE key NOT IN ('state', 'epoch') ORDER BY key`), "\n")
				}
			}
		}
	}
	delete(found, "shop.db-shm")
	delete(found, "shop.db-wal")
	return found
}
