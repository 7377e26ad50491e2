package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"modernc.org/sqlite" // also the driver "sqlite"
)

// pagesAtOnce is how much of a database is copied before it is asked whether to go on: 4 MB.
const pagesAtOnce = 1000

// snapshot copies databases as they all were at one moment, beside whoever writes to them, and looks whether the copies are
// whole. It returns how long writers had to wait.
//
// For the moment it takes the right to write to each (BEGIN IMMEDIATE), begins to read each, and gives the rights back: in
// WAL mode who reads sees the database as it was then, however much is written afterwards
// (https://www.sqlite.org/isolation.html). Without that one moment the copy of the engine's index could be later than that
// of the engine, and show runs as ended that are not; the ledger's could be earlier, and know nothing of a run that goes on.
func snapshot(ctx context.Context, from, to string, names []string) (blocked time.Duration, err error) {
	var sources []*source
	defer func() {
		for _, s := range sources {
			err = errors.Join(err, s.close())
		}
	}()
	for _, name := range names {
		s, err := open(ctx, filepath.Join(from, name))
		if err != nil {
			return 0, fmt.Errorf("opening %s: %w", name, err)
		}
		s.name = name
		sources = append(sources, s)
	}
	if blocked, err = freeze(ctx, sources); err != nil {
		return 0, err
	}
	for _, s := range sources {
		path := filepath.Join(to, s.name)
		if err := s.copy(ctx, path); err != nil {
			return 0, fmt.Errorf("copying %s: %w", s.name, err)
		}
		if err := whole(ctx, path); err != nil {
			return 0, fmt.Errorf("the copy of %s: %w", s.name, err)
		}
	}
	return blocked, nil
}

// source is a database with two connections: one that keeps others from writing, and one that reads.
type source struct {
	name         string
	db           *sql.DB
	stops, reads *sql.Conn
}

func open(ctx context.Context, path string) (*source, error) {
	// A writer of Pawl's own holds the lock for milliseconds; who waits longer than this waits for something that hangs.
	db, err := sql.Open("sqlite", uri(path, "rw")+"&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, err
	}
	s := &source{db: db}
	if s.stops, err = db.Conn(ctx); err == nil {
		s.reads, err = db.Conn(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// close gives the connections back first: closing the database waits for none and closes none that somebody has.
func (s *source) close() error {
	var errs []error
	for _, c := range []*sql.Conn{s.stops, s.reads} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(append(errs, s.db.Close())...)
}

func uri(path, mode string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode
}

// freeze takes the moment: afterwards each source reads what was then.
func freeze(ctx context.Context, sources []*source) (blocked time.Duration, err error) {
	var began time.Time
	defer func() {
		for _, s := range sources {
			// Without a transaction there is nothing to undo, and that is not an error of ours.
			_, _ = s.stops.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
		if !began.IsZero() {
			blocked = time.Since(began)
		}
	}()
	for i, s := range sources {
		if _, err := s.stops.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return 0, fmt.Errorf("waiting for a moment in which nobody writes to %s: %w", s.name, err)
		}
		if i == 0 {
			began = time.Now()
		}
	}
	for _, s := range sources {
		var tables int
		if _, err := s.reads.ExecContext(ctx, "BEGIN"); err != nil {
			return 0, fmt.Errorf("reading %s: %w", s.name, err)
		}
		if err := s.reads.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return 0, fmt.Errorf("reading %s: %w", s.name, err)
		}
	}
	return 0, nil
}

// copy writes what the source reads into a new file, page by page (https://www.sqlite.org/c3ref/backup_finish.html).
func (s *source) copy(ctx context.Context, path string) error {
	if err := write(path, nil); err != nil {
		return err
	}
	return s.reads.Raw(func(conn any) error {
		from, ok := conn.(interface {
			NewBackup(to string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver cannot copy a database that is in use")
		}
		backup, err := from.NewBackup(uri(path, "rwc"))
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			if err = ctx.Err(); err == nil {
				more, err = backup.Step(pagesAtOnce)
			}
		}
		return errors.Join(err, backup.Finish())
	})
}

// whole looks whether a database nobody uses is in order. Closing it leaves one file.
func whole(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", uri(path, "rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("SQLite finds that it is damaged: %s", said)
	}
	return nil
}
