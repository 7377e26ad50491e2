package ledger_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// childFile names the ledger that a copy of the test program writes to until it is killed.
const childFile = "PAWL_TEST_LEDGER_CHILD"

func childWrites() {
	l, err := ledger.Open(context.Background(), os.Getenv(childFile))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	confirmed := make(chan job.Key)
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				key := job.Key(fmt.Sprintf("%d/%d", w, i))
				if _, err := l.Record(context.Background(), ledger.Entry{Key: key, Kind: ledger.KindAllowed, Job: "toy"}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				confirmed <- key
			}
		}()
	}
	for key := range confirmed {
		fmt.Println(key)
	}
}

func TestWhatWasConfirmedSurvivesAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	for round, enough := range []int{1, 40, 150} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childFile+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())

		var confirmed []job.Key
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			confirmed = append(confirmed, job.Key(lines.Text()))
			if len(confirmed) == enough {
				require.NoError(t, child.Process.Kill())
			}
		}
		require.Error(t, child.Wait(), "it was killed")
		require.GreaterOrEqual(t, len(confirmed), enough)

		l, err := ledger.Open(t.Context(), path)
		require.NoError(t, err)
		for _, key := range confirmed {
			has, err := l.Has(t.Context(), key)
			require.NoError(t, err)
			require.True(t, has, "round %d: %s was confirmed", round, key)
		}
		require.NoError(t, l.Close())
		require.Equal(t, "ok", one(t, raw(t, path), `PRAGMA integrity_check`))
	}
}

func TestTheFileItselfRefusesToForget(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, path)
	record(t, l, ledger.Entry{Key: "k", Kind: ledger.KindRefused, Text: "no"})
	db := raw(t, path)

	_, err := db.Exec(`UPDATE entry SET text = 'yes'`)
	require.ErrorContains(t, err, "append-only: an entry cannot be changed")
	_, err = db.Exec(`DELETE FROM entry`)
	require.ErrorContains(t, err, "append-only: an entry cannot be removed")
	columns := `at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data`
	for _, replace := range []string{
		`INSERT OR REPLACE INTO entry (` + columns + `) SELECT at, key, kind, run, execution, job, actor, place, channel, thread, rule, 'yes', data FROM entry`,
		`INSERT OR REPLACE INTO entry (seq, ` + columns + `) SELECT seq, at, 'other', kind, run, execution, job, actor, place, channel, thread, rule, 'yes', data FROM entry`,
	} {
		_, err = db.Exec(replace)
		require.NoError(t, err, "it is ignored")
	}
	require.Equal(t, "1 k no", one(t, db, `SELECT count(*) || ' ' || max(key) || ' ' || max(text) FROM entry`))
}

func TestTheFileIsDurableAndPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "a ledger?#%41.db")
	l := openAt(t, path)
	record(t, l, ledger.Entry{Key: "k", Kind: "x"})
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	require.Equal(t, map[string]string{"journal_mode": "wal", "synchronous": "2"}, l.Pragmas(t, "journal_mode", "synchronous"))
}

func TestOpeningAgainKeepsEverything(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	for i := range 3 {
		l, err := ledger.Open(t.Context(), path)
		require.NoError(t, err)
		record(t, l, ledger.Entry{Key: job.Key(fmt.Sprint(i)), Kind: ledger.KindAllowed})
		runs, err := l.OpenRuns(t.Context())
		require.NoError(t, err)
		require.Len(t, runs, i+1)
		require.NoError(t, l.Close())
	}
	_, err := os.Stat(path + "-wal")
	require.ErrorIs(t, err, os.ErrNotExist, "closing folds the WAL into the file")
}

func TestManyMayOpenANewLedgerAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				l, err := at.dial(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestANewerLedgerIsLeftAlone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l, err := at.dial(t.Context())
		require.NoError(t, err)
		require.NoError(t, l.Close())
		statement := `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`
		if at.path == "" {
			statement = `INSERT INTO ledger_version (version_id, is_applied) VALUES (99, true)`
		}
		_, err = at.raw(t).Exec(statement)
		require.NoError(t, err)

		_, err = at.dial(t.Context())
		var newer *ledger.NewerError
		require.ErrorAs(t, err, &newer)
		require.Equal(t, int64(99), newer.Schema)
		require.ErrorContains(t, err, "a newer Pawl wrote it (schema 99, this one knows 2): start that version again")
	})
}

func TestAFileThatIsNoLedgerIsToldAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	require.NoError(t, os.WriteFile(path, []byte("this is a letter, not a database, and long enough to be taken for one"), 0o600))
	_, err := ledger.Open(t.Context(), path)
	require.ErrorContains(t, err, "opening the ledger "+path)
	require.ErrorContains(t, err, "file is not a database")

	_, err = ledger.Open(t.Context(), filepath.Join(path, "below-a-file.db"))
	require.ErrorContains(t, err, "opening the ledger: ")
}

// raw is the file as any SQLite tool sees it.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(path)+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func one(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var s string
	require.NoError(t, db.QueryRow(query).Scan(&s))
	return s
}
