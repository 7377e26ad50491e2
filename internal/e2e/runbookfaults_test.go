package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// What may happen to Jenkins while it is asked for builds: its answer is lost, it is down, it restarts in the middle, and
// all of that while twenty runs want one. Each run waits as long as it takes, and never has two builds.
func TestJenkinsIsUnwell(t *testing.T) {
	t.Parallel()
	f, _ := sweeps(t)
	f.up(haste)
	alice, ci := f.person("alice"), f.world.Jenkins
	set := func(fault jenkins.Fault) { require.NoError(t, ci.Set(fault)) }

	set(jenkins.Fault{Kind: jenkins.Lost, Method: http.MethodPost, Path: "build", Times: 1})
	th := alice.types("build shop lost")
	th.endsDone("build shop lost")
	require.NoError(t, f.builds("shop/build", "lost", 1))

	set(jenkins.Fault{Kind: jenkins.Down})
	th = alice.types("build shop down")
	th.sees(30*time.Second, "trying again")
	ci.Clear("")
	th.endsDone("build shop down") // nobody is asked anything because Jenkins was away
	require.NoError(t, f.builds("shop/build", "down", 1))

	th = alice.types("release shop restarted")
	question := th.sees(30*time.Second, "Publish restarted to all customers?")
	ci.Crash(time.Second)
	alice.presses(question, "Publish it")
	th.sees(30*time.Second, "Done: release shop restarted")
	require.NoError(t, f.builds("shop/release", "restarted", 1))

	f.twenty()
	f.neverTwo()
}

// twenty runs want a build at once, while Jenkins loses answers, is down, and restarts.
func (f *fleet) twenty() {
	f.t.Helper()
	alice, ci := f.person("alice"), f.world.Jenkins
	require.NoError(f.t, ci.Set(jenkins.Fault{Kind: jenkins.Lost, Method: http.MethodPost, Path: "build", Times: 7}))
	before := ci.Triggers()
	threads := make([]thread, 20)
	for i := range threads {
		threads[i] = alice.types(fmt.Sprintf("build shop at-once-%d", i))
	}
	wanted := func(n int) {
		f.eventually(30*time.Second, "Jenkins is asked for builds", func() error {
			if got := ci.Triggers() - before; got < n {
				return fmt.Errorf("for %d", got)
			}
			return nil
		})
	}
	wanted(8)
	require.NoError(f.t, ci.Set(jenkins.Fault{Kind: jenkins.Down, Times: 60}))
	wanted(14)
	ci.Restart(time.Second)
	for i, th := range threads {
		th.endsDone(fmt.Sprintf("build shop at-once-%d", i))
		require.NoError(f.t, f.builds("shop/build", fmt.Sprintf("at-once-%d", i), 1))
	}
}

// A rolling step over five hosts, one of which is cut off: the run waits for it and says so, goes on with the others as
// far as it may, and has done it once on each when the cable is mended.
func TestARollingStepWaitsForAHost(t *testing.T) {
	t.Parallel()
	f, _ := sweeps(t)
	require.NoError(t, f.world.Hosts.Cut("app-2"))
	f.up(haste)
	th := f.person("alice").types("roll all")
	board := th.sees(30*time.Second, "does not answer")
	require.Contains(t, shownBy(board), "app-2")
	for _, host := range []string{"db-master", "toys", "app-1", "cron-1"} { // one place is taken by the host that is waited for
		f.eventually(30*time.Second, host+" is done", func() error { _, err := os.Stat(f.swept(host)); return err })
	}
	require.NoFileExists(t, f.swept("app-2"))
	f.kill() // nothing of it is forgotten
	f.up(haste)
	th.sees(30*time.Second, "does not answer")
	require.NoError(t, f.world.Hosts.Mend("app-2"))
	th.endsDone("roll all")
	for _, host := range []string{"db-master", "toys", "app-1", "app-2", "cron-1"} {
		require.Equal(t, map[string]int{"all": 1}, f.marks(host, "swept"), host)
	}
}

// swept is the file in which a host has its marks.
func (f *fleet) swept(host string) string {
	return filepath.Join(f.world.Hosts.Host(host).Home(), "swept")
}

// endsDone waits until a run is done, and holds that it was told once and nothing was asked.
func (th thread) endsDone(command string) {
	f := th.p.f
	f.t.Helper()
	th.sees(90*time.Second, "Done: "+command)
	f.eventually(20*time.Second, command+": the outcome is in the ledger", func() error { return f.endedIn(th) })
	require.Equal(f.t, map[string]int{"board": 1, "result": 1}, th.said(), command)
}
