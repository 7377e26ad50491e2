package tables

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/job"
)

// Begin takes a run of this sync over: makes its staging, or finds where an earlier attempt of the same run stopped, which
// is the position it gives. The position of a published run is its last one, and Publish tells what it did.
//
// From now on every other holder of this sync writes nothing, and the connections it left open are ended. Attempts of a
// run count upwards, a higher one goes before a lower one; of the same number the last to begin does. An attempt that is
// too late gets job.ErrTakenOver: a newer one has begun, another run has, or the run was abandoned. A run that was
// abandoned starts over when a higher attempt begins it.
//
// The live table is looked at, if it is there: one that cannot take the rows is a *job.Fault of class ours that names
// every mistake.
func (t *Table) Begin(ctx context.Context, run string, attempt int64) (job.Position, error) {
	doing := "beginning " + t.sync.Name
	if run == "" {
		return job.Position{}, errors.New(doing + ": the run has no name")
	}
	t.run, t.staging, t.at = "", "", job.Position{}
	if err := t.ready(ctx); err != nil {
		return job.Position{}, err
	}
	shapes, _, err := t.fit(ctx, t.conn)
	if err != nil {
		return job.Position{}, t.fault(ctx, doing, err)
	}
	if err := t.makeBook(ctx); err != nil {
		return job.Position{}, t.fault(ctx, doing, err)
	}
	t.shape = shapes
	for {
		at, again, err := t.take(ctx, run, attempt)
		if err != nil {
			return job.Position{}, t.fault(ctx, doing, err)
		}
		if again {
			continue // somebody else began in between, and may be entitled to it
		}
		t.at = at
		t.sweep(ctx)
		return at, nil
	}
}

// standing is who is in the way of a run, and what it was itself.
type standing struct {
	mine   *entry
	others []entry // of other runs, open
}

func (t *Table) standing(ctx context.Context, q querier, run, lock string) (standing, error) {
	found, err := t.entries(ctx, q, "(run = $2 OR state = 'open') ORDER BY run "+lock, run)
	if err != nil {
		return standing{}, err
	}
	var s standing
	for _, e := range found {
		if e.run == run {
			s.mine = &e
		} else {
			s.others = append(s.others, e)
		}
	}
	return s, nil
}

// late reports whether an attempt comes too late for its run.
func (s standing) late(attempt int64) bool {
	if s.mine == nil {
		return false
	}
	switch s.mine.state {
	case open:
		return attempt < s.mine.attempt
	case abandoned:
		return attempt <= s.mine.attempt
	}
	return s.mine.state == overtaken
}

// holders are those whose connections must be gone before the locks can be had.
func (s standing) holders() []string {
	var names []string
	for _, e := range s.others {
		names = append(names, e.holder)
	}
	if s.mine != nil && s.mine.state == open {
		names = append(names, s.mine.holder)
	}
	return names
}

// take is one try of Begin. It looks without a lock first, because whoever has it may be stopped and never let go; again
// is true when what it then locked was not what it had looked at.
func (t *Table) take(ctx context.Context, run string, attempt int64) (at job.Position, again bool, err error) {
	seen, err := t.standing(ctx, t.conn, run, "")
	if err != nil {
		return at, false, err
	}
	if seen.late(attempt) {
		return at, false, job.ErrTakenOver
	}
	if seen.mine != nil && seen.mine.state == published {
		t.run = run
		return seen.mine.position, false, nil
	}
	if err := t.end(ctx, seen.holders()); err != nil {
		return at, false, err
	}
	err = t.patiently(ctx, func() error {
		return t.transact(ctx, func(tx pgx.Tx) error {
			if err := t.lockName(ctx, tx, t.sync.Name); err != nil {
				return err
			}
			now, err := t.standing(ctx, tx, run, "FOR UPDATE")
			if err != nil {
				return err
			}
			if again = !slices.Equal(now.holders(), seen.holders()) || now.late(attempt) || (now.mine != nil && now.mine.state == published); again {
				return nil
			}
			at, err = t.enter(ctx, tx, now, run, attempt)
			return err
		})
	})
	if err != nil || again {
		t.run, t.staging = "", ""
		return job.Position{}, again, err
	}
	return at, false, nil
}

// enter writes the run down as ours.
func (t *Table) enter(ctx context.Context, tx pgx.Tx, now standing, run string, attempt int64) (at job.Position, err error) {
	if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = on"); err != nil {
		return at, err
	}
	_, err = tx.Exec(ctx, `UPDATE `+t.book()+` SET state = 'overtaken', ended = clock_timestamp() WHERE name = $1 AND run <> $2 AND state = 'open'`, t.sync.Name, run)
	if err != nil {
		return at, err
	}
	t.run, t.staging = run, stagingName(t.sync.Name, run)
	if now.mine != nil && now.mine.state == open {
		whole, err := t.whole(ctx, tx)
		if err != nil {
			return at, err
		}
		if whole {
			_, err = tx.Exec(ctx, `UPDATE `+t.book()+` SET attempt = $3, holder = $4 WHERE name = $1 AND run = $2`, t.sync.Name, run, attempt, t.holder)
			return now.mine.position, err
		}
	}
	if err := t.createStaging(ctx, tx, t.shape); err != nil {
		return at, err
	}
	position, err := jsonOf(at)
	if err != nil {
		return at, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO `+t.book()+` (name, run, attempt, holder, state, staging, position, as_of)
		VALUES ($1, $2, $3, $4, 'open', $5, $6::jsonb, $7)
		ON CONFLICT (name, run) DO UPDATE SET attempt = excluded.attempt, holder = excluded.holder, state = 'open', staging = excluded.staging,
		position = excluded.position, repeated = 0, as_of = excluded.as_of, ended = NULL`,
		t.sync.Name, run, attempt, t.holder, t.staging, position, time.Now().UTC())
	return at, err
}

// whole reports whether as many rows are staged as the position says. They are not after a crash of the server, or when
// somebody dropped the staging table.
func (t *Table) whole(ctx context.Context, q querier) (whole bool, err error) {
	var there bool
	if err := q.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, t.in(t.staging)).Scan(&there); err != nil || !there {
		return false, err
	}
	err = q.QueryRow(ctx, `SELECT coalesce((position->>'written')::bigint, 0) - repeated = (SELECT count(*) FROM `+t.in(t.staging)+`)
		FROM `+t.book()+` WHERE name = $1 AND run = $2`, t.sync.Name, t.run).Scan(&whole)
	if isNone(err) {
		return false, nil
	}
	return whole, err
}

// end ends the connections of holders, and waits until they are gone: what they had not committed is undone then. Those
// of another role stay; if they keep a lock, whoever waits for it says so.
func (t *Table) end(ctx context.Context, holders []string) error {
	if len(holders) == 0 {
		return nil
	}
	rows, err := t.conn.Query(ctx, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
		AND application_name LIKE 'pawl %' AND split_part(application_name, ' ', 2) = ANY ($1)`, holders)
	if err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// sweep drops what ended runs left behind, and forgets the oldest. It tidies up for others: what does not work now is
// left to the next run, so that it never fails this one.
func (t *Table) sweep(ctx context.Context) {
	left, err := t.entries(ctx, t.conn, "state <> $2 AND staging <> ''", open)
	if err != nil {
		return
	}
	for _, e := range left {
		t.drop(ctx, e.run, e.staging)
	}
	_, _ = t.conn.Exec(ctx, `DELETE FROM `+t.book()+` WHERE name = $1 AND state <> 'open' AND staging = '' AND run NOT IN
		(SELECT run FROM `+t.book()+` WHERE name = $1 ORDER BY ended DESC NULLS FIRST LIMIT $2)
		AND run IS DISTINCT FROM (SELECT run FROM `+t.book()+` WHERE name = $1 AND state = 'published' ORDER BY ended DESC LIMIT 1)`, t.sync.Name, kept)
}

// drop removes a staging table and notes that it is gone, unless the run is under way.
func (t *Table) drop(ctx context.Context, run, staging string) {
	_ = t.transact(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '1s'"); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE `+t.book()+` SET staging = '' WHERE name = $1 AND run = $2 AND state <> 'open'`, t.sync.Name, run)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, "DROP TABLE IF EXISTS "+t.in(staging))
		return err
	})
}
