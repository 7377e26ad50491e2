package tables

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// find settles in which schema the live table is, or would be made.
func (t *Table) find(ctx context.Context) error {
	schema, name, qualified := strings.Cut(t.sync.To.Table, ".")
	if !qualified {
		schema, name = "", schema
	}
	if name == "" || len(name) > longestName || len(schema) > longestName || qualified && schema == "" ||
		strings.ContainsAny(t.sync.To.Table, "\x00\"") {
		return t.ours(true, `"`+t.sync.To.Table+`" is not the name of a table: it should be "table" or "schema.table", without quotes.`, nil)
	}
	var found *string
	var err error
	if qualified {
		err = t.conn.QueryRow(ctx, `SELECT nspname::text FROM pg_namespace WHERE nspname = $1`, schema).Scan(&found)
		if isNone(err) {
			return t.ours(true, "The database of "+t.sync.Name+" has no schema "+schema+".", nil)
		}
	} else {
		err = t.conn.QueryRow(ctx, `SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.oid = to_regclass($1)), current_schema())::text`, quote(name)).Scan(&found)
	}
	if err != nil {
		return t.fault(ctx, "looking for the table "+t.sync.To.Table, err)
	}
	if found == nil {
		return t.ours(true, `No schema of the database is on the search path: say "schema.`+name+`" as the table of `+t.sync.Name+".", nil)
	}
	t.schema, t.name = *found, name
	return nil
}

// stagingName is the staging table of a run: readable at the front, unmistakable at the back, at most 63 bytes.
func stagingName(sync, run string) string {
	sum := sha256.Sum256([]byte(sync + "\x00" + run))
	readable := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(sync))
	return "pawl_" + readable[:min(len(readable), 24)] + "_" + hex.EncodeToString(sum[:8])
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// in is a table of the live table's schema.
func (t *Table) in(name string) string { return pgx.Identifier{t.schema, name}.Sanitize() }

// live and book are the two tables that stay.
func (t *Table) live() string { return t.in(t.name) }
func (t *Table) book() string { return t.in("pawl_sync") }

// each makes a list of something for every name, with "%" for the quoted name.
func each(names []string, form, between string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = strings.ReplaceAll(form, "%", strings.ReplaceAll(quote(n), "%", "\x00"))
	}
	return strings.ReplaceAll(strings.Join(parts, between), "\x00", "%")
}

// columnNames are the names of the sync's columns in their order.
func (t *Table) columnNames() []string {
	names := make([]string, len(t.sync.Columns))
	for i, c := range t.sync.Columns {
		names[i] = c.Name
	}
	return names
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
