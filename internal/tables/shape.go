package tables

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pawl-ops/pawl/job"
)

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// shape is a column as a table has it.
type shape struct {
	name, kind string // kind as PostgreSQL writes it: "numeric(12,2)"
	required   bool   // it takes no nothing
	filled     bool   // it has a value when none is given
	always     bool   // nobody may write it
}

// typeOf is the type a column gets in a table we make; empty for a type we do not know.
func typeOf(c job.Column) string {
	switch c.Type {
	case job.ColumnText:
		return "text"
	case job.ColumnInteger:
		return "bigint"
	case job.ColumnNumber:
		return "numeric"
	case job.ColumnBoolean:
		return "boolean"
	case job.ColumnTime:
		return "timestamp with time zone"
	case job.ColumnDate:
		return "date"
	case job.ColumnJSON:
		return "jsonb"
	}
	return ""
}

// fits reports whether a column of a table that is there can take the values of a type without changing any. What is
// rounded (double precision), padded (character) or without a zone (timestamp) cannot.
func fits(c job.Column, kind string) bool {
	base, _, _ := strings.Cut(kind, "(")
	switch c.Type {
	case job.ColumnText:
		return base == "text" || base == "character varying"
	case job.ColumnInteger:
		return base == "bigint" || base == "integer" || base == "smallint" || kind == "numeric"
	case job.ColumnNumber:
		return base == "numeric" // with a scale, what does not fit is refused row by row: see stage
	case job.ColumnJSON:
		return base == "jsonb" || base == "json"
	}
	return kind == typeOf(c)
}

// read gives the columns of the live table, and false when there is no such table.
func (t *Table) read(ctx context.Context, q querier) (map[string]shape, bool, error) {
	var kind string
	err := q.QueryRow(ctx, `SELECT c.relkind::text FROM pg_class c WHERE c.oid = to_regclass($1)`, t.live()).Scan(&kind)
	switch {
	case isNone(err):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case kind != "r" && kind != "p":
		return nil, false, t.ours(true, t.sync.To.Table+" is no table: "+t.sync.Name+" cannot write into a view, a foreign table or a sequence.", nil)
	}
	rows, err := q.Query(ctx, `SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
			a.atthasdef OR a.attidentity <> '', a.attidentity = 'a' OR a.attgenerated <> ''
		FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`, t.live())
	if err != nil {
		return nil, false, err
	}
	found := map[string]shape{}
	var s shape
	_, err = pgx.ForEachRow(rows, []any{&s.name, &s.kind, &s.required, &s.filled, &s.always}, func() error {
		found[s.name] = s
		return nil
	})
	return found, true, err
}

// fit gives the columns that staged rows need so that everything staged can be written into the live table, and whether
// that is there. All that is wrong with it is said at once, as a *job.Fault of class ours.
func (t *Table) fit(ctx context.Context, q querier) ([]shape, bool, error) {
	table, there, err := t.read(ctx, q)
	if err != nil {
		return nil, false, err
	}
	var shapes []shape
	var wrong []string
	for _, c := range t.sync.Columns {
		key := slices.Contains(t.sync.To.Key, c.Name)
		if !there {
			shapes = append(shapes, shape{name: c.Name, kind: typeOf(c), required: c.Required || key})
			continue
		}
		s, ok := table[c.Name]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("it has no column %q (%s)", c.Name, typeOf(c)))
		case s.always:
			wrong = append(wrong, fmt.Sprintf("its column %q is generated and takes no values", c.Name))
		case !fits(c, s.kind):
			wrong = append(wrong, fmt.Sprintf("its column %q is %s and should be %s", c.Name, s.kind, typeOf(c)))
		}
		delete(table, c.Name)
		s.required = s.required || key
		shapes = append(shapes, s)
	}
	for name, s := range table {
		if s.required && !s.filled && !s.always {
			wrong = append(wrong, fmt.Sprintf("its column %q must have a value, has no default, and is none of the columns of %s", name, t.sync.Name))
		}
	}
	slices.Sort(wrong)
	if there && t.keyed() {
		if ok, err := t.unique(ctx, q); err != nil {
			return nil, false, err
		} else if !ok {
			wrong = append(wrong, fmt.Sprintf("nothing makes (%s) unique in it (CREATE UNIQUE INDEX ON %s (%s))",
				strings.Join(t.sync.To.Key, ", "), t.live(), each(t.sync.To.Key, "%", ", ")))
		}
	}
	lacking, err := t.rights(ctx, q, there)
	if err != nil {
		return nil, false, err
	}
	wrong = append(wrong, lacking...)
	if len(wrong) > 0 {
		return nil, false, t.ours(true, "The table "+t.sync.To.Table+" cannot take "+t.sync.Name+": "+strings.Join(wrong, "; ")+".", nil)
	}
	return shapes, there, nil
}

// unique reports whether no two rows of the live table can have the same key: without that, merging could change two
// rows where one was meant.
func (t *Table) unique(ctx context.Context, q querier) (ok bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_index i
		WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
		AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM pg_attribute a
			WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
		= (SELECT array_agg(k ORDER BY k COLLATE "C") FROM unnest($2::text[]) k))`, t.live(), t.sync.To.Key).Scan(&ok)
	return ok, err
}

// rights gives what the role may not do and has to, as the statements that would let it.
func (t *Table) rights(ctx context.Context, q querier, there bool) ([]string, error) {
	var lacking []string
	var may bool
	if err := q.QueryRow(ctx, `SELECT has_schema_privilege($1, 'CREATE')`, t.schema).Scan(&may); err != nil {
		return nil, err
	}
	if !may {
		lacking = append(lacking, "GRANT CREATE ON SCHEMA "+quote(t.schema)+" TO "+quote(t.config.User))
	}
	need := []string{"SELECT", "INSERT", "DELETE"}
	if t.keyed() {
		need[2] = "UPDATE"
	}
	for _, right := range need {
		if !there {
			break
		}
		if err := q.QueryRow(ctx, `SELECT has_table_privilege(to_regclass($1), $2)`, t.live(), right).Scan(&may); err != nil {
			return nil, err
		}
		if !may {
			lacking = append(lacking, "GRANT "+right+" ON "+t.live()+" TO "+quote(t.config.User))
		}
	}
	return lacking, nil
}

// definitions are the columns for CREATE TABLE.
func definitions(shapes []shape, more func(shape) string) string {
	parts := make([]string, len(shapes))
	for i, s := range shapes {
		parts[i] = quote(s.name) + " " + more(s)
		if s.required {
			parts[i] += " NOT NULL"
		}
	}
	return strings.Join(parts, ", ")
}

// createLive makes the live table when nobody has.
func (t *Table) createLive(ctx context.Context, tx pgx.Tx, shapes []shape) error {
	columns := definitions(shapes, func(s shape) string { return s.kind })
	if t.keyed() {
		columns += ", PRIMARY KEY (" + each(t.sync.To.Key, "%", ", ") + ")"
	}
	_, err := tx.Exec(ctx, "CREATE TABLE "+t.live()+" ("+columns+")")
	return err
}

// createStaging makes the staging table with the live table's types, so that a value that cannot be stored is found in
// the page it came with. A numeric with a scale would round without a word: there the rule is a check of its own.
func (t *Table) createStaging(ctx context.Context, tx pgx.Tx, shapes []shape) error {
	columns := definitions(shapes, func(s shape) string {
		if strings.HasPrefix(s.kind, "numeric(") {
			return "numeric CHECK (" + quote(s.name) + " = " + quote(s.name) + "::" + s.kind + ")"
		}
		return s.kind
	})
	if t.keyed() {
		columns = rowColumn + " bigint NOT NULL, " + columns
	}
	table := t.in(t.staging)
	if _, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "CREATE UNLOGGED TABLE "+table+" ("+columns+") WITH (autovacuum_enabled = false)")
	return err
}
