package ledger

import (
	"context"
	"database/sql"
	"errors"
)

var errClosed = errors.New("it is closed")

// batchLimit bounds one commit, so that the first of a burst does not wait for the last.
const batchLimit = 64

// writer is the only one that writes. What arrives while it waits for the disk goes into the next commit together:
// a burst of commands costs a few waits for the disk instead of one each.
type writer struct {
	to   store
	db   *sql.DB
	in   chan write
	stop chan struct{} // closed: take nothing more
	done chan struct{} // closed: the last commit is over
}

type write struct {
	row  row
	done chan<- written // has room for one: the writer never waits for whoever asked
}

type written struct {
	fresh bool
	err   error
}

func newWriter(to store, db *sql.DB) *writer {
	w := &writer{to: to, db: db, in: make(chan write), stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

// write hands a row over and waits until it is on disk or ctx ends. In the second case it may still get there.
func (w *writer) write(ctx context.Context, r row) (bool, error) {
	done := make(chan written, 1)
	select {
	case w.in <- write{row: r, done: done}:
	case <-w.stop:
		return false, errClosed
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case res := <-done:
		return res.fresh, res.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// close lets the commit under way finish. It must be called once.
func (w *writer) close() {
	close(w.stop)
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case first := <-w.in:
			w.commit(w.gather(first))
		case <-w.stop:
			return
		}
	}
}

// gather adds what others are handing over at this moment.
func (w *writer) gather(first write) []write {
	batch := []write{first}
	for len(batch) < batchLimit {
		select {
		case next := <-w.in:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) commit(batch []write) {
	fresh, err := w.insert(batch)
	if err != nil && len(batch) > 1 && w.to.undone(err) {
		// One row's trouble is not the others': each gets a commit of its own. Not so when the first commit may have taken
		// place: then each would seem to have been there before.
		for _, one := range batch {
			w.commit([]write{one})
		}
		return
	}
	for i, one := range batch {
		if err != nil {
			one.done <- written{err: err}
			continue
		}
		one.done <- written{fresh: fresh[i]}
	}
}

const insertSQL = `
INSERT INTO entry (at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key, kind) DO NOTHING`

// insert commits the rows together and reports for each whether it was new. Who asked cannot interrupt it: that would
// leave everybody else of the commit guessing. The store says how long it may take.
func (w *writer) insert(batch []write) (fresh []bool, err error) {
	ctx, cancel := w.to.committing()
	defer cancel()
	tx, err := w.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	insert := w.to.bind(insertSQL)
	for _, one := range batch {
		r := one.row
		res, err := tx.ExecContext(ctx, insert, r.at, r.key, r.kind, r.run, r.execution, r.job, r.actor, r.place,
			r.channel, r.thread, r.rule, r.text, r.data)
		if err != nil {
			return nil, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, n == 1)
	}
	return fresh, tx.Commit()
}

// begin begins a transaction. A connection that broke while nobody used it is replaced by a new one: nothing was sent.
func (w *writer) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil && w.to.broken(err) && ctx.Err() == nil {
		return w.db.BeginTx(ctx, nil)
	}
	return tx, err
}
