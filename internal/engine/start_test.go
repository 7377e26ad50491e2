package engine_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/job"
)

func TestStartTwiceSaysWhoIsThere(t *testing.T) {
	t.Parallel()
	e := shared(t)
	_, err := engine.Start(t.Context(), engine.Options{Dir: one.dir})
	var held *lives.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, os.Getpid(), held.PID)
	require.Equal(t, e.UIURL(), held.URL)
	require.Regexp(t, `^already running at http://127\.0\.0\.1:\d+, pid \d+$`, err.Error())
}

func TestStopGivesTheDirectoryBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir, UIAddr: "127.0.0.1:0", Logger: logger()})
	require.NoError(t, err)
	require.False(t, e.Unclean())
	url := e.UIURL()
	began := time.Now()
	require.NoError(t, e.Stop(context.Background()))
	took := time.Since(began)
	require.Less(t, took, 15*time.Second, "systemd waits 20 s")
	require.NoError(t, e.Stop(context.Background()), "stopping twice does nothing")

	began = time.Now()
	again, err := engine.Start(t.Context(), engine.Options{Dir: dir, UIAddr: "127.0.0.1:0", Logger: logger()})
	require.NoError(t, err)
	t.Logf("stopped in %v, started again in %v", took, time.Since(began))
	require.False(t, again.Unclean())
	require.Equal(t, url, again.UIURL(), "ports are kept")
	require.NoError(t, again.Stop(context.Background()))
}

func TestAnotherEnginesDataIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stamp := filepath.Join(dir, "engine", "stamp.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(stamp), 0o700))
	require.NoError(t, os.WriteFile(stamp, []byte(`{"engine":"1.30.4"}`), 0o600))
	var version *engine.VersionError
	_, err := engine.Start(t.Context(), engine.Options{Dir: dir})
	require.ErrorAs(t, err, &version)
	require.Equal(t, "1.30.4", version.Has)
	require.ErrorContains(t, err, "was made by engine 1.30.4 and this pawl carries engine "+version.Want+": start the pawl that made it")

	require.NoError(t, os.Remove(stamp))
	_, err = engine.Start(t.Context(), engine.Options{Dir: dir})
	require.ErrorAs(t, err, &version, "data without a stamp is not ours to touch")
	require.Empty(t, version.Has)

	// A refusal does not keep the lock.
	require.NoError(t, os.Remove(filepath.Join(dir, "engine")))
	start(t, dir)
}

func TestOnlyTheOwnerCanReadTheData(t *testing.T) {
	t.Parallel()
	shared(t)
	var seen int
	require.NoError(t, filepath.WalkDir(filepath.Join(one.dir, "engine"), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		seen++
		require.Zerof(t, info.Mode().Perm()&0o077, "%s is %v", path, info.Mode())
		return nil
	}))
	require.GreaterOrEqual(t, seen, 6)
}

func TestNamespaceAndSearchAttributes(t *testing.T) {
	t.Parallel()
	e := shared(t)
	ns, err := e.Client().WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: e.Namespace()})
	require.NoError(t, err)
	require.Equal(t, 30*24*time.Hour, ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())

	_, err = e.Client().ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "attributes", TaskQueue: "nobody",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(job.AttributeJob).ValueSet("toy"),
			temporal.NewSearchAttributeKeyKeyword(job.AttributeRequester).ValueSet("alice"),
			temporal.NewSearchAttributeKeyKeywordList(job.AttributeHeld).ValueSet([]string{"toy/alice", "toy/base"}),
		),
	}, "Parked")
	require.NoError(t, err)
	eventually(t, "the run is found by all three attributes", func() bool {
		l, err := e.Client().ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: "PawlJob='toy' AND PawlRequester='alice' AND PawlHeld='toy/base'",
		})
		require.NoError(t, err)
		return len(l.GetExecutions()) == 1
	})
}

func TestHealthy(t *testing.T) {
	t.Parallel()
	require.NoError(t, shared(t).Healthy(t.Context()))

	e, err := engine.Start(t.Context(), engine.Options{Dir: t.TempDir(), FreeSpace: 1 << 60, Logger: logger()})
	require.NoError(t, err)
	var space *engine.SpaceError
	require.ErrorAs(t, e.Healthy(t.Context()), &space)
	require.Positive(t, space.Free)
	require.NoError(t, e.Stop(context.Background()))
	require.Error(t, e.Healthy(t.Context()), "a stopped engine is not healthy")
}

func TestThePageStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:8233", ":8233", "192.168.1.7:8233", "pawl.example.com:8233"} {
		_, err := engine.Start(t.Context(), engine.Options{Dir: t.TempDir(), UIAddr: addr})
		require.ErrorContains(t, err, "use 127.0.0.1", addr)
	}
}

func TestATakenPagePortIsAnErrorAndNotTheEnd(t *testing.T) {
	t.Parallel()
	taken := shared(t).UIURL()[len("http://"):]
	dir := t.TempDir()
	_, err := engine.Start(t.Context(), engine.Options{Dir: dir, UIAddr: taken, Logger: logger()})
	require.ErrorContains(t, err, "serving the engine's web page")
	require.ErrorContains(t, err, "address already in use")
	start(t, dir)
}

func TestAPortThatWasTakenMeanwhileIsReplaced(t *testing.T) {
	t.Parallel()
	shared(t)
	b, err := os.ReadFile(filepath.Join(one.dir, "engine", "address.json"))
	require.NoError(t, err)
	dir := t.TempDir()
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.NoError(t, err)
	require.NoError(t, e.Stop(context.Background()))
	own := filepath.Join(dir, "engine", "address.json")
	require.NoError(t, os.WriteFile(own, b, 0o600)) // the shared engine has all of these
	e = start(t, dir)
	require.NoError(t, e.Healthy(t.Context()))

	var before, after map[string]any
	require.NoError(t, json.Unmarshal(b, &before))
	b, err = os.ReadFile(own)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &after))
	for _, service := range []string{"frontend", "history", "matching", "worker"} {
		require.NotEqual(t, before[service], after[service], service)
	}
}
