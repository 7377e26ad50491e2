// Package tables writes what a sync fetched into a table of PostgreSQL 14 or newer.
//
// Rows come page by page and go by COPY into a staging table that only this run has. In the same transaction as the rows
// goes the position: the row of the run in pawl_sync, a table beside the live one. So whoever comes after a crash begins
// exactly where the rows end. The live table is touched once, at the end, in one transaction that also writes what it
// did; people who read the table see the old rows or the new ones, never a mixture, and never wait.
//
//	Begin    takes the run over: whoever wrote before, wherever it is stuck, can write nothing any more
//	Write    a page of rows and the position behind it
//	Compare  what Publish would do
//	Publish  does it, once; asked again it gives the same answer
//	Abandon  drops what was staged
//	Last     what the last published run did
//
// # Who may write
//
// Every Begin makes a new name for its holder and notes it in pawl_sync. A transaction of Write compares that name at its
// end, Publish at its beginning, and writes nothing when another one stands there: job.ErrTakenOver. The lock on the row
// is held only between that comparison and the commit. A process that was stopped in just that moment would hold it for
// ever, so Begin also ends the connections of the holder it takes over from; PostgreSQL lets a role do that to its own.
//
// # Why the staging is unlogged
//
// It is written once and read once, and half of the price of COPY is the log for crashes and replicas. PostgreSQL empties
// an unlogged table after a crash of the server; pawl_sync survives it. Hence Begin, Publish and every new connection
// count the rows against the position, and a sync whose staging is gone starts over from its first page.
//
// # How the live table changes
//
// Publish takes SHARE ROW EXCLUSIVE on it, which keeps other writers out and lets everybody read. It is held until the
// transaction ends: for 200,000 rows 0.3 s into an empty table, 1 to 2 s into one as large (two cores, a busy machine).
// Rows that are the same stay untouched; the others are deleted, updated or inserted in place. Grants, views, indexes,
// foreign keys and columns that only the table has survive, because it stays the same table. The other ways do not:
// swapping names loses what hangs on the old table, and TRUNCATE makes readers wait and shows an empty table to whoever
// began to read before it.
package tables

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/job"
)

// longestName is how many bytes of a name PostgreSQL keeps:
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
const longestName = 63

// rowColumn numbers the rows of a staging table with a key, so that the last row of a key can be told.
const rowColumn = "pawl_row"

// Table is the table of one sync, and one connection to it. It is for one goroutine at a time.
type Table struct {
	sync   job.Sync
	config *pgx.ConnConfig
	holder string // who we are in pawl_sync and, behind "pawl ", in pg_stat_activity
	conn   *pgx.Conn

	schema, name string // of the live table, as they are
	lockWait     time.Duration

	run     string // empty before Begin
	staging string // the name of its staging table
	at      job.Position
	shape   []shape // of the staging's columns
	copied  []byte  // what is sent to PostgreSQL, kept for its memory
}

// Open connects to the database and finds the table, which need not be there yet. dsn is a URL or the key=value form of
// libpq. It waits at most 10 s for the connection unless dsn says otherwise. The error is a *job.Fault of class ours; no
// error ever holds the password. Close ends the connection.
func Open(ctx context.Context, dsn job.Secret, sync job.Sync) (*Table, error) {
	if err := checkSync(sync); err != nil {
		return nil, err
	}
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	t := &Table{sync: sync, holder: hex.EncodeToString(random), lockWait: 10 * time.Second}
	config, err := configure(dsn, applicationName(t.holder, sync.Name))
	if err != nil {
		return nil, t.ours(true, "The connection string of the database of "+sync.Name+" cannot be read: it should look like postgres://user:password@host:5432/database.", nil)
	}
	t.config = config
	if err := t.connect(ctx); err != nil {
		return nil, err
	}
	if err := t.find(ctx); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close ends the connection. What was written stays.
func (t *Table) Close() error {
	if t.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return t.conn.Close(ctx)
}

// checkSync finds what can be known to be wrong without a database.
func checkSync(sync job.Sync) error {
	wrong := func(says string) error { return &job.Fault{Class: job.FaultOurs, Final: true, Says: says} }
	if sync.To.Table == "" {
		return wrong("The sync " + sync.Name + " does not say which table it writes.")
	}
	if len(sync.Columns) == 0 {
		return wrong("The sync " + sync.Name + " has no columns.")
	}
	var names []string
	for _, c := range sync.Columns {
		switch {
		case c.Name == "" || len(c.Name) > longestName || strings.ContainsRune(c.Name, 0):
			return wrong("The column " + c.Name + " of " + sync.Name + " needs a name of 1 to 63 bytes.")
		case c.Name == rowColumn:
			return wrong("No column of " + sync.Name + " can be called " + rowColumn + ": Pawl needs that name itself.")
		case slices.Contains(names, c.Name):
			return wrong("The sync " + sync.Name + " has two columns called " + c.Name + ".")
		case typeOf(c) == "":
			return wrong("The column " + c.Name + " of " + sync.Name + " has no type that can be stored: " + c.Type + ".")
		}
		names = append(names, c.Name)
	}
	for i, k := range sync.To.Key {
		if !slices.Contains(names, k) {
			return wrong("The key " + k + " of " + sync.Name + " is none of its columns.")
		}
		if slices.Contains(sync.To.Key[:i], k) {
			return wrong("The key of " + sync.Name + " names " + k + " twice.")
		}
	}
	return nil
}

// keyed reports whether rows are merged, and not all of them replaced.
func (t *Table) keyed() bool { return len(t.sync.To.Key) > 0 }
