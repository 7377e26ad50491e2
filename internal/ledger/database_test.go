package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

func inDatabase(t *testing.T) place {
	t.Helper()
	return place{dsn: job.NewSecret(servers.Database(t))}
}

func TestTheTableItselfRefusesToForget(t *testing.T) {
	t.Parallel()
	at := inDatabase(t)
	record(t, at.open(t), ledger.Entry{Key: "k", Kind: ledger.KindRefused, Text: "no"})
	db := at.raw(t)
	for statement, want := range map[string]string{
		`UPDATE entry SET text = 'yes'`:                                   "append-only: an entry cannot be changed",
		`DELETE FROM entry`:                                               "append-only: an entry cannot be removed",
		`DELETE FROM entry WHERE key = 'nobody'`:                          "append-only: an entry cannot be removed",
		`TRUNCATE entry`:                                                  "append-only: an entry cannot be removed",
		`SET session_replication_role = replica; DELETE FROM entry`:       "append-only: an entry cannot be removed",
		`INSERT INTO entry (seq, at, key, kind) VALUES (1, '', 'k', 'x')`: "cannot insert a non-DEFAULT value",
		`INSERT INTO entry (at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data)
		 SELECT at, key, kind, run, execution, job, actor, place, channel, thread, rule, 'yes', data FROM entry
		 ON CONFLICT (key, kind) DO UPDATE SET text = excluded.text`: "append-only: an entry cannot be changed",
	} {
		_, err := db.Exec(statement)
		require.ErrorContains(t, err, want, statement)
	}
	require.Equal(t, "1 k no", one(t, db, `SELECT count(*) || ' ' || max(key) || ' ' || max(text) FROM entry`))
}

// Who has read up to a number has read everything below it, although several write.
func TestNumbersAreSeenInTheirOrder(t *testing.T) {
	t.Parallel()
	at := inDatabase(t)
	at.open(t)
	db := at.raw(t)
	const columns = `INSERT INTO entry (at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data) VALUES ('', $1, 'x', '', '', '', '{}', '{}', '', '', '', '', 'null')`
	first, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = first.Exec(columns, "first")
	require.NoError(t, err)

	early, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = early.Exec(`SET LOCAL lock_timeout = '50ms'`)
	require.NoError(t, err)
	_, err = early.Exec(columns, "too early")
	require.ErrorContains(t, err, "lock timeout", "nobody gets a number while one is open")
	require.NoError(t, early.Rollback())
	require.Equal(t, "0", one(t, db, `SELECT count(*) FROM entry`))

	second := make(chan error, 1)
	go func() { _, err := db.Exec(columns, "second"); second <- err }()
	require.NoError(t, first.Commit())
	require.NoError(t, <-second)
	require.Equal(t, "first second", one(t, db, `SELECT string_agg(key, ' ' ORDER BY seq) FROM entry`))
}

func TestWhatNoDatabaseCanHold(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		record(t, l, ledger.Entry{
			Key: "k", Kind: ledger.KindOutcome, Run: "toy-\x00aaaaaa", Job: "toy", Text: "a\x00b\xffc",
			Data: ledger.Outcome{State: board.Done, Took: time.Minute, Text: "said \x00 and \\u0000"},
		})
		got, err := l.Entries(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, "abc", got[0].Text)
		u, err := l.Usual(t.Context(), "toy")
		require.NoError(t, err)
		require.Equal(t, time.Minute, u.Total)
		for _, id := range []string{"toy-\x00", "\xff"} {
			_, known, err := l.Run(t.Context(), id)
			require.NoError(t, err)
			require.False(t, known)
		}
	})
}

func TestASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	at := inDatabase(t)
	db := at.raw(t)
	there := place{dsn: job.NewSecret(at.dsn.Reveal() + " search_path=ours")}
	_, err := there.dial(t.Context())
	require.ErrorContains(t, err, "make the schema that search_path names")
	_, err = db.Exec(`CREATE SCHEMA ours`)
	require.NoError(t, err)
	l, beside := there.open(t), at.open(t)
	record(t, l, allowed("k", "toy-aaaaaa", "toy", alice, "1.1"))
	runs, err := l.OpenRuns(t.Context())
	require.NoError(t, err)
	require.Len(t, runs, 1)
	runs, err = beside.OpenRuns(t.Context())
	require.NoError(t, err)
	require.Empty(t, runs, "another schema is another ledger")

	// Whoever inserts by hand from elsewhere reaches the tables of this ledger.
	_, err = db.Exec(`INSERT INTO ours.entry (at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data)
SELECT at, key, 'outcome', run, execution, job, actor, place, channel, thread, rule, text, '{"state":"done"}' FROM ours.entry`)
	require.NoError(t, err)
	runs, err = l.OpenRuns(t.Context())
	require.NoError(t, err)
	require.Empty(t, runs)
}

// The server is killed again and again while eight write. What was confirmed is there and nothing is there twice, and the
// ledger goes on by itself when the server is back.
func TestWhatWasConfirmedSurvivesACrashOfTheServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Alone(t, false)
	at := place{dsn: job.NewSecret(server.DSN(pgtest.Superuser, "postgres"))}
	l := at.open(t)
	require.Contains(t, l.String(), `the database "postgres" at /`)

	const writers, crashes = 8, 3
	var mu sync.Mutex
	confirmed := map[job.Key]bool{}
	enough := make(chan int, 1) // how many are confirmed, whenever there are more
	stop, over := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; stop.Err() == nil; {
				key := job.Key(fmt.Sprintf("%d/%d", w, i))
				_, err := l.Record(t.Context(), ledger.Entry{Key: key, Kind: ledger.KindAllowed, Job: "toy"})
				var down *ledger.DownError
				if err != nil {
					if !assertNoError(t, asDown(err, &down)) {
						return
					}
					continue // the same one again: whether it was written is not known
				}
				mu.Lock()
				confirmed[key] = true
				n := len(confirmed)
				mu.Unlock()
				select {
				case enough <- n:
				default:
				}
				i++
			}
		})
	}
	reach := func(more int) {
		mu.Lock()
		want := len(confirmed) + more
		mu.Unlock()
		for n := range enough {
			if n >= want {
				return
			}
		}
	}
	for range crashes {
		reach(200)
		require.NoError(t, server.Crash())
		_, err := l.Has(t.Context(), "0/0")
		var down *ledger.DownError
		require.ErrorAs(t, err, &down)
		require.NoError(t, server.Up())
		has, err := l.Has(t.Context(), "0/0")
		require.NoError(t, err, "the first question after that works")
		require.True(t, has)
	}
	reach(200)
	over()
	wg.Wait()

	runs, err := l.OpenRuns(t.Context())
	require.NoError(t, err)
	for _, r := range runs {
		delete(confirmed, r.Key)
	}
	require.Empty(t, confirmed, "what was confirmed is there")
	n, err := strconv.Atoi(one(t, at.raw(t), `SELECT count(*) FROM entry`))
	require.NoError(t, err)
	require.Equal(t, len(runs), n, "nothing is there twice")
}

func asDown(err error, down **ledger.DownError) error {
	if _, ok := err.(*ledger.DownError); ok { //nolint:errorlint // it is the error itself
		return nil
	}
	_ = down
	return err
}

// Of a commit whose answer was lost nobody can say whether its entries are new.
func TestALostAnswerOfACommitIsNotTakenForAnEarlierEntry(t *testing.T) {
	t.Parallel()
	at := inDatabase(t)
	l := at.open(t)
	// The server ends our own connection after the insert and before the answer of the commit, as an administrator may.
	db := at.raw(t)
	_, err := db.Exec(`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.kind = 'cut' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()`)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			fresh, err := l.Record(t.Context(), ledger.Entry{Key: job.Key(fmt.Sprint(i)), Kind: map[bool]string{true: "cut", false: "x"}[i%5 == 0]})
			var down *ledger.DownError
			switch {
			case err == nil && !fresh:
				t.Errorf("%d: it was taken for one that had been there before", i)
			case err != nil:
				assertNoError(t, asDown(err, &down))
			}
		})
	}
	wg.Wait()
	fresh, err := l.Record(t.Context(), ledger.Entry{Key: "after", Kind: "x"})
	require.NoError(t, err)
	require.True(t, fresh)
}

func TestMistakesOfADSN(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"mysql://pawl:hunter2@db/pawl":                                                 "it is written postgres://user:password@host:5432/database, and this one begins otherwise",
		"/var/lib/pawl/hunter2.db":                                                     "for a file leave it out",
		"postgres://pawl:hunter2@db":                                                   "it names no database",
		"postgres://pawl:hunter2@db/":                                                  "it names no database",
		"postgres://pawl:hunter2#@db/pawl":                                             "everything but letters, digits",
		"postgres://pawl:hunter2%zz@db/pawl":                                           "@ is %40",
		"postgres://pawl:hunter2@db:port/pawl":                                         "it is not understood",
		"postgres://pawl:hunter2@db:99999/pawl":                                        "it is not understood",
		"postgres://pawl:hunter2@db/pawl?sslmode=on":                                   "sslmode is one of disable",
		"postgres://pawl:hunter2@db/pawl?sslmode=verify-full&sslrootcert=/none/ca.pem": "its certificates: unable to read CA file: open /none/ca.pem: no such file or directory",
		"postgres://pawl:hunter2@db/pawl?connect_timeout=soon":                         "connect_timeout is a whole number of seconds",
		"postgres://pawl:hunter2@db/pawl?target_session_attrs=x":                       "a ledger needs read-write",
		"host=db password='hunter2 dbname=pawl":                                        "host=... dbname=... user=...",
	} {
		_, err := ledger.Connect(t.Context(), job.NewSecret(dsn))
		var mistake *ledger.DSNError
		require.ErrorAs(t, err, &mistake, dsn)
		require.ErrorContains(t, err, want, dsn)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestADatabaseThatCannotBeOpenedIsToldWithTheNextStep(t *testing.T) {
	t.Parallel()
	server := pgtest.Alone(t, false)
	db, err := sql.Open("pgx", server.DSN(pgtest.Superuser, "postgres"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{`CREATE ROLE pawl LOGIN PASSWORD 'hunter2'`, `CREATE DATABASE locked`, `ALTER DATABASE locked SET default_transaction_read_only = on`} {
		_, err = db.Exec(statement)
		require.NoError(t, err)
	}
	require.NoError(t, server.DemandPassword("pawl"))
	for dsn, want := range map[string]string{
		server.DSN("pawl", "postgres") + " password=hunter3":                        "check the user and the password",
		server.DSN(pgtest.Superuser, "nothing"):                                     "make the database: CREATE DATABASE pawl OWNER pawl",
		server.DSN("pawl", "postgres") + " password=hunter2":                        "let the user make tables there",
		server.DSN(pgtest.Superuser, "locked"):                                      "this is a server that can only be read",
		"host=127.0.0.1 port=1 dbname=pawl password=hunter2":                        `opening the ledger in the database "pawl" at 127.0.0.1:1: `,
		"host=" + filepath.Join(t.TempDir(), "x") + " dbname=pawl password=hunter2": "no such file or directory",
	} {
		_, err := ledger.Connect(t.Context(), job.NewSecret(dsn))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter", dsn)
	}
}
