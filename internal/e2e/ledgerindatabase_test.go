package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

// The ledger is in PostgreSQL, which crashes while a run is under way and comes back. Nobody restarts Pawl.
func TestTheDatabaseOfTheLedgerCrashesDuringARun(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	server := pgtest.Alone(t, false)
	const password = "opensesame-the-ledger"
	leakcheck.Use(t, password)
	dsn := server.DSN(pgtest.Superuser, "postgres") + " password=" + password
	file := filepath.Join(f.dir, "dsn")
	require.NoError(t, os.WriteFile(file, []byte(dsn+"\n"), 0o600))
	env := "PAWL_LEDGER_FILE=" + file
	f.up(env)
	require.NoFileExists(t, filepath.Join(f.data(), "ledger.db"))

	alice := f.person("alice")
	th := alice.types("drill slowly")
	th.counts()
	said, code := typed(t, f.dir, []string{env}, "runs")
	require.Zero(t, code, said)
	require.Contains(t, said, "drill slowly")

	require.NoError(t, server.Crash())
	require.Contains(t, alice.look("runs"), "the ledger does not answer")
	refused := alice.types("drill")
	refused.sees(10*time.Second, "Nothing was started. I cannot write down who asks for what")
	f.enough()
	th.sees(20*time.Second, "the drill is over: counted to 10") // it speaks without the ledger

	require.NoError(t, server.Up())
	id := th.runID()
	f.eventually(30*time.Second, "the outcome is in the ledger", func() error {
		l, err := ledger.Connect(t.Context(), job.NewSecret(dsn))
		if err != nil {
			return err
		}
		defer l.Close()
		r, known, err := l.Run(t.Context(), id)
		if err == nil && (!known || r.Open()) {
			err = fmt.Errorf("%s: known %v, open %v", id, known, r.Open())
		}
		return err
	})
	for process, times := range f.marks("db-master", "counted") {
		require.Equal(t, 1, times, "script of %s", process)
	}
	require.Equal(t, map[string]int{"board": 1, "result": 1}, th.said())
	require.Contains(t, alice.look("runs"), "Nothing")
	f.kill()
	f.up(env)
	require.Contains(t, alice.look("runs"), "Nothing", "it is still there after a restart of Pawl")
}

// A way to the ledger that cannot be used is told at once, without what it hides.
func TestMistakesAboutTheLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "dsn")
	require.NoError(t, os.WriteFile(file, []byte("postgres://pawl:hunter2@127.0.0.1:1/pawl?connect_timeout=1"), 0o600))
	for _, c := range []struct {
		env  []string
		says string
	}{
		{[]string{"PAWL_LEDGER=mysql://pawl:hunter2@db/pawl"}, "PAWL_LEDGER: it is written postgres://user:password@host:5432/database"},
		{[]string{"PAWL_LEDGER=postgres://pawl:hunter2@db/pawl", "PAWL_LEDGER_FILE=" + file}, "PAWL_LEDGER and PAWL_LEDGER_FILE are both set"},
		{[]string{"PAWL_LEDGER_FILE=" + dir + "/none"}, "PAWL_LEDGER_FILE: the file " + dir + "/none cannot be read"},
		{[]string{"PAWL_LEDGER_FILE=" + file}, `opening the ledger in the database "pawl" at 127.0.0.1:1: `},
		{nil, "or PAWL_LEDGER when the ledger is in PostgreSQL"},
	} {
		said, code := typed(t, dir, c.env, "runs")
		require.Equal(t, 1, code, said)
		require.Contains(t, said, c.says)
		require.NotContains(t, said, "hunter2")
	}
	// What stands in the .env of the folder counts as well, for all that look for the ledger.
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte("PAWL_LEDGER=mysql://pawl:hunter2@db/pawl\nTEMPORAL_ADDRESS=127.0.0.1:1\n"), 0o600))
	for command, says := range map[string]string{"runs": "PAWL_LEDGER: it is written ", "namespace": "127.0.0.1:1"} {
		said, code := typed(t, dir, nil, command)
		require.Equal(t, 1, code, said)
		require.Contains(t, said, says)
	}
}
