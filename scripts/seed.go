package scripts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Seed makes the database of a pretend shop at path unless a file is there already. orders is the number of rows of its
// largest table; the others are in proportion. The file appears under its name only when it is complete. Everything in
// it is made up and the same every time.
func Seed(ctx context.Context, path string, orders int) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("seeding %s: %w", path, err)
	}
	half := path + ".half"
	if err := os.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("seeding %s: %w", path, err)
	}
	if err := fill(ctx, half, orders); err != nil {
		return fmt.Errorf("seeding %s: %w", path, err)
	}
	if err := os.Rename(half, path); err != nil {
		return fmt.Errorf("seeding %s: %w", path, err)
	}
	return nil
}

func fill(ctx context.Context, path string, orders int) (err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, s := range []string{
		`PRAGMA journal_mode = OFF`, `PRAGMA synchronous = OFF`,
		`CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT)`,
		`CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people, total INTEGER NOT NULL)`,
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
			INSERT INTO people SELECT i, 'Person '||i, 'p'||i||'@customers.test', '+420 600 '||i FROM n`, max(1, orders/9)),
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
			INSERT INTO orders SELECT i, 1 + i %% %d, i * 37 %% 10000 FROM n`, orders, max(1, orders/9)),
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
