package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
)

// A worker is stopped while it fetches, as by a machine that is moved, and wakes up during the next run of the sync. What
// another one did meanwhile stays as it is, and so does what the next run is about to do.
func TestAWorkerThatSleptWritesNothing(t *testing.T) {
	t.Parallel()
	const name = "slept"
	database, source := servers.Database(t), newBulk(t)
	a := newApartOf(t, 2*time.Second, func(o *sandbox.Options) { o.Slack.Limits.Off = true })
	conn := connectTo(t, database)
	a.addSync(source.config(name))
	source.fill(t, conn, name)
	env := []string{"SALES_DATABASE=" + database, haste}
	parked, wake := filepath.Join(a.dir, "parked"), filepath.Join(a.dir, "wake")
	a.parts["second worker"] = &part{typed: a.parts["worker"].typed, listen: freeAddr(t)}
	t.Cleanup(func() { a.kill("second worker") })
	a.start([]string{"engine", "slackbridge"}, env...)
	a.start([]string{"worker"}, append(env, "PAWL_PARK=after a page", "PAWL_PARKED="+parked, "PAWL_UNPARK="+wake)...)
	a.ready("engine", "worker", "slackbridge")

	alice := a.person("alice")
	th := alice.types("sync run " + name)
	a.eventually(20*time.Second, "it fetches", func() error { return holds(parked, "parks\tafter a page") })
	sleeper := a.parts["worker"].cmd.Process
	require.NoError(t, sleeper.Signal(syscall.SIGSTOP))
	// The engine would hand work to the sleeper until what that had asked for is used up or a minute is over.
	a.kill("engine")
	a.start([]string{"engine", "second worker"}, env...)
	th.sees(60*time.Second, "200,000 rows, 100,000 new, 100,000 gone, none rejected.")
	source.exact(t, conn, name)
	require.Equal(t, 1, source.times(name)[0], "what was staged was not fetched again")

	source.hold(name, 10)
	next := alice.types("sync run " + name)
	a.eventually(20*time.Second, "the next run fetches", func() error {
		if source.waiting(name) == 0 {
			return errors.New("it does not yet")
		}
		return nil
	})
	before := len(a.output())
	require.NoError(t, os.WriteFile(wake, nil, 0o600))
	require.NoError(t, sleeper.Signal(syscall.SIGCONT))
	a.eventually(30*time.Second, "the worker that slept finds out", func() error {
		if said := a.output()[before:]; !strings.Contains(said, `"activity_type":"FetchSync","attempt":1,"error"`) {
			return errors.New("it says " + said)
		}
		return nil
	})
	source.open()
	next.sees(60*time.Second, "200,000 rows, none rejected.")
	a.eventually(20*time.Second, "it has ended", func() error { return a.endedIn(next) })
	source.exact(t, conn, name)
	require.Empty(t, stagings(t, database))
	did := a.synced(name)
	require.Len(t, did, 2)
	require.Equal(t, []int64{bulkRows, 0}, []int64{did[0].Unchanged, did[0].New})
}
