package tables

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/job"
)

// Compare says what Publish would do to the live table as it is now, and changes nothing in it. All pages have to be
// written. Of a published run it says what it did.
//
// Rows are the same when their values are: 12.50 is 12.5. With a key, rows are merged: known ones are updated where they
// differ, new ones are added, none is removed. Without one, rows have no identity, so none is ever Changed: it is Gone
// as it was and New as it is.
func (t *Table) Compare(ctx context.Context) (job.Reconciled, error) {
	doing := "comparing " + t.sync.Name + " with what is there"
	e, err := t.settled(ctx)
	if err != nil || e.result != nil {
		return resultOf(e), t.fault(ctx, doing, t.explained(ctx, err))
	}
	r := t.begun(e)
	// One moment for all that is counted.
	once := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = t.transactWith(ctx, once, func(tx pgx.Tx) error {
		_, there, err := t.fit(ctx, tx)
		switch {
		case err != nil:
			return err
		case !there:
			r.New = r.Written
			return nil
		case t.keyed():
			return t.compareMerge(ctx, tx, &r)
		}
		return t.compareReplace(ctx, tx, &r)
	})
	if err != nil {
		return job.Reconciled{}, t.fault(ctx, doing, t.explained(ctx, err))
	}
	return r, nil
}

// Publish makes the staged rows live, in one transaction that also writes down what it did; asked again, by whichever
// attempt of the run, it tells that and does nothing. All pages have to be written. The live table is made if it is
// missing. See the package for the lock and for how long; if it is not had within 10 s, the fault says who has it.
//
// In the answer Written are the rows that counted: without those that came again later with the same key, which are
// Repeated.
func (t *Table) Publish(ctx context.Context) (job.Reconciled, error) {
	doing := "publishing " + t.sync.Name
	e, err := t.settled(ctx)
	if err != nil || e.result != nil {
		return resultOf(e), t.fault(ctx, doing, t.explained(ctx, err))
	}
	var r job.Reconciled
	err = t.patiently(ctx, func() error {
		return t.transact(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = on"); err != nil {
				return err
			}
			e, err := t.mine(ctx, tx)
			if err != nil {
				return err
			}
			if e.result != nil {
				r = *e.result
				return nil
			}
			r = t.begun(e)
			if err := t.change(ctx, tx, &r); err != nil {
				return err
			}
			if err := t.addsUp(ctx, tx, r); err != nil {
				return err
			}
			result, err := jsonOf(r)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE `+t.book()+` SET state = 'published', result = $3::jsonb, ended = clock_timestamp() WHERE name = $1 AND run = $2`, t.sync.Name, t.run, result)
			return err
		})
	})
	if err != nil {
		return job.Reconciled{}, t.fault(ctx, doing, t.explained(ctx, err))
	}
	t.drop(ctx, t.run, t.staging) // not in the transaction: it would wait for a late writer of the staging
	t.staging = ""
	return r, nil
}

// addsUp counts the live table once more before it is everybody's: the figures are what the statements said, and the table
// is what people read.
func (t *Table) addsUp(ctx context.Context, tx pgx.Tx, r job.Reconciled) error {
	if err := r.AddsUp(); err != nil {
		return err
	}
	var after int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+t.live()).Scan(&after); err != nil {
		return err
	}
	if after != r.Before+r.New-r.Gone {
		return t.ours(true, fmt.Sprintf("The figures of this sync do not add up, so nothing was published: %s would have %d rows, and %d were expected. Look for a trigger or a rule on it.",
			t.sync.To.Table, after, r.Before+r.New-r.Gone), nil)
	}
	return nil
}

// Abandon drops what this run has staged; the live table stays as it is. It does nothing to a run that is published, is
// abandoned already, or was overtaken by another run. It gives job.ErrTakenOver when a newer attempt of this run needs
// the staging.
func (t *Table) Abandon(ctx context.Context) error {
	doing := "abandoning " + t.sync.Name
	if t.run == "" {
		return errors.New(doing + ": Begin comes first")
	}
	if err := t.ready(ctx); err != nil && t.conn.IsClosed() {
		return err // that rows are missing is no reason to keep the others
	}
	err := t.transact(ctx, func(tx pgx.Tx) error {
		found, err := t.entries(ctx, tx, "run = $2 FOR UPDATE", t.run)
		if err != nil || len(found) == 0 || found[0].state != open {
			return err
		}
		if found[0].holder != t.holder {
			return job.ErrTakenOver
		}
		_, err = tx.Exec(ctx, `UPDATE `+t.book()+` SET state = 'abandoned', ended = clock_timestamp() WHERE name = $1 AND run = $2`, t.sync.Name, t.run)
		return err
	})
	if err != nil {
		return t.fault(ctx, doing, err)
	}
	t.drop(ctx, t.run, stagingName(t.sync.Name, t.run))
	return nil
}

// settled settles, once more on a new connection if the old one turns out to be gone: whoever took over ended it, and may
// have published.
func (t *Table) settled(ctx context.Context) (entry, error) {
	e, err := t.settle(ctx)
	if err != nil && ctx.Err() == nil && t.run != "" && t.conn.IsClosed() {
		return t.settle(ctx)
	}
	return e, err
}

// settle makes the staging what will be live: all pages are there, and of each key only the last row. It gives the row of
// the run in pawl_sync, with a result if it is published.
func (t *Table) settle(ctx context.Context) (e entry, err error) {
	if t.run == "" {
		return e, errors.New("Begin comes first")
	}
	if err := t.ready(ctx); err != nil {
		return e, err
	}
	err = t.transact(ctx, func(tx pgx.Tx) error {
		if e, err = t.mine(ctx, tx); err != nil || e.state == published {
			return err
		}
		if !e.position.Over && !t.at.Over {
			return errors.New("not all pages are written")
		}
		whole, err := t.whole(ctx, tx)
		if err != nil {
			return err
		}
		if !whole || !e.position.Over { // the last commits may be gone, too
			return t.emptied()
		}
		if !t.keyed() {
			return nil
		}
		key := t.sync.To.Key
		tag, err := tx.Exec(ctx, `DELETE FROM `+t.in(t.staging)+` s USING (
			SELECT `+each(key, "%", ", ")+`, max(`+rowColumn+`) AS pawl_last FROM `+t.in(t.staging)+`
			GROUP BY `+each(key, "%", ", ")+` HAVING count(*) > 1) d
			WHERE `+each(key, "s.% = d.%", " AND ")+` AND s.`+rowColumn+` < d.pawl_last`)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		e.repeated += tag.RowsAffected()
		_, err = tx.Exec(ctx, `UPDATE `+t.book()+` SET repeated = $3 WHERE name = $1 AND run = $2`, t.sync.Name, t.run, e.repeated)
		return err
	})
	return e, err
}

// begun is what is known of a run before the live table is looked at.
func (t *Table) begun(e entry) job.Reconciled {
	r := job.Reconciled{Position: e.position, Repeated: e.repeated, AsOf: e.asOf.UTC()}
	r.Written -= e.repeated
	return r
}

func resultOf(e entry) job.Reconciled {
	if e.result == nil {
		return job.Reconciled{}
	}
	return *e.result
}
