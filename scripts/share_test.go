package scripts_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/scripts"
)

func TestAYoungSnapshotIsShared(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	require.NotContains(t, w.refresh("r1", "Bob").well("snapshot").Done, "shared")
	made, err := os.Stat(w.master("shop.db.snapshot"))
	require.NoError(t, err)
	s := w.refresh("r2", "Alice").well("snapshot")
	require.Regexp(t, `^state of \d\d:\d\d, shared with Bob$`, s.Done)
	require.NotContains(t, w.refresh("r3", "Bob").well("snapshot").Done, "shared", "nobody shares with themselves")
	still, err := os.Stat(w.master("shop.db.snapshot"))
	require.NoError(t, err)
	require.True(t, os.SameFile(made, still))

	// An old one is made anew, and so is one from the future: a clock was set back.
	for _, age := range []string{"- 1801", "+ 3600"} {
		change(t, w.master("shop.db.snapshot"), `UPDATE _pawl SET value = strftime('%s', 'now') `+age+` WHERE key = 'epoch'`)
		before, err := os.Stat(w.master("shop.db.snapshot"))
		require.NoError(t, err)
		require.NotContains(t, w.refresh("r4", "Carol").well("snapshot").Done, "shared")
		after, err := os.Stat(w.master("shop.db.snapshot"))
		require.NoError(t, err)
		require.False(t, os.SameFile(before, after), age)
	}

	// A snapshot nobody can read is no snapshot.
	require.NoError(t, os.WriteFile(w.master("shop.db.snapshot"), []byte("half a file"), 0o600))
	require.NotContains(t, w.refresh("r5", "Alice").well("snapshot").Done, "shared")
}

// Many at once: one makes it, all get the same.
func TestOneSnapshotForAllWhoAskAtOnce(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	var wg sync.WaitGroup
	done := make([]string, 6)
	for i := range done {
		wg.Go(func() {
			done[i] = w.refresh("r"+string(rune('0'+i)), string(rune('A'+i))+"nn").with("pace", "1").nearly("snapshot").Done
		})
	}
	wg.Wait()
	alone := 0
	for _, d := range done {
		require.Regexp(t, `^state of \d\d:\d\d`, d)
		if !strings.Contains(d, "shared with") {
			alone++
		}
	}
	require.Equal(t, 1, alone, "%q", done)
}

// The one that makes it is killed: the one that waits makes it, and says so.
func TestWhoWaitsTakesOver(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	first := w.refresh("r1", "Bob").with("pace", "60").near(ctx, "snapshot")
	require.NoError(t, first.Start())
	eventually(t, "Bob's is being made", func() bool { return exists(w.master("shop.db.snapshot.making")) })

	second := w.refresh("r2", "Alice").near(ctx, "snapshot")
	out, err := second.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, second.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	require.Regexp(t, `^pawl: \d+% made for Bob$`, lines.Text())

	require.NoError(t, syscall.Kill(-first.Process.Pid, syscall.SIGKILL))
	require.Error(t, first.Wait())
	var rest []string
	for lines.Scan() {
		rest = append(rest, lines.Text())
	}
	require.NoError(t, second.Wait())
	require.Regexp(t, `^pawl: done state of \d\d:\d\d$`, rest[len(rest)-1])
	require.NoFileExists(t, w.master("shop.db.snapshot.making"))
	require.Equal(t, []string{"2000"}, query(t, w.master("shop.db.snapshot"), `SELECT count(*) FROM orders`))
}

// A master that is written to meanwhile: the snapshot is of one moment, and the writer is not held up.
func TestASnapshotOfAMasterInUse(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	change(t, w.master("shop.db"), `CREATE TABLE twice (a INTEGER, b INTEGER)`, `INSERT INTO twice VALUES (0, 0)`)
	db := open(t, w.master("shop.db"))
	defer func() { require.NoError(t, db.Close()) }()
	stop, written := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		defer func() { written <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := db.Exec(`BEGIN; UPDATE twice SET a = a + 1; UPDATE twice SET b = b + 1; COMMIT`); err != nil {
				t.Error(err)
				return
			}
			n++
		}
	}()
	for range 5 {
		w.refresh("r1", "Alice").with("reuse", "0").well("snapshot")
		require.Equal(t, []string{"1"}, query(t, w.master("shop.db.snapshot"), `SELECT a = b FROM twice`))
		require.Equal(t, []string{"ok"}, query(t, w.master("shop.db.snapshot"), `PRAGMA integrity_check`))
	}
	close(stop)
	require.Positive(t, <-written)
}

func TestAMasterThatIsBeingMadeIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refresh("r1", "Alice").refused("snapshot", "There is no database shop.db on db-master.")
	require.NoError(t, os.WriteFile(w.master("shop.db"+scripts.Half), []byte("half"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := w.refresh("r2", "Alice").near(ctx, "snapshot")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	require.Equal(t, "pawl: note waiting for shop.db, which is being made", lines.Text())
	other := filepath.Join(t.TempDir(), "shop.db")
	require.NoError(t, scripts.Seed(t.Context(), other, 100))
	require.NoError(t, os.Rename(other, w.master("shop.db")))
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	require.NoError(t, cmd.Wait())
	require.Contains(t, last, "pawl: done state of")
}
