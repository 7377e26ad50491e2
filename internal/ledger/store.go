package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// store is where a ledger is kept, and what a file and a database do differently. Statements are written once, as SQLite
// takes them, and bind gives them in the store's own words.
type store interface {
	fmt.Stringer // where it is, for people

	bind(statement string) string                                   // with the store's own placeholders
	state() string                                                  // an expression: the state in the data of an outcome
	argument(text string) string                                    // a text that is only looked for, so that it can be asked about
	committing() (context.Context, context.CancelFunc)              // bounds one commit
	undone(err error) bool                                          // after this error certainly nothing was written
	broken(err error) bool                                          // this error is about the connection: another one may do
	turn(ctx context.Context, name string) (done func(), err error) // see [Ledger.Turn]
	close() error                                                   // what it has open besides the writing and the reading connections
}

// file is a ledger in a SQLite file.
type file struct{ path string }

func (f file) String() string               { return f.path }
func (f file) bind(statement string) string { return statement }
func (f file) state() string                { return `json_extract(data, '$.state')` }
func (f file) argument(text string) string  { return text }
func (f file) broken(error) bool            { return false }
func (f file) close() error                 { return nil }

// undone is true: an error of a commit means that it did not take place (https://www.sqlite.org/atomiccommit.html).
func (f file) undone(error) bool { return true }

// committing has no deadline: the wait for another process's lock is bounded by busy_timeout, and a disk answers.
func (f file) committing() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}

// lookAgain is how often a question is asked once more when its connection broke: every idle one may be broken.
const lookAgain = 5

// query asks for rows.
func (l *Ledger) query(ctx context.Context, statement string, args ...any) (rows *sql.Rows, err error) {
	bound := l.bound(args)
	for range lookAgain {
		rows, err = l.read.QueryContext(ctx, l.store.bind(statement), bound...)
		if err == nil || !l.store.broken(err) || ctx.Err() != nil {
			return rows, err
		}
	}
	return rows, err
}

// ask asks for one value.
func (l *Ledger) ask(ctx context.Context, into any, statement string, args ...any) (err error) {
	rows, err := l.query(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return errors.Join(rows.Err(), sql.ErrNoRows)
	}
	return rows.Scan(into)
}

func (l *Ledger) bound(args []any) []any {
	bound := make([]any, len(args))
	for i, a := range args {
		if text, ok := a.(string); ok {
			a = l.store.argument(text)
		}
		bound[i] = a
	}
	return bound
}
