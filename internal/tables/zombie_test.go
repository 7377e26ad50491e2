package tables

import (
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// successors are those who may come while an attempt is stuck.
func successors() map[string]func(w *world) *Table {
	return map[string]func(w *world) *Table{
		"the next attempt": func(w *world) *Table { return w.begin(deals(), "run-1", 2) },
		"the next run":     func(w *world) *Table { return w.begin(deals(), "run-2", 1) },
	}
}

// TestALateAttemptWritesNothing is a process that was stopped between two calls and goes on when its successor has begun,
// has written, and has published.
func TestALateAttemptWritesNothing(t *testing.T) {
	t.Parallel()
	for name, successor := range successors() {
		for _, wakes := range []string{"begun", "written", "published"} {
			t.Run(name+" has "+wakes, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.whole(deals(), "run-0", 1, row(int64(0), "old"))
				late := w.begin(deals(), "run-1", 1)
				require.NoError(t, late.Write(t.Context(), []job.Row{row(int64(1), "first")}, behind(late.at, 1)))

				next := successor(w)
				want := []string{"(2,second)"}
				if next.run == "run-1" {
					require.Equal(t, late.at, next.at, "the next attempt goes on where the late one was")
					want = []string{"(1,first)", "(2,second)"}
				}
				lateTries := func() {
					over := behind(late.at, 1)
					over.Over = true
					for range 2 {
						require.ErrorIs(t, late.Write(t.Context(), []job.Row{row(int64(66), "late")}, over), job.ErrTakenOver)
					}
				}
				if wakes == "begun" {
					lateTries()
				}
				w.write(next, 1, row(int64(2), "second"))
				if wakes == "written" {
					lateTries()
					_, err := late.Publish(t.Context())
					require.ErrorIs(t, err, job.ErrTakenOver)
					_, err = late.Compare(t.Context())
					require.ErrorIs(t, err, job.ErrTakenOver)
					_, err = late.Begin(t.Context(), "run-1", 1)
					require.ErrorIs(t, err, job.ErrTakenOver)
				}
				did, err := next.Publish(t.Context())
				require.NoError(t, err)
				require.Equal(t, [6]int64{int64(len(want)), 0, 0, 1, 1, 0}, counts(did))
				if wakes == "published" {
					if next.run == "run-1" {
						told, err := late.Publish(t.Context())
						require.NoError(t, err)
						require.Equal(t, did, told)
					} else {
						lateTries()
						require.NoError(t, late.Abandon(t.Context()))
						_, err = late.Begin(t.Context(), "run-1", 7)
						require.ErrorIs(t, err, job.ErrTakenOver, "the run is over, whichever attempt comes")
					}
				}
				require.Equal(t, want, w.lines(`SELECT * FROM pipeline ORDER BY id`))
				require.Equal(t, "0", w.staged())
			})
		}
	}
}

// TestATransactionHeldOpenIsEnded is a process stopped in the middle of a transaction: its connection is there and silent,
// and its locks are held.
func TestATransactionHeldOpenIsEnded(t *testing.T) {
	t.Parallel()
	stuck := map[string]func(t *testing.T, late *Table) (goOn func() error){
		"before the commit of a page": func(t *testing.T, late *Table) func() error {
			tx, err := late.conn.Begin(t.Context())
			require.NoError(t, err)
			to := behind(late.at, 0)
			position, err := jsonOf(to)
			require.NoError(t, err)
			require.NoError(t, late.advance(t.Context(), tx, position, to))
			return func() error { return tx.Commit(t.Context()) }
		},
		"in COPY": func(t *testing.T, late *Table) func() error {
			tx, err := late.conn.Begin(t.Context())
			require.NoError(t, err)
			read, write := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				_, err := tx.Conn().PgConn().CopyFrom(t.Context(), read, "COPY "+late.in(late.staging)+" FROM STDIN")
				_ = read.Close()
				ended <- err
			}()
			// When all of this was taken, COPY has begun: it is more than any buffer on the way.
			line := []byte("66\tlate\n")
			for range 300_000 {
				if _, err := write.Write(line); err != nil {
					break
				}
			}
			return func() error {
				_ = write.CloseWithError(io.EOF)
				return <-ended
			}
		},
		"before the commit of publishing": func(t *testing.T, late *Table) func() error {
			over := behind(late.at, 0)
			over.Over = true
			require.NoError(t, late.Write(t.Context(), nil, over))
			tx, err := late.conn.Begin(t.Context())
			require.NoError(t, err)
			e, err := late.mine(t.Context(), tx)
			require.NoError(t, err)
			r := late.begun(e)
			require.NoError(t, late.change(t.Context(), tx, &r))
			return func() error { return tx.Commit(t.Context()) }
		},
	}
	for where, stop := range stuck {
		for name, successor := range successors() {
			t.Run(where+", then "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.whole(deals(), "run-0", 1, row(int64(0), "old"))
				late := w.begin(deals(), "run-1", 1)
				require.NoError(t, late.Write(t.Context(), []job.Row{row(int64(1), "first")}, behind(late.at, 1)))
				goOn := stop(t, late)

				next := successor(w)
				want := []string{"(1,first)"}
				if !next.at.Over {
					w.write(next, 1, row(int64(2), "second"))
					want = []string{"(1,first)", "(2,second)"}
				}
				if next.run == "run-2" {
					want = []string{"(2,second)"}
				}
				_, err := next.Publish(t.Context())
				require.NoError(t, err)
				require.Error(t, goOn())
				require.Equal(t, want, w.lines(`SELECT * FROM pipeline ORDER BY id`))
			})
		}
	}
}

func TestAttemptsGoInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.begin(deals(), "run-1", 2)
	_, err := w.open(deals()).Begin(t.Context(), "run-1", 1)
	require.ErrorIs(t, err, job.ErrTakenOver)
	require.NoError(t, second.Write(t.Context(), nil, behind(second.at, 0)), "the late one has disturbed nobody")

	same := w.begin(deals(), "run-1", 2)
	require.ErrorIs(t, second.Write(t.Context(), nil, behind(second.at, 0)), job.ErrTakenOver)
	require.ErrorIs(t, second.Abandon(t.Context()), job.ErrTakenOver)
	require.NoError(t, same.Write(t.Context(), []job.Row{row(int64(1), "x")}, behind(same.at, 1)))

	require.NoError(t, same.Abandon(t.Context()))
	_, err = w.open(deals()).Begin(t.Context(), "run-1", 2)
	require.ErrorIs(t, err, job.ErrTakenOver, "abandoned by an attempt that is as new")
	third := w.begin(deals(), "run-1", 3)
	require.Equal(t, job.Position{}, third.at)
	require.Equal(t, "0", w.get(`SELECT count(*) FROM `+third.in(third.staging)))
}

func TestManyBeginAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	tables := make([]*Table, 8)
	for i := range tables {
		tables[i] = w.open(deals())
		all.Go(func() {
			// Some lose their connection to those who take over.
			_, _ = tables[i].Begin(t.Context(), fmt.Sprint("run-", i%4), int64(i))
		})
	}
	all.Wait()
	require.Equal(t, "1", w.get(`SELECT count(*) FROM pawl_sync WHERE state = 'open'`))
	writers := 0
	for _, table := range tables {
		if table.run != "" && table.Write(t.Context(), nil, behind(table.at, 0)) == nil {
			writers++
		}
	}
	require.Equal(t, 1, writers)
}

// TestAPageWhoseAnswerWasLostIsWrittenOnce repeats a Write that had arrived.
func TestAPageWhoseAnswerWasLostIsWrittenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := w.begin(deals(), "run-1", 1)
	before, page := table.at, []job.Row{row(int64(1), "x"), row(int64(1), "x")}
	require.NoError(t, table.Write(t.Context(), page, behind(before, 2)))
	table.at = before
	require.NoError(t, table.Write(t.Context(), page, behind(before, 2)))
	require.Equal(t, "2", w.get(`SELECT count(*) FROM `+table.in(table.staging)))

	table.at = before
	require.ErrorContains(t, table.Write(t.Context(), page[:1], behind(before, 1)), "the position is page 1, and not page 0 as it was")

	table.at = behind(before, 2)
	w.exec(`SELECT pg_terminate_backend($1)`, int32(table.conn.PgConn().PID()))
	require.Eventually(t, func() bool {
		return table.Write(t.Context(), page, behind(table.at, 2)) == nil
	}, time.Minute, time.Millisecond, "a lost connection is made again")
	require.Equal(t, "4", w.get(`SELECT count(*) FROM `+table.in(table.staging)))
}
