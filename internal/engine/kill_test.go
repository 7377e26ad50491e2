package engine_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// Runs are in the middle of everything when the process is killed, and the
// index has lost them all; a new process takes them up within moments.
func TestKillAndResume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir)
	require.False(t, p.next(t).Unclean)
	c, err := engine.Dial(t.Context(), dir)
	require.NoError(t, err)

	const n = 8
	var watched []string
	for i := range n {
		path := filepath.Join(t.TempDir(), "go")
		watched = append(watched, path)
		run(t, c, fmt.Sprint("watching-", i), "pawl", Watching, path)
		run(t, c, fmt.Sprint("parked-", i), "pawl", Parked)
	}
	for _, path := range watched {
		eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	}
	for i := range n {
		eventually(t, "the run waits", func() bool { return parked(t, c, fmt.Sprint("parked-", i)) })
	}
	p.kill()
	c.Close()
	forgetIndex(t, dir)

	began := time.Now()
	e := start(t, dir)
	up := time.Since(began)
	require.True(t, e.Unclean())
	resume := time.Now()
	revived, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Equal(t, n, revived)
	work(t, e, queue("pawl", register))
	for _, path := range watched {
		eventually(t, "the second attempt", func() bool { return attempts(path) == 2 })
	}
	took := time.Since(resume)
	t.Logf("served after %v, all %d activities ran again %v later", up, n, took)
	require.Less(t, took, heartbeatTimeout/2, "they were revived and did not wait for their timeout")

	for i, path := range watched {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		var said string
		require.NoError(t, e.Client().GetWorkflow(t.Context(), fmt.Sprint("watching-", i), "").Get(t.Context(), &said))
		require.Equal(t, "done with "+path, said)
		require.Equal(t, 2, attempts(path))
		id := fmt.Sprint("parked-", i)
		require.NoError(t, e.Client().SignalWorkflow(t.Context(), id, "", "decision", nil))
		require.NoError(t, e.Client().GetWorkflow(t.Context(), id, "").Get(t.Context(), nil))
	}
	again, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Zero(t, again)
	intact(t, dir)
}

// Each death is news: the pause before the next attempt does not grow with their number.
func TestManyKillsCostNoMoreThanOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(t.TempDir(), "go")
	const kills = 5
	for n := range kills {
		p := spawn(t, dir)
		p.next(t)
		if n == 0 {
			c, err := engine.Dial(t.Context(), dir)
			require.NoError(t, err)
			run(t, c, "watching", "pawl", Watching, path)
			c.Close()
		}
		eventually(t, "the next attempt", func() bool { return attempts(path) == n+1 })
		p.kill()
	}
	e := start(t, dir)
	n, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	d, err := e.Client().DescribeWorkflowExecution(t.Context(), "watching", "")
	require.NoError(t, err)
	a := d.GetPendingActivities()[0]
	require.EqualValues(t, kills+1, a.GetAttempt())
	require.Less(t, a.GetCurrentRetryInterval().AsDuration(), time.Second)
}

// Revive is for activities of dead processes only, whenever it is called.
func TestReviveLeavesOurOwnActivitiesAlone(t *testing.T) {
	t.Parallel()
	e := start(t, t.TempDir())
	work(t, e, queue("pawl", register))
	path := filepath.Join(t.TempDir(), "go")
	r := run(t, e.Client(), "own", "pawl", Watching, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	n, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, r.Get(t.Context(), nil))
	require.Equal(t, 1, attempts(path))
}

// A cancel that was asked for just before the kill is not left waiting for a
// heartbeat timeout.
func TestReviveEndsActivitiesThatWereBeingCancelled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir)
	p.next(t)
	c, err := engine.Dial(t.Context(), dir)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "go")
	run(t, c, "cancelled", "pawl", WatchingDeaf, path)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	require.NoError(t, c.CancelWorkflow(t.Context(), "cancelled", ""))
	eventually(t, "the cancel is requested", func() bool {
		d, err := c.DescribeWorkflowExecution(t.Context(), "cancelled", "")
		require.NoError(t, err)
		return d.GetPendingActivities()[0].GetState() == enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
	})
	p.kill()
	c.Close()

	e := start(t, dir)
	n, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	end := time.Now()
	work(t, e, queue("pawl", register))
	err = e.Client().GetWorkflow(t.Context(), "cancelled", "").Get(t.Context(), nil)
	require.Less(t, time.Since(end), heartbeatTimeout/2)
	var gone *temporal.ApplicationError
	require.ErrorAs(t, err, &gone)
	require.Equal(t, worker.Gone, gone.Type())
	require.Equal(t, 1, attempts(path), "a cancelled activity is not tried again")
}

// The first start is killed while it makes the data, and just after. A moment
// may pass between two looks; then the kill comes a little later.
func TestAKilledFirstStartLeavesNothingInTheWay(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"engine-first-*", "engine-first-*/visibility.db", "engine"} {
		dir := t.TempDir()
		p := spawn(t, dir)
		eventually(t, moment, func() bool {
			return exists(filepath.Join(dir, moment)) || exists(filepath.Join(dir, "engine", "running"))
		})
		p.kill()
		t.Logf("waited for %s, killed with the data complete: %v", moment, exists(filepath.Join(dir, "engine")))
		startsAnew(t, dir)
	}
}

// The same for what a kill in the middle leaves, whenever it came.
func TestAnUnfinishedFirstStartIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	half := filepath.Join(dir, "engine-first-123")
	require.NoError(t, os.Mkdir(half, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(half, "main.db"), []byte("SQLite format 3\x00 and no more"), 0o600))
	startsAnew(t, dir)
}

func startsAnew(t *testing.T, dir string) {
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.NoError(t, err)
	require.NoError(t, e.Healthy(t.Context()))
	require.NoError(t, e.Stop(context.Background()))
	require.False(t, exists(filepath.Join(dir, "engine-first-*")))
}

func TestTermDrains(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir)
	p.next(t)
	c, err := engine.Dial(t.Context(), dir)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "go")
	run(t, c, "watching", "pawl", Watching, path)
	run(t, c, "parked", "pawl", Parked)
	eventually(t, "the activity runs", func() bool { return attempts(path) == 1 })
	c.Close()

	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	stopped := p.next(t)
	require.Equal(t, "stopped", stopped.Event)
	p.waited.Do(func() { require.NoError(t, p.Wait()) })
	t.Logf("drained and stopped in %v", stopped.Took)
	require.Less(t, stopped.Took, 15*time.Second)
	intact(t, dir)

	e := start(t, dir)
	require.False(t, e.Unclean())
	n, err := e.Revive(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "the drained worker said itself that it stopped")
	resume := time.Now()
	work(t, e, queue("pawl", register))
	eventually(t, "the second attempt", func() bool { return attempts(path) == 2 })
	took := time.Since(resume)
	t.Logf("the activity ran again %v after the worker was back", took)
	require.Less(t, took, heartbeatTimeout/2, "it was handed over and did not wait for its timeout")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, e.Client().GetWorkflow(t.Context(), "watching", "").Get(t.Context(), nil))
	require.NoError(t, e.Client().SignalWorkflow(t.Context(), "parked", "", "decision", nil))
	require.NoError(t, e.Client().GetWorkflow(t.Context(), "parked", "").Get(t.Context(), nil))
}

func TestDialWithoutAnEngine(t *testing.T) {
	t.Parallel()
	_, err := engine.Dial(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "pawl has never run in")

	dir := t.TempDir()
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.NoError(t, err)
	c, err := engine.Dial(t.Context(), dir)
	require.NoError(t, err)
	_, err = c.CheckHealth(t.Context(), &client.CheckHealthRequest{})
	require.NoError(t, err)
	c.Close()
	require.NoError(t, e.Stop(context.Background()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = engine.Dial(ctx, dir)
	require.ErrorContains(t, err, "is pawl running?")
}

// forgetIndex does to the index what a loss of power may do to its last rows.
func forgetIndex(t *testing.T, dir string) {
	db := open(t, dir, "visibility.db")
	defer db.Close()
	res, err := db.ExecContext(t.Context(), "DELETE FROM executions_visibility")
	require.NoError(t, err)
	n, err := res.RowsAffected()
	require.NoError(t, err)
	require.Positive(t, n)
}

// intact runs SQLite's own check on both files.
func intact(t *testing.T, dir string) {
	for _, name := range []string{"main.db", "visibility.db"} {
		db := open(t, dir, name)
		var said string
		require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said))
		require.Equal(t, "ok", said, name)
		require.NoError(t, db.Close())
	}
}

func open(t *testing.T, dir, name string) *sql.DB {
	path := (&url.URL{Path: filepath.Join(dir, "engine", name)}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=rw&_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	return db
}
