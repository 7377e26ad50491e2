package sweep_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/app/sweep"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/lives"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBridgesThatDied(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	alive, err := lives.Begin(s.Lives, lives.Name(sweep.RoleBridge))
	require.NoError(t, err)
	for _, role := range []string{sweep.RoleBridge, "worker"} {
		dead, err := lives.Begin(s.Lives, lives.Name(role))
		require.NoError(t, err)
		require.NoError(t, dead.Leave())
	}
	unborn, old := filepath.Join(s.Lives, ".begins-7"), time.Now().Add(-time.Hour)
	require.NoError(t, os.WriteFile(unborn, nil, 0o600))
	require.NoError(t, os.Chtimes(unborn, old, old))

	s.typed(time.Minute)
	s.sweeps()
	require.Len(t, s.started, 1, "the bridge that lives was not there yet when it was typed")
	require.NoFileExists(t, unborn)
	all, err := lives.All(s.Lives)
	require.NoError(t, err)
	var left []string
	for _, o := range all {
		left = append(left, lives.RoleOf(o.Name))
	}
	require.ElementsMatch(t, []string{sweep.RoleBridge, "worker"}, left, "the living bridge; and the worker, which is for the engine to bury")
	require.NoError(t, alive.End())
}

// Of two processes on a data directory one sweeps, and the other when the first has ended.
func TestOneSweeps(t *testing.T) {
	t.Parallel()
	first, second := newScene(t), newScene(t)
	second.Lives = first.Lives
	first.sweeps()
	second.typed(time.Hour)
	second.sweeps()
	require.Empty(t, second.said)
	first.Close()
	second.sweeps()
	require.Len(t, second.said, 1)

	second.Engine = func() sweep.Engine { return nil }
	second.typed(time.Hour)
	second.sweeps()
	require.Len(t, second.said, 1, "without an engine nothing is known")
}

// open is a ledger with a run that has waited for months, and one that has not said yet who it is.
type open struct{ sweep.Ledger }

func (open) OpenRuns(context.Context) ([]ledger.Run, error) {
	return []ledger.Run{{ID: "toy-k4m7q2", Execution: "0199f3c2"}, {ID: "toy-000000"}}, nil
}

func TestOldLogsAreRemovedFromTheHosts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Ledger = open{}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go s.PruneForEver(ctx)
		<-time.After(9 * time.Minute)
		synctest.Wait()
		require.Empty(t, s.takePruned(), "a process that has just begun has other things to do")
		for range 2 {
			<-time.After(6 * time.Hour)
			synctest.Wait()
			require.Equal(t, map[string][]string{"toys": {"0199f3c2"}, "db-master": {"0199f3c2"}}, s.takePruned(), "nothing of an open run")
		}
		cancel()
		synctest.Wait()
	})
}

func TestABridgeThatInsistsIsNotOvertaken(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	alive, err := lives.Begin(s.Lives, lives.Name(sweep.RoleBridge))
	require.NoError(t, err)
	s.typed(-time.Second) // it was there before
	s.sweeps()
	require.Empty(t, s.started)
	require.NoError(t, alive.End())
	s.sweeps()
	require.Len(t, s.started, 1, "it has died since")
}
