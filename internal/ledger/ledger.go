// Package ledger is the database of what must be looked up later: who asked for what and by which rule, who waits for
// whom, how it ended, how long it usually takes.
//
// Everything is an Entry: one thing that happened to one key, written once and never changed or removed, which
// triggers in the file enforce. An entry's Key and Kind together exist at most once, so that writing it again after a
// lost answer, a crash or a second delivery is harmless: Record says whether it was new.
//
// A Run is what the entries of one key add up to. What is under way is not decided here but by the engine; the ledger
// knows it well enough to answer people while the engine is down.
//
// It is a SQLite file (Open) or a PostgreSQL database (Connect), with the same promises; store.go says what the two do
// differently. entry.go says what is written, writer.go how, runs.go and releases.go what is read back, migrations/ what
// the file looks like, and postgres/ the database.
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/pawl-ops/pawl/job"
)

// Ledger is an open ledger. Its methods are safe for any number of goroutines, and several processes may have the same
// file or database open.
type Ledger struct {
	store store
	write *sql.DB
	read  *sql.DB
	w     *writer
	close func() error
}

// Open opens the ledger in the file path, makes it when it is missing, and brings its schema up to date. It returns a
// *NewerError when a newer Pawl wrote the file. ctx bounds the opening alone.
func Open(ctx context.Context, path string) (*Ledger, error) {
	write, read, err := connect(path)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	if err := migrateFile(ctx, path, write); err != nil {
		err = errors.Join(err, read.Close(), write.Close())
		var newer *NewerError
		if errors.As(err, &newer) {
			return nil, newer
		}
		return nil, fmt.Errorf("opening the ledger %s: %w", path, err)
	}
	return begin(file{path}, write, read), nil
}

func begin(s store, write, read *sql.DB) *Ledger {
	l := &Ledger{store: s, write: write, read: read, w: newWriter(s, write)}
	l.close = sync.OnceValue(func() error {
		l.w.close()
		// The writer closes last: the last connection to a file folds the WAL into it.
		return errors.Join(l.store.close(), l.read.Close(), l.write.Close())
	})
	return l
}

// Close finishes the commit under way and closes the ledger. Whatever is called afterwards returns a *DownError. Closing
// twice is harmless.
func (l *Ledger) Close() error {
	if err := l.close(); err != nil {
		return fmt.Errorf("closing the ledger: %w", err)
	}
	return nil
}

// String says where the ledger is, for people: a path, or the host and the name of a database. It never shows a password.
func (l *Ledger) String() string { return l.store.String() }

// Record writes an entry to disk before it returns, and reports whether it was new: false means that an entry with
// this Key and Kind exists, which is then left as it was. A *DownError says that it is not known whether it was
// written (ctx ended, the disk is full or gone, the database does not answer, the ledger is closed); any other error is a mistake in the entry.
func (l *Ledger) Record(ctx context.Context, e Entry) (fresh bool, err error) {
	r, err := e.row()
	if err != nil {
		return false, fmt.Errorf("recording %q: %w", e.Kind, err)
	}
	fresh, err = l.w.write(ctx, r)
	if err != nil {
		return false, &DownError{Doing: "recording " + e.Kind, Cause: err}
	}
	return fresh, nil
}

// Has reports whether there is any entry for the key. The error is a *DownError.
func (l *Ledger) Has(ctx context.Context, key job.Key) (bool, error) {
	var has bool
	err := l.ask(ctx, &has, `SELECT EXISTS (SELECT 1 FROM entry WHERE key = ?)`, string(key))
	if err != nil {
		return false, &DownError{Doing: "looking for a key", Cause: err}
	}
	return has, nil
}

// HasKind reports whether there is this entry for the key. The error is a *DownError.
func (l *Ledger) HasKind(ctx context.Context, key job.Key, kind string) (bool, error) {
	var has bool
	err := l.ask(ctx, &has, `SELECT EXISTS (SELECT 1 FROM entry WHERE key = ? AND kind = ?)`, string(key), kind)
	if err != nil {
		return false, &DownError{Doing: "looking for " + kind, Cause: err}
	}
	return has, nil
}

// Entries gives everything recorded for the key, oldest first; nothing when the key is unknown. The error is a
// *DownError.
func (l *Ledger) Entries(ctx context.Context, key job.Key) ([]Entry, error) {
	return l.entries(ctx, whereKey, string(key))
}

// Last gives the newest n entries of one kind about one thing (see OfSchedule and OfSync), the newest first. The error is a
// *DownError.
func (l *Ledger) Last(ctx context.Context, about, kind string, n int) ([]Entry, error) {
	return l.entries(ctx, whereAbout, about, kind, n)
}

const (
	whereAbout = `WHERE job = ? AND kind = ? ORDER BY seq DESC LIMIT ?`
	selectSQL  = `SELECT at, key, kind, run, execution, job, actor, place, channel, thread, rule, text, data FROM entry `
	whereKey   = `WHERE key = ? ORDER BY seq`
)

func (l *Ledger) entries(ctx context.Context, where string, args ...any) (out []Entry, err error) {
	down := func(err error) error { return &DownError{Doing: "reading entries", Cause: err} }
	rows, err := l.query(ctx, selectSQL+where, args...)
	if err != nil {
		return nil, down(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.at, &r.key, &r.kind, &r.run, &r.execution, &r.job, &r.actor, &r.place, &r.channel,
			&r.thread, &r.rule, &r.text, &r.data); err != nil {
			return nil, down(err)
		}
		e, err := r.entry()
		if err != nil {
			return nil, down(err)
		}
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, down(err)
	}
	return out, nil
}
