package engine_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/engine"
)

// A worker is killed; another takes up at once what it did, and what the other
// does itself is not disturbed.
func TestAWorkerIsKilledBesideAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spawnPart(t, dir, "engine").next(t)
	joined := bystander(t, dir)
	c := joined.Client()
	workers := map[string]*process{}
	for range 2 {
		w := spawnPart(t, dir, "worker")
		w.next(t)
		workers[fmt.Sprintf("worker-%d-", w.Process.Pid)] = w
	}
	// Until each of the two has something to do.
	has := map[string][]string{} // by worker
	runs := 0
	for ; len(has) < 2; runs++ {
		require.Less(t, runs, 100, "one worker gets everything")
		path := filepath.Join(t.TempDir(), "go")
		id := fmt.Sprint("watching-", runs)
		run(t, c, id, "pawl", Watching, path)
		eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
		by := doneBy(t, c, id)
		by = by[:strings.LastIndex(by, "-")+1]
		has[by] = append(has[by], path)
	}

	counted := func(n int) func() bool {
		return func() bool {
			got, err := joined.Workers(t.Context(), "pawl")
			require.NoError(t, err)
			return got == n
		}
	}
	eventually(t, "both are counted", counted(2))

	var dead string
	for dead = range has {
		break
	}
	workers[dead].kill()
	killed := time.Now()
	require.True(t, counted(1)(), "the dead do not count")
	for _, path := range has[dead] {
		eventually(t, "the second attempt", func() bool { return attempts(path) == 2 })
	}
	took := time.Since(killed)
	t.Logf("%d activities of the dead worker went on after %v", len(has[dead]), took)
	require.Less(t, took, heartbeatTimeout/2)
	eventually(t, "the dead worker is buried", func() bool { return !exists(filepath.Join(engine.LivesDir(dir), dead+"*")) })
	for by, paths := range has {
		for _, path := range paths {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			if by != dead {
				require.Equal(t, 1, attempts(path), "what the living do is left alone")
			}
		}
	}
	for i := range runs {
		require.NoError(t, c.GetWorkflow(t.Context(), fmt.Sprint("watching-", i), "").Get(t.Context(), nil))
	}
}

// The only worker is killed, and is back later.
func TestTheWorkerIsKilledAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spawnPart(t, dir, "engine").next(t)
	c := bystander(t, dir).Client()
	w := spawnPart(t, dir, "worker")
	w.next(t)
	path := filepath.Join(t.TempDir(), "go")
	run(t, c, "watching", "pawl", Watching, path)
	run(t, c, "parked", "pawl", Parked)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	eventually(t, "the run waits", func() bool { return parked(t, c, "parked") })
	w.kill()
	require.NoError(t, c.SignalWorkflow(t.Context(), "parked", "", "decision", nil), "what is said meanwhile is kept")
	run(t, c, "later", "pawl", Parked)

	back := time.Now()
	spawnPart(t, dir, "worker").next(t)
	eventually(t, "the second attempt", func() bool { return attempts(path) == 2 })
	require.NoError(t, c.GetWorkflow(t.Context(), "parked", "").Get(t.Context(), nil))
	eventually(t, "the later run waits", func() bool { return parked(t, c, "later") })
	took := time.Since(back)
	t.Logf("everything went on %v after the worker was started", took)
	require.Less(t, took, heartbeatTimeout/2)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, c.GetWorkflow(t.Context(), "watching", "").Get(t.Context(), nil))
	require.Equal(t, 2, attempts(path))
}

// The engine is killed and comes back on other ports, because somebody else has
// the old one: the worker finds it, and goes on with what it was doing.
func TestTheEngineIsKilledAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := spawnPart(t, dir, "engine")
	e.next(t)
	c := bystander(t, dir).Client()
	spawnPart(t, dir, "worker").next(t)
	path := filepath.Join(t.TempDir(), "go")
	run(t, c, "watching", "pawl", Watching, path)
	run(t, c, "parked", "pawl", Parked)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	eventually(t, "the run waits", func() bool { return parked(t, c, "parked") })
	by := doneBy(t, c, "watching")
	port := frontend(t, dir)
	e.kill()

	stranger, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	t.Cleanup(func() { stranger.Close() })
	go func() {
		for {
			conn, err := stranger.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	_, err = engine.Join(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	var away *engine.AwayError
	require.ErrorAs(t, err, &away, "a stranger on its port is not the engine")
	require.ErrorContains(t, err, "pawl up --roles engine")

	back := time.Now()
	r := spawnPart(t, dir, "engine").next(t)
	require.True(t, r.Unclean)
	require.Zero(t, r.Revived, "the worker lives, so nothing of it is taken away")
	require.NotEqual(t, port, frontend(t, dir))
	require.NoError(t, c.SignalWorkflow(t.Context(), "parked", "", "decision", nil))
	require.NoError(t, c.GetWorkflow(t.Context(), "parked", "").Get(t.Context(), nil))
	run(t, c, "later", "pawl", Parked)
	eventually(t, "the later run waits", func() bool { return parked(t, c, "later") })
	took := time.Since(back)
	t.Logf("everything went on %v after the engine was started", took)
	require.Less(t, took, heartbeatTimeout/2)
	require.Equal(t, by, doneBy(t, c, "watching"))
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, c.GetWorkflow(t.Context(), "watching", "").Get(t.Context(), nil))
	require.Equal(t, 1, attempts(path), "its worker never stopped")
}

// Both die, and the engine is back before any worker: what the dead left is
// free for the next one.
func TestEverythingIsKilledAndComesBackOneByOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := spawnPart(t, dir, "worker") // waits for the engine
	e := spawnPart(t, dir, "engine")
	e.next(t)
	w.next(t)
	c := bystander(t, dir).Client()
	path := filepath.Join(t.TempDir(), "go")
	run(t, c, "watching", "pawl", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	e.kill()
	w.kill()
	require.Equal(t, 1, spawnPart(t, dir, "engine").next(t).Revived)
	spawnPart(t, dir, "worker").next(t)
	eventually(t, "the second attempt", func() bool { return attempts(path) == 2 })
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, c.GetWorkflow(t.Context(), "watching", "").Get(t.Context(), nil))
}

// A worker that is told to end leaves what lasts to the next one, and an engine
// with a worker of its own does not trust what others may have done.
func TestAWorkerThatEndsWellLeavesATrace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := start(t, dir)
	require.NoError(t, e.Adopt())
	require.False(t, e.Upgraded())
	w := spawnPart(t, dir, "worker")
	w.next(t)
	require.True(t, e.Upgraded(), "another program may be at work")
	path := filepath.Join(t.TempDir(), "go")
	run(t, e.Client(), "watching", "pawl", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	require.NoError(t, w.Process.Signal(syscall.SIGTERM))
	w.waited.Do(func() { require.NoError(t, w.Wait()) })
	eventually(t, "the worker is buried", func() bool { return !exists(filepath.Join(engine.LivesDir(dir), "worker-*")) })
	require.True(t, e.Upgraded(), "it may have been another program")
	work(t, e, queue("pawl", register))
	eventually(t, "the second attempt", func() bool { return attempts(path) == 2 })
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, e.Client().GetWorkflow(t.Context(), "watching", "").Get(t.Context(), nil))
}

func TestJoiningWhatIsNotThere(t *testing.T) {
	t.Parallel()
	var away *engine.AwayError
	_, err := engine.Join(t.Context(), engine.Options{Dir: t.TempDir(), Logger: logger()})
	require.ErrorAs(t, err, &away)
	_, err = engine.Join(t.Context(), engine.Options{})
	require.ErrorContains(t, err, "no data directory was given")

	dir := t.TempDir()
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.NoError(t, err)
	joined, err := engine.Join(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.NoError(t, err)
	require.True(t, joined.Upgraded(), "others work too")
	require.NoError(t, joined.Healthy(t.Context()))
	n, err := joined.Revive(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "only the engine's process knows who is dead")
	require.NoError(t, e.Stop(context.Background()))
	began := time.Now()
	require.ErrorAs(t, joined.Healthy(t.Context()), &away)
	require.Less(t, time.Since(began), 5*time.Second, "it is said at once")
	require.NoError(t, joined.Stop(context.Background()))
	_, err = engine.Join(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.ErrorAs(t, err, &away, "an address of before is no engine")
}

// frontend is the port of the engine as its owner may read it.
func frontend(t *testing.T, dir string) (port int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "engine", "address.json"))
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(text), `"frontend":`)
	require.True(t, ok)
	_, err = fmt.Sscan(after, &port)
	require.NoError(t, err)
	return port
}
