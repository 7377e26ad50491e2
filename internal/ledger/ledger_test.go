package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

// servers are the PostgreSQL of these tests.
var servers pgtest.Shared

func TestMain(m *testing.M) {
	if os.Getenv(childFile) != "" {
		childWrites()
		return
	}
	code := m.Run()
	if err := errors.Join(servers.Stop(), goleak.Find()); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// place is where a ledger of a test is: a file, or a database.
type place struct {
	path string
	dsn  job.Secret
}

// both holds the same test to a ledger in a file and to one in a database.
func both(t *testing.T, test func(t *testing.T, at place)) {
	t.Helper()
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		test(t, place{path: filepath.Join(t.TempDir(), "ledger.db")})
	})
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		test(t, place{dsn: job.NewSecret(servers.Database(t))})
	})
}

func (p place) dial(ctx context.Context) (*ledger.Ledger, error) {
	if p.path != "" {
		return ledger.Open(ctx, p.path)
	}
	return ledger.Connect(ctx, p.dsn)
}

func (p place) open(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := p.dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// raw is the ledger as any tool for its kind sees it.
func (p place) raw(t *testing.T) *sql.DB {
	t.Helper()
	if p.path != "" {
		return raw(t, p.path)
	}
	db, err := sql.Open("pgx", p.dsn.Reveal())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func openAt(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	return place{path: path}.open(t)
}

func record(t *testing.T, l *ledger.Ledger, e ledger.Entry) {
	t.Helper()
	fresh, err := l.Record(t.Context(), e)
	require.NoError(t, err)
	require.True(t, fresh, "%s of %s is new", e.Kind, e.Key)
}

var (
	alice = job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice", Groups: []string{"engineers"}}
	bob   = job.Actor{Kind: job.SlackUser, ID: "U2", Name: "bob", Full: "Bob"}
)

func TestAnEntryComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		when := time.Date(2026, 11, 21, 14, 5, 0, 123456000, time.UTC)
		wrote := ledger.Entry{
			At: when, Key: "T1:C1:1.1", Kind: ledger.KindAllowed, Run: "toy-k4m7q2", Execution: "e-1", Job: "toy", Actor: alice,
			Place: job.Place{Team: "T1", Channel: "C1", Thread: "1.1", Message: "1.1"}, Rule: "may.engineers line 21", Text: "toy",
			Data: ledger.Terms{Policy: "abc", Asks: job.AskRules{Groups: []string{"oncall"}}},
		}
		record(t, l, wrote)

		got, err := l.Entries(t.Context(), wrote.Key)
		require.NoError(t, err)
		require.Len(t, got, 1)
		var terms ledger.Terms
		require.NoError(t, got[0].Decode(&terms))
		require.Equal(t, wrote.Data, terms)
		got[0].Data, wrote.Data = nil, nil
		require.Equal(t, wrote, got[0])
	})
}

func TestASecondEntryOfTheSameKeyAndKindIsNotNew(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		record(t, l, ledger.Entry{Key: "k", Kind: ledger.KindAllowed, Text: "first"})
		fresh, err := l.Record(t.Context(), ledger.Entry{Key: "k", Kind: ledger.KindAllowed, Text: "second"})
		require.NoError(t, err)
		require.False(t, fresh)
		record(t, l, ledger.Entry{Key: "k", Kind: ledger.KindRefused})
		record(t, l, ledger.Entry{Key: "other", Kind: ledger.KindAllowed})

		got, err := l.Entries(t.Context(), "k")
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, "first", got[0].Text, "what was written stays")
	})
}

func TestOfManyWritersOfOneEntryExactlyOneIsFirst(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		ledgers := []*ledger.Ledger{at.open(t), at.open(t)} // two, as two processes have it

		const writers, keys = 16, 25
		var fresh [keys]int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for k := range keys {
					ok, err := ledgers[w%2].Record(t.Context(), ledger.Entry{Key: job.Key(fmt.Sprint(k)), Kind: ledger.KindAllowed})
					mu.Lock()
					if err != nil {
						t.Errorf("writer %d, key %d: %v", w, k, err)
					}
					if ok {
						fresh[k]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for k, n := range fresh {
			require.Equal(t, 1, n, "key %d", k)
		}
		runs, err := ledgers[0].OpenRuns(t.Context())
		require.NoError(t, err)
		require.Len(t, runs, keys)
	})
}

func TestOneBadRowDoesNotSpoilTheOthersOfItsCommit(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		poison := `CREATE TRIGGER poison BEFORE INSERT ON entry WHEN NEW.kind = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END`
		if at.path == "" {
			poison = `ALTER TABLE entry ADD CONSTRAINT poison CHECK (kind <> 'poison')`
		}
		_, err := at.raw(t).Exec(poison)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				key := job.Key(fmt.Sprint(i))
				if i%10 == 0 {
					_, err := l.Record(t.Context(), ledger.Entry{Key: key, Kind: "poison"})
					if err == nil {
						t.Errorf("%s: the poison was taken", key)
					}
					return
				}
				if fresh, err := l.Record(t.Context(), ledger.Entry{Key: key, Kind: "food"}); err != nil || !fresh {
					t.Errorf("%s: %v, %v", key, fresh, err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, "90", one(t, at.raw(t), `SELECT count(*) FROM entry`))
	})
}

func TestAMistakeInAnEntryIsToldAndIsNotTheLedgersFault(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		for want, e := range map[string]ledger.Entry{
			`recording "allowed": an entry needs a key`:                                            {Kind: ledger.KindAllowed},
			`recording "": an entry needs a kind`:                                                  {Key: "k"},
			`recording "outcome": an outcome needs a job: later runs are compared with it`:         {Key: "k", Kind: ledger.KindOutcome},
			"recording \"x\\x00\": the key and the kind of an entry are UTF-8 without a zero byte": {Key: "k", Kind: "x\x00"},
			`recording "board": encoding the data of "board": json: unsupported type: chan int`:    {Key: "k", Kind: ledger.KindBoard, Data: make(chan int)},
		} {
			_, err := l.Record(t.Context(), e)
			require.EqualError(t, err, want)
			var down *ledger.DownError
			require.NotErrorAs(t, err, &down)
		}
	})
}

func TestHasKnowsEveryKeyThatWasSeen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		record(t, l, ledger.Entry{Key: "seen", Kind: ledger.KindRefused})
		for key, want := range map[job.Key]bool{"seen": true, "never": false, "": false} {
			has, err := l.Has(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, want, has, "%q", key)
		}
	})
}

func TestAClosedLedgerSaysSoEverywhere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l, err := at.dial(t.Context())
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.NoError(t, l.Close(), "closing twice is harmless")

		ctx := t.Context()
		for name, call := range map[string]func() error{
			"Record":   func() error { _, err := l.Record(ctx, ledger.Entry{Key: "k", Kind: "x"}); return err },
			"Has":      func() error { _, err := l.Has(ctx, "k"); return err },
			"Entries":  func() error { _, err := l.Entries(ctx, "k"); return err },
			"OpenRuns": func() error { _, err := l.OpenRuns(ctx); return err },
			"OpenOf":   func() error { _, err := l.OpenOf(ctx, "toy", alice); return err },
			"Run":      func() error { _, _, err := l.Run(ctx, "toy-k4m7q2"); return err },
			"InThread": func() error { _, _, err := l.InThread(ctx, "C1", "1.1"); return err },
			"Recent":   func() error { _, err := l.Recent(ctx, 3); return err },
			"Usual":    func() error { _, err := l.Usual(ctx, "toy"); return err },
		} {
			var down *ledger.DownError
			require.ErrorAs(t, call(), &down, name)
		}
	})
}

func TestCloseLetsNobodyWaitForEver(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l, err := at.dial(t.Context())
		require.NoError(t, err)
		const writers = 32
		started := make(chan struct{}, writers)
		recorded := make(chan job.Key, 100000)
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := 0; ; i++ {
					key := job.Key(fmt.Sprintf("%d/%d", w, i))
					if _, err := l.Record(context.Background(), ledger.Entry{Key: key, Kind: "x"}); err != nil {
						var down *ledger.DownError
						if !errors.As(err, &down) {
							t.Errorf("after Close: %v", err)
						}
						return
					}
					if i == 0 {
						started <- struct{}{}
					}
					recorded <- key
				}
			})
		}
		for range writers {
			<-started
		}
		require.NoError(t, l.Close())
		wg.Wait()
		close(recorded)

		again := at.open(t)
		for key := range recorded {
			has, err := again.Has(t.Context(), key)
			require.NoError(t, err)
			require.True(t, has, "what Record confirmed before Close is there: %s", key)
		}
	})
}

func TestAnEndedContextEndsTheWait(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := l.Record(ctx, ledger.Entry{Key: "k", Kind: "x"})
		var down *ledger.DownError
		require.ErrorAs(t, err, &down)
		require.ErrorIs(t, err, context.Canceled)
		_, err = l.Record(t.Context(), ledger.Entry{Key: "k", Kind: "x"})
		require.NoError(t, err, "whether the first was written or not, the second finds out")
		has, err := l.Has(t.Context(), "k")
		require.NoError(t, err)
		require.True(t, has)
	})
}
