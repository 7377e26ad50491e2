package scripts_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/scripts"
)

// What cannot be carried over row by row is taken over as a whole, and nothing of it is lost.
func TestUnusualDatabases(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string][]string{
		"ordinary":      {`CREATE TABLE a (x)`, `INSERT INTO a VALUES (1), (NULL), ('x'), (x'00ff'), (1.5)`},
		"empty":         {`CREATE TABLE a (x)`},
		"no rowid":      {`CREATE TABLE a (x TEXT PRIMARY KEY, y) WITHOUT ROWID`, `INSERT INTO a VALUES ('k', 1)`},
		"generated":     {`CREATE TABLE a (x INTEGER, y INTEGER AS (x * 2) STORED, z AS (x + 1))`, `INSERT INTO a VALUES (1), (2)`},
		"full text":     {`CREATE VIRTUAL TABLE a USING fts5(x)`, `INSERT INTO a VALUES ('the pawl keeps the ratchet')`},
		"rowid by name": {`CREATE TABLE a (rowid TEXT, x)`, `INSERT INTO a VALUES ('mine', 1)`},
		"line in name":  {"CREATE TABLE \"a\nb\" (\"c\nd\" TEXT, \"e|f\")", "INSERT INTO \"a\nb\" VALUES ('x', 1)"},
		"bar in name":   {`CREATE TABLE "a|b" (x)`, `INSERT INTO "a|b" VALUES (1)`},
		"vacuum":        {`PRAGMA auto_vacuum = FULL`, `CREATE TABLE a (x)`, `INSERT INTO a VALUES (1)`},
		"sixteen":       {`PRAGMA encoding = 'UTF-16'`, `CREATE TABLE a (x)`, `INSERT INTO a VALUES ('žluť')`},
		"quotes":        {`CREATE TABLE "it's a ""table""; --" ("co'l""umn" TEXT, "select" TEXT, "$(touch x)" TEXT)`, "INSERT INTO \"it's a \"\"table\"\"; --\" VALUES ('a''b', 'pawl: 99% x', '`id` $HOME \\ \n')"},
		"settings":      {`PRAGMA page_size = 8192`, `PRAGMA user_version = 7`, `PRAGMA application_id = 77`, `CREATE TABLE a (x)`},
		"extreme rows":  {`CREATE TABLE a (id INTEGER PRIMARY KEY, x)`, `INSERT INTO a VALUES (-9223372036854775808, 'first'), (0, 'zero'), (9223372036854775807, 'last')`},
		"partial index": {`CREATE TABLE a (x, y)`, `CREATE UNIQUE INDEX "in dex" ON a (lower(x)) WHERE y IS NOT NULL`, `INSERT INTO a VALUES ('A', NULL), ('a', 1)`},
		"counters":      {`CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x)`, `INSERT INTO a (x) VALUES (1), (2), (3)`, `DELETE FROM a WHERE id = 3`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change(t, w.master("shop.db"), append(statements, `CREATE TABLE IF NOT EXISTS secrets (name TEXT)`, `INSERT INTO secrets VALUES ('x')`)...)
			r := w.refresh("r1", "Alice").with("hide", "secrets\tname")
			r.well("snapshot", "copy", "restore", "mask", "swap")
			change(t, w.master("shop.db"), `UPDATE secrets SET name = 'Name 1'`)
			toy := w.toy("toy_alice.db")
			change(t, toy, `DROP TABLE _pawl`)
			require.Equal(t, dump(t, w.master("shop.db")), dump(t, toy))
			require.Equal(t, []string{"ok"}, query(t, toy, `PRAGMA integrity_check`))
			for _, setting := range []string{"page_size", "user_version", "application_id", "encoding", "auto_vacuum"} {
				require.Equal(t, query(t, w.master("shop.db"), "PRAGMA "+setting), query(t, toy, "PRAGMA "+setting), setting)
			}
			if name == "counters" {
				require.Equal(t, []string{"3"}, query(t, toy, `SELECT seq FROM sqlite_sequence WHERE name = 'a'`))
			}
		})
	}
}

// Names from the configuration and from people are data wherever they go.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nasty := `it's a "shop"; $(touch pwned) %s .db`
	change(t, w.master(nasty), `CREATE TABLE "pe'op""le" ("na me" TEXT)`, `INSERT INTO "pe'op""le" VALUES ('Anna')`)
	bob := w.refresh("r1", "Bob").with("database", nasty, "who", "Bob' \"$(touch pwned)\n\rpawl: problem injected \x1b[31m|x")
	bob.well("snapshot")
	s := w.refresh("r2", "Alice").with("database", nasty).well("snapshot")
	require.Regexp(t, `^state of \d\d:\d\d, shared with Bob' "\$\(touch pwned\)pawl: problem injected \[31m\|x$`, s.Done)
	require.Empty(t, s.Problem)

	r := w.refresh("r3", "Alice").with("from_database", nasty, "database", `to'y "a" $(touch pwned) %s.db`, "owner", `al'ice|"@acme.test`, "hide", "pe'op\"le\tna me")
	r.well("copy", "restore", "mask", "swap")
	toy := w.toy(`to'y "a" $(touch pwned) %s.db`)
	require.Equal(t, []string{"Na me 1"}, query(t, toy, `SELECT "na me" FROM "pe'op""le"`))
	require.Equal(t, []string{`al'ice|"@acme.test`}, query(t, toy, `SELECT value FROM _pawl WHERE key = 'owner'`))
	again := w.refresh("r4", "Alice").with("from_database", nasty, "database", `to'y "a" $(touch pwned) %s.db`, "owner", `al'ice|"@acme.test`, "hide", "pe'op\"le\tna me")
	again.well("copy", "restore", "mask", "swap", "undo", "cleanup")
	for _, host := range []string{"db-master", "toys"} {
		for _, name := range w.files(host) {
			require.NotEqual(t, "pwned", name)
		}
	}
}

// Below another directory, and without an ending.
func TestDatabasesElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, scripts.Seed(t.Context(), w.master("data/main/shop"), 100))
	r := w.refresh("r1", "Alice").with("from_database", "data/main/shop", "database", filepath.Join(t.TempDir(), "alice"))
	r.with("database", "data/main/shop").well("snapshot")
	r.well("copy", "restore", "mask", "swap")
	require.Equal(t, []string{"100"}, query(t, r.args["database"], `SELECT count(*) FROM orders`))
	require.Empty(t, w.files("toys"))
}
