package e2e

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One kill of one part, while a run is parked at every point that is in it; the two others know nothing of it.
func TestOneKillOfTheBridgeAtEveryPoint(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2*time.Second)
	a.up("engine", "worker")
	a.oneKill(points[:3], a.starts("slackbridge"), func() { a.kill("slackbridge"); a.up("slackbridge") })
}

func TestOneKillOfTheWorkerAtEveryPoint(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2*time.Second)
	a.up("engine", "slackbridge")
	a.oneKill(points[3:], a.starts("worker"), func() { a.kill("worker"); a.up("worker") })
}

// starts gives a function that starts a part with more in its environment.
func (a *apart) starts(role string) func(env ...string) {
	return func(env ...string) {
		a.start([]string{role}, env...)
		a.ready(role)
	}
}

// The engine is killed while commands arrive and runs are everywhere.
func TestTheEngineIsKilledInABurst(t *testing.T) {
	t.Parallel()
	a := newApart(t, longSilence)
	a.up("engine", "worker", "slackbridge")
	var threads []thread
	for i, name := range []string{"alice", "eve", "bob", "carol", "alice", "eve", "bob", "carol"} {
		threads = append(threads, a.person(name).types([]string{"drill", "drill in turn", "drill"}[i%3]))
	}
	a.eventually(20*time.Second, "some runs are under way", func() error {
		if len(threads[0].messages()) == 0 || len(threads[3].messages()) == 0 {
			return errors.New("there are none")
		}
		return nil
	})
	a.kill("engine")
	a.up("engine")
	a.ready("worker")
	for i, th := range threads {
		th.sees(60*time.Second, "the drill is over: counted to 10")
		a.eventually(20*time.Second, "the outcome is in the ledger", func() error { return a.endedIn(th) })
		said := th.said()
		delete(said, "reply") // whoever typed into the kill was told that it is not confirmed, and then the truth
		require.Equal(t, map[string]int{"board": 1, "result": 1}, said, "thread %d", i)
	}
	counted := a.marks("db-master", "counted")
	require.Len(t, counted, len(threads))
	for process, times := range counted {
		require.Equal(t, 1, times, "script of %s", process)
	}
}

// A silence of the engine that is longer than what it allows its workers: each takes its work up again, once.
func TestTheEngineIsAwayForLongerThanASilence(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2*time.Second)
	a.up("engine", "worker", "slackbridge")
	th, asking := a.person("alice").types("drill slowly"), a.person("carol").types("drill asking")
	th.counts()
	asking.sees(20*time.Second, "I need a decision")
	a.kill("engine")
	// The heartbeats of that time do not get through; the worker itself says when it gave up on one.
	a.eventually(30*time.Second, "a heartbeat is given up", func() error {
		if strings.Contains(a.output(), "RecordActivityHeartbeat with error") {
			return nil
		}
		return errors.New("all is quiet")
	})
	a.up("engine")
	a.ready("worker", "slackbridge")
	a.enough()
	asking.replies("retry")
	th.sees(30*time.Second, "the drill is over: counted to 10")
	th.onceEach()
	asking.sees(30*time.Second, "the drill is over: counted to 10")
	a.endsOnceAsked(asking)
	a.idle()
}

// Asked to end, each part does so by itself, in any order, and leaves what is under way to the next one.
func TestPartsThatAreAskedToEnd(t *testing.T) {
	t.Parallel()
	a := newApart(t, longSilence)
	a.up("engine", "worker", "slackbridge")
	th := a.person("alice").types("drill slowly")
	th.counts()
	for _, role := range []string{"worker", "slackbridge", "engine"} {
		a.ends(role)
		if role == "worker" {
			a.eventually(10*time.Second, "the engine has looked after it", func() error {
				left, err := filepath.Glob(filepath.Join(a.data(), "lives", "worker-*"))
				if err == nil && len(left) > 0 {
					err = fmt.Errorf("there is %q", left)
				}
				return err
			})
		}
		a.up(role)
		a.ready("engine", "worker", "slackbridge")
	}
	a.kill("engine")
	a.ends("worker") // there is nobody it could tell
	a.ends("slackbridge")
	a.enough()
	a.start([]string{"worker", "slackbridge", "engine"})
	a.ready("engine", "worker", "slackbridge")
	th.sees(20*time.Second, "the drill is over: counted to 10")
	th.onceEach()
}

// ends asks a part to end, and holds that it does so well, and before systemd would kill it.
func (a *apart) ends(role string) {
	a.t.Helper()
	cmd := a.parts[role].cmd
	a.parts[role].cmd = nil
	late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) })
	defer late.Stop()
	require.NoError(a.t, cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait()
	require.Zero(a.t, cmd.ProcessState.ExitCode(), "the %s ends by itself", role)
}
