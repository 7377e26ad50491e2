package scripts_test

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/scripts"
)

// deploy runs the script on a host as Pawl does. args are names and values in turn.
func (w *shopWorld) deploy(host, run string, args ...string) job.Progress {
	w.t.Helper()
	return w.run("deploy", scripts.Deploy(), host, run, args...)
}

// dir is a directory of app-1.
func (w *shopWorld) dir(path string) string { return filepath.Join(w.hosts.Host("app-1").Home(), path) }

// servers are all processes of the shop.
func (w *shopWorld) servers() []int {
	w.t.Helper()
	pids, err := apps.Processes(w.hosts.Dir())
	require.NoError(w.t, err)
	return pids
}

func TestADeployIsAnotherVersionOfTheSameInstance(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	before, others := w.blue().PID(), w.apps.Instance("staging", "blue").PID()
	p := w.deploy("app-1", "r1", "version", "2024.52")
	require.Equal(t, []any{0, "version 2024.52", 100}, []any{p.Exit, p.Done, p.Percent}, "%+v", p)
	w.up()
	after := w.blue().PID()
	require.NotContains(t, []int{0, before}, after)
	require.Equal(t, "2024.52", w.blue().Version())
	require.Equal(t, others, w.apps.Instance("staging", "blue").PID(), "nobody else is touched, though the code is there for all")
	require.Equal(t, "2024.51", w.apps.Instance("staging", "blue").Version())
	pgid, err := syscall.Getpgid(after)
	require.NoError(t, err)
	require.Equal(t, after, pgid)
	environ, err := os.ReadFile("/proc/" + strconv.Itoa(after) + "/environ")
	require.NoError(t, err)
	require.NotContains(t, string(environ), "2024.52", "what this run is stays outside")

	require.Zero(t, w.deploy("app-1", "r2", "version", "2024.50").Exit, "and back, without fetching")
	require.Equal(t, "2024.50", w.blue().Version())
	w.up()
	require.Zero(t, w.restart("app-1", "r3").Exit, "one that was deployed is restarted like any other")
	w.up()
	require.Len(t, w.servers(), len(w.apps.Instances()))
	left, err := filepath.Glob(w.dir("apps/shop/versions/.*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestASecondAttemptAtADeployChangesNothing(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	args := map[string]string{
		"app": "shop", "environment": "master", "instance": "blue", "host": "app-1", "version": "2024.52", "PAWL_KEY": "/x/.pawl/r1.1.0/",
	}
	log, well := w.near(scripts.Deploy(), args, time.Minute)
	require.True(t, well, log)
	pid := w.blue().PID()
	log, well = w.near(scripts.Deploy(), args, time.Minute)
	require.True(t, well, log)
	require.Contains(t, log, "was started by this run already")
	require.Equal(t, pid, w.blue().PID())

	args["PAWL_KEY"] = "/x/.pawl/r2.1.0/"
	log, well = w.near(scripts.Deploy(), args, time.Minute)
	require.True(t, well, log)
	require.NotEqual(t, pid, w.blue().PID(), "another run is another deploy, also of the same version")
}

func TestADeployIsRefusedWhereThereIsNothingToDeploy(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	before := w.blue().PID()
	for n, c := range []struct {
		host, problem string
		args          []string
	}{
		{"app-1", "There is no version 2024.99 of shop on app-1, so I touched nothing.", []string{"version", "2024.99"}},
		{"app-2", "There is no shop master blue on app-2, so I touched nothing.", nil},
		{"app-1", "There is no shop master $(touch ran) on app-1, so I touched nothing.", []string{"instance", "$(touch ran)"}},
		{"app-1", "I was not told which instance gets another version, so I touched nothing.", []string{"instance", ".."}},
		{"app-1", "No environment can be called versions, so I touched nothing.", []string{"environment", "versions", "instance", "2024.50"}},
		{"app-1", "I was not told which version blue on app-1 gets, so I touched nothing.", []string{"version", ""}},
		{"app-1", "A version is made of letters, digits, dots, dashes, + and _. The one I was told is not, so I touched nothing.", []string{"version", "../2024.50"}},
		{"app-1", "A version is made of letters, digits, dots, dashes, + and _. The one I was told is not, so I touched nothing.", []string{"version", ".."}},
		{"app-1", "A version is made of letters, digits, dots, dashes, + and _. The one I was told is not, so I touched nothing.", []string{"version", "$(touch ran)\npawl: done"}},
	} {
		p := w.deploy(c.host, "r"+strconv.Itoa(n), append([]string{"version", "2024.52"}, c.args...)...)
		require.Equal(t, []any{1, true, c.problem, ""}, []any{p.Exit, p.Refused, p.Problem, p.Done})
	}
	require.NoFileExists(t, w.dir("ran"))
	require.NoDirExists(t, w.dir("apps/shop/versions/2024.52"), "not even fetched")
	require.Equal(t, before, w.blue().PID())

	require.NoError(t, os.Remove(w.dir("apps/shop/master/blue/current")))
	require.NoError(t, os.Mkdir(w.dir("apps/shop/master/blue/current"), 0o700))
	p := w.deploy("app-1", "r20", "version", "2024.52")
	require.Equal(t, []any{1, true, "The code of blue on app-1 is no link, so I cannot swap it and touched nothing."}, []any{p.Exit, p.Refused, p.Problem})
}

func TestADeployThatDoesNotSucceedSaysSo(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	before := w.blue().PID()
	require.NoError(t, os.WriteFile(w.dir("apps/shop/versions/.master.blue.new"), []byte("left by an attempt that was killed"), 0o600))
	require.NoError(t, os.Chmod(w.dir("apps/shop/versions"), 0o500))
	p := w.deploy("app-1", "r1", "version", "2024.52")
	require.NoError(t, os.Chmod(w.dir("apps/shop/versions"), 0o700))
	if os.Getuid() != 0 { // for whom no directory is closed
		require.Equal(t, []any{1, false, "The code of 2024.52 cannot be copied on app-1. blue is as it was."}, []any{p.Exit, p.Refused, p.Problem})
		require.Equal(t, before, w.blue().PID())
	}

	require.NoError(t, w.apps.Store(hosttools.Release{Version: "2024.53", Starts: hosttools.StartsNo}))
	began := time.Now()
	p = w.deploy("app-1", "r2", "version", "2024.53")
	require.Less(t, time.Since(began), 8*time.Second, "that it ended is seen at once")
	require.Equal(t, []any{1, false, "The new blue on app-1, version 2024.53, ended right after its start; its log says why. It does not run now."},
		[]any{p.Exit, p.Refused, p.Problem})
	require.Contains(t, strings.Join(p.Tail, "\n"), "acme-shop: version 2024.53 cannot start: the library libvips.so.42 is missing")
	require.Zero(t, w.blue().PID())

	require.Zero(t, w.deploy("app-1", "r3", "version", "2024.50").Exit, "the version before mends it")
	w.up()
}

// A server whose process id nobody knows holds the lock: it is not doubled, and its code stays.
func TestADeployBesideAnUnknownServer(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	pid := w.blue().PID()
	require.NoError(t, os.Remove(w.dir("apps/shop/master/blue/pid")))
	p := w.deploy("app-1", "r1", "version", "2024.52")
	require.Equal(t, []any{1, false, "Another blue runs on app-1, and I do not know its process id. Its code was not swapped."}, []any{p.Exit, p.Refused, p.Problem})
	require.NoError(t, syscall.Kill(pid, 0), "it lives")
	require.Equal(t, "2024.50", w.blue().Version())
	require.Len(t, w.servers(), len(w.apps.Instances()))
}

// Killed before each thing it does, and run again: one server of the new version runs in the end, and a run that had
// started one before it was killed does not start another.
func TestADeployKilledAnywhereAndRunAgain(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	base := map[string]string{"app": "shop", "environment": "master", "instance": "blue", "host": "app-1"}
	killed, n := 0, 53
	for after := 2 * time.Millisecond; ; after += after/2 + 5*time.Millisecond {
		version := "2024." + strconv.Itoa(n)
		n++
		require.NoError(t, w.apps.Store(hosttools.Release{Version: version}))
		args := maps.Clone(base)
		args["version"], args["PAWL_KEY"] = version, "/x/.pawl/"+after.String()+".1.0/"
		before, had := w.blue().PID(), w.blue().Version()
		if log, ended := w.near(scripts.Deploy(), args, after); ended {
			require.Contains(t, log, "runs in")
			break
		}
		killed++
		between := w.blue().PID()
		require.Contains(t, []string{had, version}, w.blue().Version(), "never half of anything")
		log, ended := w.near(scripts.Deploy(), args, time.Minute)
		require.True(t, ended, "killed after %s, run again:\n%s", after, log)
		w.up()
		now := w.blue().PID()
		require.NotContains(t, []int{0, before}, now, "killed after %s, run again:\n%s", after, log)
		require.Equal(t, version, w.blue().Version())
		if between != 0 && strings.Contains(log, "by this run already") {
			require.Equal(t, between, now)
		}
		require.Len(t, w.servers(), len(w.apps.Instances()), "one server for each instance")
	}
	require.Greater(t, killed, 5)
}
