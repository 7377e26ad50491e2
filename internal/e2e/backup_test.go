package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A backup is made while three runs are under way. Then all of them end, Pawl is killed, its data directory is lost, and
// the backup comes back: it waits for somebody, and then nothing is done twice, and the boards tell the truth.
func TestWhatEndedAfterABackupIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.up()
	alice := f.person("alice")
	runs := alice.types("drill slowly")
	runs.counts()
	asks := alice.types("drill asking")
	asks.sees(20*time.Second, "I need a decision")
	dropped := alice.types("drill carefully")
	dropped.sees(20*time.Second, "Check on the second")
	f.eventually(20*time.Second, "its second script runs", func() error {
		if n := len(f.marks("toys", "checked")); n < 2 {
			return fmt.Errorf("%d have run there", n)
		}
		return nil
	})

	store := filepath.Join(f.dir, "backups")
	require.NoError(t, os.Mkdir(store, 0o700))
	said, code := typed(t, f.dir, nil, "backup", "--data", f.data(), store)
	require.Zero(t, code, said)
	require.Contains(t, said, "Backed up "+f.data()+" to "+store+"/pawl-")
	all, err := filepath.Glob(store + "/*")
	require.NoError(t, err)
	require.Len(t, all, 1, "nothing else is left there")
	info, err := os.Stat(all[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	said, code = typed(t, f.dir, nil, "restore", "--check", all[0])
	require.Zero(t, code, said)
	require.Contains(t, said, "is whole: 5 files.")

	// The world goes on: two end, the third is still at it when everything is lost.
	f.enough()
	asks.replies("retry")
	for _, th := range []thread{runs, asks} {
		th.sees(30*time.Second, "the drill is over: counted to 10")
	}
	ids := []string{runs.runID(), asks.runID(), dropped.runID()}
	f.kill()
	counted, checked := f.marks("db-master", "counted"), f.marks("toys", "checked")

	said, code = typed(t, f.dir, nil, "restore", "--data", f.data(), all[0])
	require.Equal(t, 1, code)
	require.Contains(t, said, "is not empty, and a restore replaces nothing")
	require.NoError(t, os.RemoveAll(f.data()))
	said, code = typed(t, f.dir, nil, "restore", "--data", f.data(), all[0])
	require.Zero(t, code, said)
	require.Contains(t, said, "It is paused.")
	for _, id := range ids {
		require.Contains(t, said, id)
	}

	// Paused: it answers looks and starts nothing, whatever is typed or pressed.
	f.start()
	f.eventually(20*time.Second, "it lists what is open", func() error { return f.logs("this Pawl was restored from a backup and is paused") })
	f.eventually(20*time.Second, "it lacks nothing besides", func() error {
		if err := f.says("/readyz"); err == nil || !strings.HasPrefix(err.Error(), "paused: restored from the backup of") {
			return fmt.Errorf("it says %w", err)
		}
		return nil
	})
	for _, next := range []string{"run the script count on db-master", "wait for a decision", "run the script check on toys"} {
		require.Contains(t, f.output(), next)
	}
	refused := alice.types("drill")
	refused.sees(10*time.Second, "is paused. 3 runs were open then.")
	asks.replies("retry")
	f.eventually(10*time.Second, "alice is told that it was not counted", func() error {
		told, err := alice.Ephemerals(t.Context(), asks.channel)
		for _, m := range told {
			if strings.Contains(shownBy(m), "It was not counted: answer again afterwards.") {
				return nil
			}
		}
		return fmt.Errorf("it is told %v: %w", told, err)
	})
	alice.types("runs").sees(30*time.Second, "Nothing of this goes on: Pawl was restored from a backup of")
	said, code = typed(t, f.dir, nil, "runs", "--data", f.data())
	require.Zero(t, code, said)
	require.Contains(t, said, "Nothing of this goes on")
	f.kill()
	f.start() // a restart does not end the pause
	f.eventually(20*time.Second, "it is paused still", func() error { return f.logs("this Pawl was restored from a backup and is paused", 2) })
	require.Equal(t, counted, f.marks("db-master", "counted"))

	said, code = typed(t, f.dir, nil, "restore", "--go", "--data", f.data(), "--drop", "drill-zzzzzz")
	require.Equal(t, 1, code)
	require.Contains(t, said, "there is no run of that id")
	said, code = typed(t, f.dir, nil, "restore", "--go", "--data", f.data(), "--drop", ids[2])
	require.Zero(t, code, said)
	f.ready()
	require.NoFileExists(t, filepath.Join(f.data(), "paused.json"))

	// What the first ones did is found where it was done; the second one's question is open again, as in the backup.
	f.eventually(30*time.Second, "the first has ended", func() error { return f.ended(ids[0]) })
	asks.replies("retry")
	f.eventually(30*time.Second, "the second has ended", func() error { return f.ended(ids[1]) })
	f.eventually(30*time.Second, "the third was ended", func() error { return f.ended(ids[2]) })
	require.Equal(t, counted, f.marks("db-master", "counted"), "no script ran twice")
	require.Equal(t, checked, f.marks("toys", "checked"), "no script ran twice")
	require.Equal(t, map[string]int{"board": 1, "result": 1}, runs.said())
	runs.sees(5*time.Second, "the drill is over: counted to 10")
	alice.types("runs").sees(30*time.Second, "Nothing is going on")
	f.idle()
	f.kill()
	said, code = typed(t, f.dir, nil, "restore", "--go", "--data", f.data())
	require.Equal(t, 1, code)
	require.Contains(t, said, "is not paused")
}

// logs reports whether Pawl has said something, so many times.
func (f *fleet) logs(text string, times ...int) error {
	want := 1
	if len(times) > 0 {
		want = times[0]
	}
	if strings.Count(f.output(), text) < want {
		return fmt.Errorf("it has not said %q yet", text)
	}
	return nil
}
