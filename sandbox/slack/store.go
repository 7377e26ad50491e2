package slack

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver behind sql.Open("sqlite")
)

// store is the file that outlives the process: messages with their reactions,
// who and what exists, and envelopes nobody acknowledged.
//
// The journal is a write-ahead log with synchronous NORMAL: a commit survives
// SIGKILL of this process at any moment, and only a power cut may cost the last ones.
type store struct{ db *sql.DB }

const schema = `
CREATE TABLE IF NOT EXISTS post (channel TEXT, ts TEXT, body TEXT NOT NULL, PRIMARY KEY (channel, ts)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entity (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS envelope (id TEXT PRIMARY KEY, n INTEGER NOT NULL, channel TEXT NOT NULL,
	body TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
`

func openStore(path string) (*store, error) {
	dsn := ":memory:"
	if path != "" {
		dsn = "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening the slack sandbox's file %q: %w", path, err)
	}
	// One connection: writes are serial anyway, and an in-memory database is
	// private to its connection.
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("preparing the slack sandbox's file %q: %w", path, err)
	}
	return &store{db: db}, nil
}

func (s *store) close() error { return s.db.Close() }

// entity is a user, channel or group that differs from the seed, or a file.
type entity struct {
	kind, id string
	value    any
}

// write makes a change durable, all of it or nothing.
func (s *store) write(c *change) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("beginning a change: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	put := func(query string, body any, args ...any) error {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encoding a row: %w", err)
		}
		if _, err := tx.Exec(query, append(args, string(text))...); err != nil {
			return fmt.Errorf("writing a row: %w", err)
		}
		return nil
	}
	for i := range c.posts {
		p := &c.posts[i]
		if err := put(`INSERT OR REPLACE INTO post (channel, ts, body) VALUES (?, ?, ?)`, p, p.Channel, p.TS); err != nil {
			return err
		}
	}
	for _, p := range c.removed {
		if _, err := tx.Exec(`DELETE FROM post WHERE channel = ? AND ts = ?`, p.Channel, p.TS); err != nil {
			return fmt.Errorf("deleting a message: %w", err)
		}
	}
	for _, e := range c.entities {
		if err := put(`INSERT OR REPLACE INTO entity (kind, id, body) VALUES (?, ?, ?)`, e.value, e.kind, e.id); err != nil {
			return err
		}
	}
	for _, e := range c.events {
		if err := put(`INSERT INTO envelope (id, n, channel, attempts, due, body) VALUES (?, ?, ?, ?, ?, ?)`,
			e.payload, e.id, e.n, e.channel, e.attempts, e.due.UnixMilli()); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing a change: %w", err)
	}
	return nil
}

// sent notes that an envelope was tried once more and when it is due again.
func (s *store) sent(id string, attempts int, due time.Time) error {
	_, err := s.db.Exec(`UPDATE envelope SET attempts = ?, due = ? WHERE id = ?`, attempts, due.UnixMilli(), id)
	return err
}

// settled forgets an envelope that was acknowledged or given up.
func (s *store) settled(id string) error {
	_, err := s.db.Exec(`DELETE FROM envelope WHERE id = ?`, id)
	return err
}

// posts calls yield with every message, oldest first.
func (s *store) posts(yield func(post)) error {
	return each(s.db, `SELECT body FROM post ORDER BY ts`, func(rows *sql.Rows) error {
		var p post
		if err := scanJSON(rows, &p); err != nil {
			return err
		}
		yield(p)
		return nil
	})
}

// envelopes calls yield with every unacknowledged envelope in their order.
func (s *store) envelopes(yield func(*envelope)) error {
	return each(s.db, `SELECT id, n, channel, body, attempts, due FROM envelope ORDER BY n`, func(rows *sql.Rows) error {
		var (
			e    envelope
			body string
			due  int64
		)
		if err := rows.Scan(&e.id, &e.n, &e.channel, &body, &e.attempts, &due); err != nil {
			return err
		}
		e.payload, e.due = json.RawMessage(body), time.UnixMilli(due)
		var inner struct {
			Event struct {
				Type string `json:"type"`
			} `json:"event"`
		}
		if err := json.Unmarshal(e.payload, &inner); err != nil {
			return err
		}
		e.kind = inner.Event.Type
		yield(&e)
		return nil
	})
}

// entities puts what was changed over the seed.
func (s *store) entities(d *directory) error {
	return each(s.db, `SELECT kind, body FROM entity`, func(rows *sql.Rows) error {
		var kind, body string
		if err := rows.Scan(&kind, &body); err != nil {
			return err
		}
		return d.overlay(kind, []byte(body))
	})
}

func each(db *sql.DB, query string, row func(*sql.Rows) error) error {
	rows, err := db.Query(query)
	if err != nil {
		return fmt.Errorf("reading %q: %w", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("reading %q: %w", query, err)
		}
	}
	return rows.Err()
}

func scanJSON(rows *sql.Rows, into any) error {
	var body string
	if err := rows.Scan(&body); err != nil {
		return err
	}
	return json.Unmarshal([]byte(body), into)
}
