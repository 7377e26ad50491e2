package e2e

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What may end a process may end it at a bad moment. The cases share a world; after each one nothing runs on its hosts
// and the files of the engine are whole.
func TestEndsOfTheProcess(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	for _, c := range []struct {
		name string
		test func(*testing.T, *fleet)
	}{
		{"asked to end", asked}, // first: the engine waits a while for workers of killed processes when there are any
		{"killed when it has just stopped a script", killedAfterTheStop},
		{"killed while it cannot reach the host it has to stop a script on", killedBeforeTheStop},
		{"killed again while it comes back", killedTwice},
		{"killed while a host cannot be reached", killedWhileTheCableIsCut},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			c.test(t, f)
			f.idle()
			f.kill()
			f.intact()
		})
	}
}

func killedAfterTheStop(t *testing.T, f *fleet) {
	parked := filepath.Join(f.dir, "stopped")
	f.up("PAWL_PARK=after the stop", "PAWL_PARKED="+parked)
	th := f.person("alice").types("drill slowly")
	th.counts()
	th.replies("cancel")
	f.eventually(20*time.Second, "the script is stopped", func() error { return holds(parked, "parks\tafter the stop") })
	f.kill()
	f.up()
	th.endsCancelled()
}

func killedBeforeTheStop(t *testing.T, f *fleet) {
	f.up()
	th := f.person("alice").types("drill slowly")
	th.counts()
	require.NoError(t, f.world.Hosts.Cut("db-master"))
	th.replies("cancel")
	th.sees(20*time.Second, "asked to stop")
	f.kill()
	left, err := f.world.Hosts.Orphans()
	require.NoError(t, err)
	require.NotEmpty(t, left, "nobody could stop it yet")
	f.up()
	require.NoError(t, f.world.Hosts.Mend("db-master"))
	th.endsCancelled()
}

func killedTwice(t *testing.T, f *fleet) {
	f.up()
	th := f.person("alice").types("drill slowly")
	th.counts()
	f.kill()
	for _, moment := range []string{"/healthz", "/readyz"} {
		f.start()
		f.eventually(20*time.Second, moment+" answers", func() error { return f.says(moment) })
		f.kill()
	}
	f.up()
	f.enough()
	th.sees(30*time.Second, "the drill is over: counted to 10")
	th.onceEach()
}

// asked: SIGTERM drains, which leaves the scripts alone, and the next process goes on with them.
func asked(t *testing.T, f *fleet) {
	f.up()
	th := f.person("alice").types("drill slowly")
	th.counts()
	before, err := f.world.Hosts.Orphans()
	require.NoError(t, err)
	require.Zero(t, f.terminate(20*time.Second), "it ends by itself, and before systemd would kill it")
	after, err := f.world.Hosts.Orphans()
	require.NoError(t, err)
	require.NotEmpty(t, after)
	require.Equal(t, before[0].Script, after[0].Script, "the script goes on")
	f.up()
	f.enough()
	th.sees(30*time.Second, "the drill is over: counted to 10")
	th.sees(5*time.Second, "Pawl was restarted at")
	th.onceEach()
}

func killedWhileTheCableIsCut(t *testing.T, f *fleet) {
	f.up()
	th := f.person("alice").types("drill slowly")
	th.counts()
	require.NoError(t, f.world.Hosts.Cut("db-master"))
	th.sees(60*time.Second, "db-master does not answer")
	f.kill()
	f.enough()
	f.up()
	require.NoError(t, f.world.Hosts.Mend("db-master"))
	th.sees(60*time.Second, "the drill is over: counted to 10")
	th.onceEach()
}

// terminate asks Pawl to end and returns the exit code. One that takes too long is made to say where it stands.
func (f *fleet) terminate(within time.Duration) int {
	pid := f.life.PID()
	late := time.AfterFunc(within, func() { _ = syscall.Kill(pid, syscall.SIGQUIT) })
	defer late.Stop()
	return f.end(syscall.SIGTERM)
}

// counts waits until the first script of a drill runs on its host.
func (th thread) counts() {
	f := th.p.f
	f.t.Helper()
	th.sees(20*time.Second, "Count on the first host")
	f.eventually(20*time.Second, "a script runs", func() error {
		left, err := f.world.Hosts.Orphans()
		if err == nil && len(left) == 0 {
			err = errors.New("nothing runs")
		}
		return err
	})
}

// enough lets the script that waits for it end.
func (f *fleet) enough() {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.world.Hosts.Host("db-master").Home(), "enough"), nil, 0o600))
}

// endsCancelled holds that a cancelled run told so once, and that nothing of it is left.
func (th thread) endsCancelled() {
	f := th.p.f
	f.t.Helper()
	th.sees(60*time.Second, "drilling was cancelled at step 1")
	id := th.runID()
	f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.ended(id) })
	require.Equal(f.t, map[string]int{"board": 1, "result": 1}, th.said())
}

// onceEach holds that a run that was disturbed did everything once.
func (th thread) onceEach() {
	f := th.p.f
	f.t.Helper()
	id := th.runID()
	f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.ended(id) })
	require.Equal(f.t, map[string]int{"board": 1, "result": 1}, th.said())
	for _, file := range []struct{ host, name string }{{"db-master", "counted"}, {"toys", "checked"}} {
		for process, times := range f.marks(file.host, file.name) {
			require.Equal(f.t, 1, times, "script of %s on %s", process, file.host)
		}
	}
}

// idle holds that nothing runs on any host, and forgets what the case left for the scripts.
func (f *fleet) idle() {
	f.t.Helper()
	f.eventually(10*time.Second, "nothing runs on the hosts", func() error {
		left, err := f.world.Hosts.Orphans()
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("there are %v", left)
		}
		return err
	})
	require.NoError(f.t, os.RemoveAll(filepath.Join(f.world.Hosts.Host("db-master").Home(), "enough")))
}

// intact holds that the databases in the data directory are whole, as SQLite sees it. Nobody has them open.
func (f *fleet) intact() {
	f.t.Helper()
	found := 0
	require.NoError(f.t, filepath.WalkDir(f.data(), func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".db") {
			return err
		}
		found++
		db, err := sql.Open("sqlite", path)
		if err != nil {
			return err
		}
		defer db.Close()
		var verdict string
		if err := db.QueryRowContext(f.t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
			return fmt.Errorf("%s: %s %w", path, verdict, err)
		}
		return nil
	}))
	require.Equal(f.t, 3, found, "the engine has two databases, and there is the ledger")
}
