package sshrun

import (
	"context"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// stubborn ignores TERM, and so does a child in a session of its own whose parent is gone, and one in another group.
const stubborn = `
trap '' TERM
setsid sh -c 'trap "" TERM; (while :; do sleep 0.1; done) & while :; do sleep 0.1; done' &
env -i PATH="$PATH" sh -c 'trap "" TERM; while :; do sleep 0.1; done' &
touch "$HOME/up"
while :; do sleep 0.1; done`

func TestStopEndsStubbornChildren(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(stubborn)
		s.Target = "toy/alice"
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		eventually(t, "the script is up", func() bool { return exists(m.path("up")) })
		shell := m.shell(t, process(1))

		got, err := r.Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		require.Empty(t, m.kin(t))
		require.Empty(t, session(t, shell), "members of its session without the cookie")

		again, err := r.Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, again.State)
		got, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		got, err = r.Start(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State, "a start that comes late does nothing")
		other := m.script("true")
		other.Target = s.Target
		got, err = r.Start(ctx, other, process(2))
		require.NoError(t, err)
		require.NotEqual(t, job.Busy, got.State)
	})
}

// Everything of one run is ended, also what nobody names, and nothing of another one.
func TestStopRunEndsWhatNobodyRemembers(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		n, err := r.StopRun(ctx, m.script("").Host, process(1).Run)
		require.NoError(t, err)
		require.Zero(t, n, "on a host that never saw it")

		forgotten, ended, others := m.script(stubborn), m.script(`echo ran >>"$HOME/ran"`), m.script(`touch "$HOME/other"; while :; do sleep 0.1; done`)
		theirs := process(1)
		theirs.Run = process(1).Run + "0"
		for p, s := range map[job.Process]job.Script{process(1): forgotten, process(2): ended, theirs: others} {
			_, err := r.Start(ctx, s, p)
			require.NoError(t, err)
		}
		eventually(t, "they are up", func() bool { return exists(m.path("up")) && exists(m.path("other")) && exists(m.path("ran")) })
		_, err = r.Watch(ctx, ended, process(2), job.Progress{}, nil)
		require.NoError(t, err)
		shell := m.shell(t, process(1))

		n, err = r.StopRun(ctx, forgotten.Host, process(1).Run)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Empty(t, session(t, shell))
		for p, want := range map[job.Process]job.State{process(1): job.Stopped, process(2): job.Exited, theirs: job.Running} {
			got, err := r.Start(ctx, map[job.Process]job.Script{process(1): forgotten, process(2): ended, theirs: others}[p], p)
			require.NoError(t, err)
			require.Equal(t, want, got.State, p.Dir())
		}
		require.Len(t, m.lines("ran"), 1)
		n, err = r.StopRun(ctx, forgotten.Host, process(1).Run)
		require.NoError(t, err)
		require.Zero(t, n, "twice is once")
		_, err = r.Stop(ctx, others, theirs)
		require.NoError(t, err)

		for _, none := range []string{"", "*", "short", "../../etc-etc", "a b c d e f g h"} {
			_, err := r.StopRun(ctx, forgotten.Host, none)
			require.ErrorContains(t, err, "is no id of an execution")
		}
	})
}

func TestStopLetsAScriptCleanUp(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t, func(o *Options) { o.StopGrace = 20 * time.Second }), deadline(t)
		s := m.script(`
trap 'rm -f "$HOME/half"; echo "pawl: note cleaned up"; exit 9' TERM
touch "$HOME/half"
while :; do sleep 0.05; done`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		eventually(t, "the script is up", func() bool { return exists(m.path("half")) })
		began := time.Now()
		got, err := r.Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		require.Less(t, time.Since(began), 15*time.Second, "it does not wait longer than needed")
		require.False(t, exists(m.path("half")))
		got, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		require.Equal(t, "cleaned up", got.Note)
	})
}

func TestStopBeforeTheStart(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"`)
		got, err := r.Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		got, err = r.Start(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		require.Empty(t, m.lines("ran"))
	})
}

// The launched shell stands still before its claim: Stop wins the claim, and the shell holds nothing afterwards.
func TestStopOvertakesALaunchedShell(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		ctx := deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"`)
		s.Target = "toy/alice"
		slow := m.runner(t)
		slow.points = freezeAt("unclaimed")
		slowCtx, cancel := context.WithCancel(ctx)
		var started sync.WaitGroup
		defer started.Wait()
		defer cancel()
		started.Go(func() { _, _ = slow.Start(slowCtx, s, process(1)) })
		pid := m.frozen(t)
		got, err := m.runner(t).Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
		eventually(t, "the frozen shell is gone", func() bool { return gone(pid) })
		require.Empty(t, m.lines("ran"))
		got, err = m.runner(t).Start(ctx, s, process(2))
		require.NoError(t, err)
		require.NotEqual(t, job.Busy, got.State)
	})
}

// What a script that ended leaves behind on purpose is not Stop's business.
func TestStopAfterTheEnd(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`setsid sleep 300 >/dev/null 2>&1 </dev/null & exit 3`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		_, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		got, err := r.Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Progress{State: job.Exited, Exit: 3}, got)
		require.Len(t, m.kin(t), 1)
	})
}

// A stop that was interrupted after its TERM ended the script finishes what it began.
func TestStopGoesOnWhereItWasInterrupted(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	r, ctx := m.runner(t), deadline(t)
	s := m.script(`setsid sh -c 'trap "" TERM; touch "$HOME/up"; while :; do sleep 0.1; done' & sleep 300`)
	_, err := r.Start(ctx, s, process(1))
	require.NoError(t, err)
	eventually(t, "the script is up", func() bool { return exists(m.path("up")) })
	// As the first stop left it: marked, signalled, and the connection gone before KILL.
	require.NoError(t, os.Mkdir(m.path(".pawl", process(1).Dir(), "stopping"), 0o700))
	require.NoError(t, syscall.Kill(-m.shell(t, process(1)), syscall.SIGTERM))
	eventually(t, "the script ended", func() bool { return exists(m.path(".pawl", process(1).Dir(), "state.exit.143")) })
	require.NotEmpty(t, m.kin(t))
	got, err := r.Stop(ctx, s, process(1))
	require.NoError(t, err)
	require.Equal(t, job.Stopped, got.State)
	require.Empty(t, m.kin(t))
}

func TestPruneKeepsTombstones(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"; echo words`)
		running := m.script(`echo words; touch "$HOME/up"; sleep 300`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		_, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		_, err = r.Start(ctx, running, process(2))
		require.NoError(t, err)
		eventually(t, "the second is up", func() bool { return len(m.lines(".pawl", process(2).Dir(), "log")) == 1 })
		old := time.Now().Add(-48 * time.Hour)
		for step := 1; step <= 2; step++ {
			require.NoError(t, os.Chtimes(m.path(".pawl", process(step).Dir(), "log"), old, old))
		}
		n, err := r.Prune(ctx, m.host, 72*time.Hour, nil)
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = r.Prune(ctx, m.host, 24*time.Hour, []string{"another-run", process(1).Run})
		require.NoError(t, err)
		require.Zero(t, n, "the run is open")
		require.True(t, exists(m.path(".pawl", process(1).Dir(), "log")))
		n, err = r.Prune(ctx, m.host, 24*time.Hour, []string{"another-run"})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.False(t, exists(m.path(".pawl", process(1).Dir(), "log")))
		require.True(t, exists(m.path(".pawl", process(2).Dir(), "log")))
		got, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Progress{State: job.Exited}, got)
		require.Equal(t, []string{"ran"}, m.lines("ran"))
	})
}
