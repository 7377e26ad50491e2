package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/pawl-ops/pawl/job"
)

// maxName is how many bytes the name of a column or a table may have: what PostgreSQL keeps.
const maxName = 63

// sinkKeys is what stands under `to` of a sync.
type sinkKeys struct {
	File     string     `yaml:"file" help:"a file that is written anew each time, .csv or .jsonl"`
	Table    string     `yaml:"table" help:"a table in PostgreSQL: deals or sales.deals"`
	Database job.Secret `yaml:"database" help:"how to connect to the database of the table"`
	Key      value      `yaml:"key" help:"the columns that identify a row: rows are merged by it; without it the table is written anew"`
}

// columnKeys is what stands under the heading of a column.
type columnKeys struct {
	Value    value  `yaml:"value,required" help:"jq that makes it from a record"`
	Type     string `yaml:"type" help:"what it is held to"`
	Required bool   `yaml:"required" help:"a record without it is rejected"`
}

// columnTypes are the types a column may have.
func columnTypes() []string {
	return []string{job.ColumnText, job.ColumnInteger, job.ColumnNumber, job.ColumnBoolean, job.ColumnTime, job.ColumnDate, job.ColumnJSON}
}

// columns reads `rows` of a sync, in its order. A column is the jq that makes it, or more about it.
func (r *reader) columns(v value) (columns []job.Column) {
	if v.node == nil {
		return nil
	}
	before := len(r.problems.List)
	for _, e := range r.entries(v) {
		col := job.Column{Name: e.key, Type: job.ColumnText}
		if strings.TrimSpace(e.key) != e.key || e.key == "" || len(e.key) > maxName || strings.ContainsFunc(e.key, unicode.IsControl) {
			r.at(e.keyNode, "`%s`: the heading of a column has 1 to %d bytes, no control characters, and no space around it", e.name(), maxName)
		}
		if _, mapping := pairsOf(e.value.node); !mapping {
			col.Value = r.program(e.value)
		} else {
			k := columnKeys{Type: job.ColumnText}
			r.decode(e.value, &k)
			if t, _, ok := step(e.value, "type"); ok && !slices.Contains(columnTypes(), k.Type) && k.Type != "" {
				r.at(t.node, "%s cannot be `%s`%s", t.name(), k.Type, choose(k.Type, columnTypes()))
			}
			col.Value, col.Type, col.Required = r.program(k.Value), k.Type, k.Required
		}
		columns = append(columns, col)
	}
	if len(columns) == 0 && len(r.problems.List) == before {
		r.at(v.node, "%s has no columns", v.name())
	}
	return columns
}

// sink reads where a sync writes: a file, or a table. Columns that identify a row are required from then on.
func (r *reader) sink(e entry, k sinkKeys, columns []job.Column) job.Sink {
	to, _, ok := step(e.value, "to")
	if _, mapping := pairsOf(to.node); !ok || !mapping {
		return job.Sink{} // a mistake that was reported
	}
	has := func(key string) bool { _, _, ok := step(to, key); return ok }
	switch {
	case has("file") == has("table"):
		r.at(to.node, "%s needs exactly one of `file` and `table`", to.name())
		return job.Sink{}
	case has("file"):
		for _, key := range []string{"database", "key"} {
			if v, _, ok := step(to, key); ok {
				r.at(v.node, "%s goes with a table; a file is always written anew", v.name())
			}
		}
		return job.Sink{File: r.sinkFile(to, k.File)}
	case !has("database"):
		r.at(to.node, "%s needs `database`: how to connect, such as {env: SALES_DATABASE}", to.name())
	}
	table, _, _ := step(to, "table")
	if !isTable(k.Table) {
		r.at(table.node, "%s must be the name of a table, such as deals or sales.deals: small letters, digits and _", table.name())
		k.Table = ""
	}
	return job.Sink{Table: k.Table, Key: r.rowKey(k.Key, columns)}
}

// rowKey reads the columns that identify a row.
func (r *reader) rowKey(v value, columns []job.Column) (key []string) {
	if v.node == nil {
		return nil
	}
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	for _, item := range r.items(v) {
		name, ok := r.text(item)
		i := slices.Index(names, name)
		switch {
		case !ok:
		case i < 0:
			r.at(item.node, "%s: no column under `rows` is called `%s`%s", item.name(), name, choose(name, names))
		case slices.Contains(key, name):
			r.at(item.node, "%s: `%s` is here twice", item.name(), name)
		default:
			columns[i].Required = true
			key = append(key, name)
		}
	}
	return key
}

// sinkFile is the full path of a file that a sync writes.
func (r *reader) sinkFile(to value, text string) string {
	v, _, _ := step(to, "file")
	path := r.path(text)
	if ext := filepath.Ext(path); ext != ".csv" && ext != ".jsonl" {
		r.at(v.node, "%s must end with .csv or .jsonl: that says what is written", v.name())
		return path
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		r.at(v.node, "%s: there is no folder %s", v.name(), filepath.Dir(path))
	}
	return path
}

// isTable reports whether this is the name of a table that can be typed in SQL as it stands.
func isTable(text string) bool {
	schema, table, qualified := strings.Cut(text, ".")
	name := regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	if !qualified {
		return name.MatchString(schema) && len(schema) <= maxName
	}
	return name.MatchString(schema) && name.MatchString(table) && len(schema) <= maxName && len(table) <= maxName
}
