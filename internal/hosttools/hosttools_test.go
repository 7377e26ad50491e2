package hosttools

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
)

// TestMain makes the test binary a host's tool when it is called by a tool's name.
func TestMain(m *testing.M) {
	if handled, code := Main(os.Args[0], os.Args[1:]); handled {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func TestOtherNamesAreNotOurs(t *testing.T) {
	t.Parallel()
	handled, _ := Main("/usr/bin/pawl", nil)
	require.False(t, handled)
	require.Equal(t, []string{"sqlite3", "scp", "socat", "acme-shop"}, Names())
}

// The original and ours get the same, and say the same.
func TestSQLiteLikeTheOriginal(t *testing.T) {
	t.Parallel()
	original := testneed.Component(t, "sqlite3")
	self, err := os.Executable()
	require.NoError(t, err)
	ours := filepath.Join(t.TempDir(), "sqlite3")
	require.NoError(t, os.Symlink(self, ours))
	for name, c := range map[string]struct {
		args  []string // after the file
		stdin string
		flags []string
	}{
		"rows":       {args: []string{"SELECT 1, 'a|b', NULL, 2.5, 3.0, 1e100, 1.0/3, -0.1; SELECT 'next'"}},
		"numbers":    {args: []string{"SELECT 100000.0, 123456789.0, 1e15, 1e16, 123456789012345678.0, 1e-5, 0.0001, 9223372036854775807"}},
		"separator":  {flags: []string{"-separator", ", "}, args: []string{"SELECT 1, 2"}},
		"formats":    {args: []string{"SELECT printf('%,d', 1900000), printf('%.1f of %.1f', 1.2, 1.9), printf('%d%%', 62)"}},
		"stdin":      {stdin: "CREATE TABLE t(a, b);\nINSERT INTO t VALUES(1, 'x;y'), (2, 'it''s');\nSELECT *\n  FROM t;\nSELECT count(*) FROM t"},
		"comments":   {stdin: "-- a; comment\nSELECT /* ; */ 1;;\n\n--x\n"},
		"trigger":    {stdin: "CREATE TABLE t(a);CREATE TABLE l(a);\nCREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO l VALUES(new.a); INSERT INTO l VALUES(-1); END;\nINSERT INTO t VALUES(5);SELECT * FROM l;"},
		"dot":        {stdin: ".timeout 1000\n.separator ;\nSELECT 1,2;\n.quit\nSELECT 3;"},
		"cmd":        {flags: []string{"-cmd", "CREATE TABLE t(a)"}, args: []string{"INSERT INTO t VALUES(7); SELECT * FROM t"}},
		"wrong":      {args: []string{"SELECT 1; SELECT * FROM missing; SELECT 2"}},
		"wrong on":   {stdin: "SELECT 1;\nSELECT * FROM missing;\nSELECT 2;"},
		"wrong bail": {flags: []string{"-bail"}, stdin: "SELECT 1;\nSELECT * FROM missing;\nSELECT 2;"},
		"readonly":   {flags: []string{"-readonly"}, args: []string{"CREATE TABLE t(a)"}},
		"init":       {flags: []string{"-init", "/dev/null"}, args: []string{"SELECT 1"}},
		"dot words":  {stdin: ".separator \"a \\\"b\"\nSELECT 1,2;\n.separator 'a \\b'\nSELECT 1,2;\n.backup 'it is \"one\".db'\nATTACH 'it is \"one\".db' AS b;SELECT 3;"},
		"blob":       {args: []string{"SELECT x'616263', typeof(x'00')"}},
		"changes":    {stdin: "CREATE TABLE t(a);INSERT INTO t VALUES(1),(2);UPDATE t SET a=a+1;SELECT changes();BEGIN;DELETE FROM t;ROLLBACK;SELECT sum(a) FROM t;"},
		"attach":     {stdin: "ATTACH 'two.db' AS two;CREATE TABLE two.t(a);INSERT INTO two.t VALUES(1);SELECT * FROM two.t;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(program string) (string, int) {
				dir := t.TempDir()
				require.NoError(t, exec.Command(original, filepath.Join(dir, "a.db"), "VACUUM").Run())
				cmd := exec.Command(program, append(append(append([]string{"-batch"}, c.flags...), "a.db"), c.args...)...)
				var out bytes.Buffer
				cmd.Dir, cmd.Stdin, cmd.Stdout = dir, strings.NewReader(c.stdin), &out
				err := cmd.Run()
				if err != nil {
					require.ErrorAs(t, err, new(*exec.ExitError))
				}
				return out.String(), cmd.ProcessState.ExitCode()
			}
			wantOut, wantCode := run(original)
			out, code := run(ours)
			require.Equal(t, wantOut, out)
			require.Equal(t, wantCode, code)
		})
	}
}

func TestBackupOfADatabaseInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "shop.db")
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(`PRAGMA journal_mode=WAL; CREATE TABLE t(a, b);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO t SELECT i, hex(randomblob(40)) FROM n`)
	require.NoError(t, err)
	var out, errs bytes.Buffer
	copied := filepath.Join(dir, "copy.db")
	code := sqlite3(context.Background(), []string{file}, strings.NewReader(".timeout 2000\n.backup '"+copied+"'\n"), &out, &errs)
	require.Zero(t, code, errs.String())
	out.Reset()
	require.Zero(t, sqlite3(context.Background(), []string{copied, "SELECT count(*), count(DISTINCT a) FROM t; PRAGMA integrity_check"}, nil, &out, &errs))
	require.Equal(t, "20000|20000\nok\n", out.String())
}

func TestSQLiteRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"-html", "x.db"}, {"x.db", ".dump"}, {"-separator"}, {"/nonexistent/x.db", "SELECT 1"}} {
		var out, errs bytes.Buffer
		dir := t.TempDir()
		for i, a := range args {
			args[i] = strings.Replace(a, "x.db", filepath.Join(dir, "x.db"), 1)
		}
		require.Equal(t, 1, sqlite3(context.Background(), args, strings.NewReader(""), &out, &errs), args)
		require.NotEmpty(t, errs.String())
	}
}

func FuzzComplete(f *testing.F) {
	for _, s := range []string{"SELECT 1;SELECT 2", "';'", "CREATE TRIGGER a BEGIN b; END; x", "--;\n;", "/*", "[;];", "\"", "é;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pieces := ""
		left := text
		for {
			statement, rest, ok := complete(left)
			if !ok {
				require.Equal(t, left, rest)
				break
			}
			require.True(t, strings.HasSuffix(statement, ";"))
			pieces, left = pieces+statement, rest
		}
		require.Equal(t, text, pieces+left, "nothing is lost")
	})
}

func TestTransfersAreUnderstood(t *testing.T) {
	t.Parallel()
	env := []string{EnvIdentity + "=/k", EnvKnownHosts + "=/h", "LOGNAME=pawl"}
	got, err := parseTransfer([]string{"-q", "-P", "2201", "-l", "800", "-o", "ServerAliveInterval=5", "bob@127.0.0.1:~/a b.db", "x/y:z"}, env)
	require.NoError(t, err)
	require.Equal(t, "a b.db", got.remote)
	require.Equal(t, "x/y:z", got.local)
	require.Equal(t, []string{"bob", "127.0.0.1", "2201", "/k", "/h"}, []string{got.user, got.host, got.port, got.identity, got.known})
	require.False(t, got.up)
	for _, args := range [][]string{
		{"a", "b"}, {"h:a", "g:b"}, {"h:a"}, {"-r", "h:a", "b"}, {"-l", "0", "h:a", "b"}, {"-o", "ProxyJump=x", "h:a", "b"}, {"-P"},
	} {
		_, err := parseTransfer(args, env)
		require.Error(t, err, args)
	}
}
