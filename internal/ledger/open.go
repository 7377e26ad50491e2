package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// connect opens the file for one writing connection and a few reading ones. In WAL mode readers never wait for the
// writer. synchronous(FULL) makes every commit survive a power cut, not only a kill:
// https://www.sqlite.org/pragma.html#pragma_synchronous
func connect(path string) (write, read *sql.DB, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	// The file is made here so that nobody else on the machine can read it; its WAL inherits the mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := f.Close(); err != nil {
		return nil, nil, err
	}
	// Another process may write at the same time, and SQLite hands its lock to whoever happens to ask at the right
	// moment. How long to wait is each caller's own decision, by its context; busy_timeout, in milliseconds, only ends
	// the wait for a process that hangs.
	shared := []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}
	if write, err = sql.Open("sqlite", dsn(path, shared...)); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if read, err = sql.Open("sqlite", dsn(path, append(shared, "query_only(1)")...)); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	return write, read, nil
}

func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// migrateFile brings the schema of a file up to date. Two processes that start together take turns: SQLite's own lock covers one
// migration, not the question which are missing.
func migrateFile(ctx context.Context, path string, db *sql.DB) error {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // closing releases the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %s: %w", lock.Name(), err)
	}

	return migrate(ctx, path, db, goose.DialectSQLite3, migrations, "migrations")
}

// migrate brings a schema up to date: the files in a folder are what is missing or was done. The caller sees to it that
// nobody else does the same.
func migrate(ctx context.Context, at string, db *sql.DB, dialect goose.Dialect, all fs.FS, folder string, more ...goose.ProviderOption) error {
	files, err := fs.Sub(all, folder)
	if err != nil {
		return err
	}
	options := append([]goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}, more...)
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	have, know, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("asking which migrations are missing: %w", err)
	}
	if have > know {
		return &NewerError{Path: at, Schema: have, Know: know}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	return nil
}
