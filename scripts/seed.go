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

// Half is what follows the name of a database that is still being made. The script of the snapshot waits for it.
const Half = ".half"

// rowsAtOnce is how much is made before the context is asked again.
const rowsAtOnce = 20_000

// Seed makes the database of a pretend shop at path unless a file is there already: people, products, orders and
// invoices. orders is the number of rows of its largest table; the others are in proportion, 600,000 make about 90 MB.
// The file appears under its name only when it is complete and on the disk. Everything in it is made up, and the same
// every time. The work is done with low priority where the system offers it to a thread.
func Seed(ctx context.Context, path string, orders int) error {
	switch _, err := os.Stat(path); {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("seeding %s: %w", path, err)
	}
	result := make(chan error, 1)
	go func() {
		yieldToOthers()
		result <- seed(ctx, path, orders)
	}()
	if err := <-result; err != nil {
		return fmt.Errorf("seeding %s: %w", path, err)
	}
	return nil
}

func seed(ctx context.Context, path string, orders int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	half := path + Half
	for _, file := range []string{half, half + "-wal", half + "-shm"} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := fill(ctx, half, orders); err != nil {
		return err
	}
	if err := toDisk(half); err != nil {
		return err
	}
	return os.Rename(half, path)
}

// toDisk waits until a file is on the disk.
func toDisk(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// shop is what is in the database: tables with a SELECT that makes their rows i between $1 and $2, out of $3 people and
// $4 products. The order is that of a real dump: rows first, then what is built over them.
func shop(people, products, orders int) (tables []table, after []string) {
	tables = []table{
		{
			"people", people, `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT,
				street TEXT NOT NULL, city TEXT NOT NULL, joined TEXT NOT NULL)`,
			`i, f.name || ' ' || l.name, lower(f.name) || '.' || lower(l.name) || i || '@customers.test',
				CASE WHEN i % 7 THEN printf('+420 6%08d', i * 7919 % 100000000) END, s.name || ' ' || (1 + i * 31 % 180), c.name,
				date('2016-01-01', (i * 7919 % 3000) || ' days')
			FROM n JOIN words f ON f.id = i * 7 % 24 JOIN words l ON l.id = 100 + i * 13 % 24 JOIN words s ON s.id = 200 + i * 17 % 12
				JOIN words c ON c.id = 300 + i * 11 % 12`,
		},
		{
			"products", products, `CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, price INTEGER NOT NULL)`,
			`i, c.name || ' ' || (100 + i * 37 % 900), c.name, 90 + i * 7919 % 25000 FROM n JOIN words c ON c.id = 400 + i * 5 % 12`,
		},
		{
			"orders", orders, `CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people,
				product_id INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL, total INTEGER NOT NULL, status TEXT NOT NULL, placed_at TEXT NOT NULL)`,
			`i, 1 + i * 7919 % $3, 1 + i * 104729 % $4, 1 + i % 4, (1 + i % 4) * (90 + i * 37 % 25000),
				CASE i % 10 WHEN 0 THEN 'returned' WHEN 1 THEN 'sent' ELSE 'delivered' END, datetime('2019-01-01', (i * 401) || ' seconds') FROM n`,
		},
		{
			"invoices", orders * 2 / 3, `CREATE TABLE invoices (id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL REFERENCES orders,
				bill_to TEXT NOT NULL, email TEXT NOT NULL, amount INTEGER NOT NULL, paid_on TEXT)`,
			`i, i * 3 / 2 + 1, p.name, p.email, 90 + i * 37 % 100000, CASE WHEN i % 9 THEN date('2019-01-02', (i / 400) || ' days') END
			FROM n JOIN people p ON p.id = 1 + i * 7919 % $3`,
		},
	}
	return tables, []string{
		`DROP TABLE words`,
		`CREATE UNIQUE INDEX people_by_email ON people (email)`,
		`CREATE INDEX orders_by_person ON orders (person_id)`,
		`CREATE INDEX orders_by_time ON orders (placed_at)`,
		`CREATE INDEX invoices_by_order ON invoices (order_id)`,
		`CREATE VIEW unpaid AS SELECT i.*, o.person_id FROM invoices i JOIN orders o ON o.id = i.order_id WHERE i.paid_on IS NULL`,
		`PRAGMA journal_mode = WAL`, // as a master that is written to all day would be
	}
}

// table is one table of the shop and how its rows are made.
type table struct {
	name         string
	rows         int
	create, make string
}

func fill(ctx context.Context, path string, orders int) (err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	exec := func(statement string, args ...any) error {
		_, err := db.ExecContext(ctx, statement, args...)
		return err
	}
	for _, s := range []string{`PRAGMA journal_mode = OFF`, `PRAGMA synchronous = OFF`, `CREATE TABLE words (id INTEGER PRIMARY KEY, name TEXT NOT NULL)`} {
		if err := exec(s); err != nil {
			return err
		}
	}
	for kind, list := range words() {
		for i, w := range list {
			if err := exec(`INSERT INTO words VALUES (?, ?)`, 100*kind+i, w); err != nil {
				return err
			}
		}
	}
	people, products := max(orders/9, 1), min(max(orders/500, 12), 1200)
	tables, after := shop(people, products, orders)
	for _, t := range tables {
		if err := exec(t.create); err != nil {
			return err
		}
		for from := 1; from <= t.rows; from += rowsAtOnce {
			rows := `WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO ` + t.name + ` SELECT ` + t.make
			if err := exec(rows, from, min(from+rowsAtOnce-1, t.rows), people, products); err != nil {
				return fmt.Errorf("filling %s: %w", t.name, err)
			}
		}
	}
	for _, s := range after {
		if err := exec(s); err != nil {
			return err
		}
	}
	return nil
}
