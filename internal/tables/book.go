package tables

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/job"
)

// States of a run in pawl_sync.
const (
	open      = "open"      // rows are being staged
	published = "published" // its rows are live
	abandoned = "abandoned" // nobody wants it any more
	overtaken = "overtaken" // another run began while it was open
)

// kept is how many runs of a sync pawl_sync remembers. A process that slept through more runs than that is taken for new.
const kept = 100

// entry is the row of a run in pawl_sync.
type entry struct {
	run, holder, state, staging string
	attempt                     int64
	position                    job.Position
	repeated                    int64 // staged rows that a later one with the same key replaced; they are gone from the staging
	asOf                        time.Time
	result                      *job.Reconciled // of a published run
}

// makeBook creates pawl_sync when it is missing. Two that come at the same time take turns, because IF NOT EXISTS alone
// lets both begin to create it.
func (t *Table) makeBook(ctx context.Context) error {
	var there bool
	if err := t.conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, t.book()).Scan(&there); err != nil || there {
		return err
	}
	return t.transact(ctx, func(tx pgx.Tx) error {
		if err := t.lockName(ctx, tx, "the table pawl_sync"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+t.book()+` (
			name text NOT NULL, run text NOT NULL, attempt bigint NOT NULL, holder text NOT NULL,
			state text NOT NULL, staging text NOT NULL, position jsonb NOT NULL, repeated bigint NOT NULL DEFAULT 0,
			as_of timestamptz NOT NULL, result jsonb, ended timestamptz, PRIMARY KEY (name, run))`)
		if err != nil {
			return err
		}
		// The last word on "one run of a sync at a time" is the database's.
		_, err = tx.Exec(ctx, `CREATE UNIQUE INDEX IF NOT EXISTS pawl_sync_open ON `+t.book()+` (name) WHERE state = 'open'`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `COMMENT ON TABLE `+t.book()+` IS 'Pawl: how far each run of a sync has come, and what the last ones did. Its staging tables are called pawl_<sync>_<hash>.'`)
		return err
	})
}

// lockName makes others who call it with the same text wait for the end of this transaction.
func (t *Table) lockName(ctx context.Context, tx pgx.Tx, text string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "pawl "+t.schema+" "+text)
	return err
}

const entryColumns = `run, attempt, holder, state, staging, position::text, repeated, as_of, result::text`

// entries gives rows of pawl_sync of this sync. which is a condition with $2 for its argument, and an order or a lock.
func (t *Table) entries(ctx context.Context, q querier, which string, arg any) ([]entry, error) {
	rows, err := q.Query(ctx, `SELECT `+entryColumns+` FROM `+t.book()+` WHERE name = $1 AND `+which, t.sync.Name, arg)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (entry, error) {
		var e entry
		var position string
		var result *string
		err := row.Scan(&e.run, &e.attempt, &e.holder, &e.state, &e.staging, &position, &e.repeated, &e.asOf, &result)
		if err != nil {
			return e, err
		}
		if err := json.Unmarshal([]byte(position), &e.position); err != nil {
			return e, err
		}
		if result != nil {
			err = json.Unmarshal([]byte(*result), &e.result)
		}
		return e, err
	})
}

// mine gives the row of this run, locked until the end of the transaction, if it is ours to continue. Of a published run
// it is everybody's to read.
func (t *Table) mine(ctx context.Context, tx pgx.Tx) (entry, error) {
	found, err := t.entries(ctx, tx, "run = $2 FOR UPDATE", t.run)
	if err != nil {
		return entry{}, err
	}
	if len(found) == 0 || found[0].state != published && (found[0].state != open || found[0].holder != t.holder) {
		return entry{}, job.ErrTakenOver
	}
	return found[0], nil
}

// Last gives what the last published run of this sync did, and its name; ok is false if there was none yet.
func (t *Table) Last(ctx context.Context) (did job.Reconciled, run string, ok bool, err error) {
	const doing = "reading what the last run did"
	if err := t.ready(ctx); err != nil {
		return did, "", false, err
	}
	var there bool
	if err := t.conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, t.book()).Scan(&there); err != nil || !there {
		return did, "", false, t.fault(ctx, doing, err)
	}
	found, err := t.entries(ctx, t.conn, "state = $2 ORDER BY ended DESC LIMIT 1", published)
	if err != nil || len(found) == 0 || found[0].result == nil {
		return did, "", false, t.fault(ctx, doing, err)
	}
	return *found[0].result, found[0].run, true, nil
}

// jsonOf is a value as jsonb takes it. What we write there can always be encoded.
func jsonOf(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
