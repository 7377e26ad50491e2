package tables

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pawl-ops/pawl/job"
)

// change writes the staged rows into the live table and counts.
func (t *Table) change(ctx context.Context, tx pgx.Tx, r *job.Reconciled) error {
	shapes, there, err := t.fit(ctx, tx)
	if err != nil {
		return err
	}
	if !there {
		if err := t.createLive(ctx, tx, shapes); err != nil {
			return err
		}
	}
	// Readers go on, other writers wait: https://www.postgresql.org/docs/current/explicit-locking.html
	if _, err := tx.Exec(ctx, "LOCK TABLE "+t.live()+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return err
	}
	// Without it the plans below are made for a table that PostgreSQL knows nothing of.
	if _, err := tx.Exec(ctx, "ANALYZE "+t.in(t.staging)); err != nil {
		return err
	}
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+t.live()).Scan(&r.Before); err != nil {
		return err
	}
	switch {
	case r.Before == 0:
		r.New, err = affected(tx.Exec(ctx, t.insert("")))
		return err
	case t.keyed():
		return t.merge(ctx, tx, r)
	}
	return t.replace(ctx, tx, r)
}

// insert is the statement that adds the staged rows, s, or those of them that condition leaves.
func (t *Table) insert(condition string) string {
	names := t.columnNames()
	return "INSERT INTO " + t.live() + " (" + each(names, "%", ", ") + ") SELECT " + each(names, "s.%", ", ") + " FROM " + t.in(t.staging) + " s " + condition
}

// sameKey joins a staged row, s, with the live one, l.
func (t *Table) sameKey() string { return each(t.sync.To.Key, "l.% = s.%", " AND ") }

// differs tells whether two rows of a key are different. A column of type json has no equality, jsonb has.
func (t *Table) differs() string {
	var left, right []string
	for _, s := range t.rest() {
		left = append(left, value("l", s))
		right = append(right, value("s", s))
	}
	if len(left) == 0 {
		return "false"
	}
	return "ROW(" + strings.Join(left, ", ") + ") IS DISTINCT FROM ROW(" + strings.Join(right, ", ") + ")"
}

// rest are the columns that are no part of the key.
func (t *Table) rest() []shape {
	var rest []shape
	for _, s := range t.shape {
		if !slices.Contains(t.sync.To.Key, s.name) {
			rest = append(rest, s)
		}
	}
	return rest
}

// affected is how many rows a statement touched.
func affected(tag pgconn.CommandTag, err error) (int64, error) { return tag.RowsAffected(), err }

func (t *Table) compareMerge(ctx context.Context, q querier, r *job.Reconciled) error {
	err := q.QueryRow(ctx, `SELECT count(*) FILTER (WHERE l.ctid IS NULL), count(*) FILTER (WHERE l.ctid IS NOT NULL AND `+t.differs()+`),
		(SELECT count(*) FROM `+t.live()+`) FROM `+t.in(t.staging)+` s LEFT JOIN `+t.live()+` l ON `+t.sameKey()).Scan(&r.New, &r.Changed, &r.Before)
	r.Unchanged = r.Written - r.New - r.Changed
	return err
}

// merge updates the rows that differ and adds those that are new.
func (t *Table) merge(ctx context.Context, tx pgx.Tx, r *job.Reconciled) (err error) {
	var rest []string
	for _, s := range t.rest() {
		rest = append(rest, s.name)
	}
	if len(rest) > 0 {
		r.Changed, err = affected(tx.Exec(ctx, "UPDATE "+t.live()+" l SET "+each(rest, "% = s.%", ", ")+" FROM "+t.in(t.staging)+" s WHERE "+t.sameKey()+" AND "+t.differs()))
		if err != nil {
			return err
		}
	}
	r.New, err = affected(tx.Exec(ctx, t.insert("WHERE NOT EXISTS (SELECT FROM "+t.live()+" l WHERE "+t.sameKey()+") ORDER BY s."+rowColumn)))
	r.Unchanged = r.Written - r.New - r.Changed
	return err
}

// numbered gives the rows of a table as values that can be compared whole, v, with a hash of each, and numbers those of
// the same hash, so that three of a kind on one side meet two on the other.
func (t *Table) numbered(table string) string {
	var values []string
	for _, s := range t.shape {
		values = append(values, value("x", s))
	}
	record := "ROW(" + strings.Join(values, ", ") + ")"
	return "SELECT tab, id, v, h, row_number() OVER (PARTITION BY h) AS n FROM (SELECT x.tableoid AS tab, x.ctid AS id, " +
		record + " AS v, hash_record_extended(" + record + ", 0) AS h FROM " + table + " x) y"
}

// paired sets what is live, o, beside what is staged, s; what has no partner is gone or new. The hash only makes that
// fast: a pair is two rows with the same values, in the sense of GROUP BY, where nothing is like nothing.
func (t *Table) paired() string {
	return "(" + t.numbered(t.live()) + ") o FULL JOIN (" + t.numbered(t.in(t.staging)) + ") s ON o.h = s.h AND o.n = s.n AND o.v = s.v"
}

func (t *Table) compareReplace(ctx context.Context, q querier, r *job.Reconciled) error {
	err := q.QueryRow(ctx, `SELECT count(*) FILTER (WHERE o.id IS NULL), count(*) FILTER (WHERE s.id IS NULL), count(o.id) FROM `+t.paired()).Scan(&r.New, &r.Gone, &r.Before)
	r.Unchanged = r.Written - r.New
	return err
}

// replace removes the rows that are not staged and adds those that are not live.
func (t *Table) replace(ctx context.Context, tx pgx.Tx, r *job.Reconciled) error {
	_, err := tx.Exec(ctx, "CREATE TEMP TABLE pawl_moves ON COMMIT DROP AS SELECT o.tab, o.id AS gone, s.id AS come FROM "+t.paired()+" WHERE o.id IS NULL OR s.id IS NULL")
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "ANALYZE pg_temp.pawl_moves"); err != nil {
		return err
	}
	r.Gone, err = affected(tx.Exec(ctx, "DELETE FROM "+t.live()+" l USING pg_temp.pawl_moves m WHERE l.ctid = m.gone AND l.tableoid = m.tab"))
	if err != nil {
		return err
	}
	r.New, err = affected(tx.Exec(ctx, t.insert("JOIN pg_temp.pawl_moves m ON s.ctid = m.come")))
	r.Unchanged = r.Written - r.New
	return err
}

// value is a column of a row as something that can be compared.
func value(row string, s shape) string {
	v := row + "." + quote(s.name)
	if s.kind == "json" {
		v += "::jsonb"
	}
	return v
}
