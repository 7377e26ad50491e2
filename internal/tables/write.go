package tables

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/job"
)

// Write stages the rows of a page and the position behind it, both or neither. to counts the rows: to.Written is what it
// was before and len(rows) more. No rows are fine, the position moves all the same.
//
// It gives job.ErrTakenOver, and nothing was written, when another attempt or run has begun. After any other error the
// same page can be written again: whether it had arrived is found out. A value that cannot be stored is a *job.Fault of
// class data that names the row.
func (t *Table) Write(ctx context.Context, rows []job.Row, to job.Position) error {
	page := fmt.Sprintf("page %d", to.Pages)
	doing := "writing " + page + " of " + t.sync.Name
	switch {
	case t.run == "":
		return errors.New(doing + ": Begin comes first")
	case t.staging == "":
		return errors.New(doing + ": the run is published already")
	case to.Written != t.at.Written+int64(len(rows)):
		return fmt.Errorf("%s: %d rows cannot lead from row %d to row %d", doing, len(rows), t.at.Written, to.Written)
	}
	var err error
	if t.copied, err = t.encode(t.copied[:0], rows, t.at.Written, page); err != nil {
		return err
	}
	position, err := jsonOf(to)
	if err != nil {
		return err
	}
	if err := t.ready(ctx); err != nil {
		return err
	}
	err = t.transact(ctx, func(tx pgx.Tx) error {
		if len(rows) > 0 {
			columns := each(t.columnNames(), "%", ", ")
			if t.keyed() {
				columns = rowColumn + ", " + columns
			}
			_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(t.copied), "COPY "+t.in(t.staging)+" ("+columns+") FROM STDIN")
			if err != nil {
				return err
			}
		}
		return t.advance(ctx, tx, position, to)
	})
	if errors.Is(err, errArrived) {
		err = nil
	}
	if err != nil {
		return placed(t.fault(ctx, doing, t.explained(ctx, err)), err, page)
	}
	t.at = to
	return nil
}

// errArrived undoes a page that a try before this one had written after all.
var errArrived = errors.New("this page is written already")

// advance moves the position, as the last thing of the transaction: only if it is still ours, and still where this page
// begins.
func (t *Table) advance(ctx context.Context, tx pgx.Tx, position string, to job.Position) error {
	tag, err := tx.Exec(ctx, `UPDATE `+t.book()+` SET position = $5::jsonb
		WHERE name = $1 AND run = $2 AND holder = $3 AND state = 'open' AND (position->>'pages')::bigint = $4 AND position->'over' IS NULL`,
		t.sync.Name, t.run, t.holder, t.at.Pages, position)
	if err != nil || tag.RowsAffected() == 1 {
		return err
	}
	found, err := t.entries(ctx, tx, "run = $2", t.run)
	switch {
	case err != nil:
		return err
	case len(found) == 0 || found[0].state != open || found[0].holder != t.holder:
		return job.ErrTakenOver
	case found[0].position == to:
		return errArrived
	}
	if found[0].position.Pages < t.at.Pages {
		return t.emptied() // a crash takes the last commits of pages
	}
	return fmt.Errorf("the position is page %d, and not page %d as it was", found[0].position.Pages, t.at.Pages)
}
