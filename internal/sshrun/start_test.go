package sshrun

import (
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestARunFromStartToEnd(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`
echo "for $WHO"
echo "pawl: 62% table orders, 1.2 of 1.9 million rows"
echo 'pawl: result size=1.6 GB'
echo "pawl: done 1.5 GB in 41 s"
echo to stderr >&2
printf 'no newline at the end'
exit 7`, "WHO", "it's $HOME `id`\n\"x\" \\ é", "dir", "mine", "NONCE", "too")
		p := process(1)

		got, err := r.Start(ctx, s, p)
		require.NoError(t, err)
		require.Contains(t, []job.State{job.Running, job.Exited}, got.State)

		got, err = r.Watch(ctx, s, p, got, nil)
		require.NoError(t, err)
		require.Equal(t, job.Progress{
			State: job.Exited, Exit: 7, Percent: 62, Note: "table orders, 1.2 of 1.9 million rows",
			Result: map[string]string{"size": "1.6 GB"}, Done: "1.5 GB in 41 s",
			Offset: got.Offset, Lines: 6,
			Tail: []string{"for it's $HOME `id`", `"x" \ é`, "to stderr", "no newline at the end"},
		}, got)

		again, err := r.Start(ctx, s, p)
		require.NoError(t, err)
		require.Equal(t, job.Progress{State: job.Exited, Exit: 7}, again, "a later start attaches to what was")
		log, err := r.Log(ctx, s, p, 24)
		require.NoError(t, err)
		require.Equal(t, "no newline at the end", log)
	})
}

func TestManyStartsRunTheScriptOnce(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		ctx := deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"; exit 7`)
		s.Target = "toy/alice"
		var all sync.WaitGroup
		states := make(chan job.State, 32)
		for range 4 {
			r := m.runner(t, func(o *Options) { o.Sessions = 10 })
			for range 8 {
				all.Go(func() {
					got, err := r.Start(ctx, s, process(1))
					if err != nil {
						t.Error(err)
					}
					states <- got.State
				})
			}
		}
		all.Wait()
		close(states)
		for state := range states {
			require.Contains(t, []job.State{job.Running, job.Exited}, state)
		}
		got, err := m.runner(t).Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, 7, got.Exit)
		require.Equal(t, []string{"ran"}, m.lines("ran"))
	})
}

// freezeAt is shell text that holds a program still when it comes to a point, the first time.
func freezeAt(point string) string {
	return `point() { if [ "$1" = ` + point + ` ] && mkdir "$HOME/froze" 2>/dev/null; then echo $$ >"$HOME/frozen"; kill -STOP $$; fi; }` + "\n"
}

// frozen waits until a program stands still and returns its pid.
func (m machine) frozen(t *testing.T) int {
	t.Helper()
	var pid int
	eventually(t, "a program stands still", func() bool {
		if lines := m.lines("frozen"); len(lines) == 1 {
			pid = atoi(lines[0])
			stat, err := os.ReadFile("/proc/" + lines[0] + "/stat")
			return err == nil && strings.Contains(string(stat), ") T ")
		}
		return false
	})
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func itoa(n int) string { return number(int64(n)) }

// A launcher that is slow rather than dead must not start the script after somebody else took over.
func TestASlowLauncherIsOvertaken(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"directory", "delivered", "launched", "unclaimed"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			eachMachine(t, func(t *testing.T, m machine) {
				ctx := deadline(t)
				s := m.script(`echo ran >>"$HOME/ran"`)
				s.Target = "toy/alice"
				slow := m.runner(t)
				slow.points = freezeAt(point)
				slowCtx, cancel := context.WithCancel(ctx)
				var started sync.WaitGroup
				defer started.Wait()
				defer cancel()
				started.Go(func() { _, _ = slow.Start(slowCtx, s, process(1)) })
				pid := m.frozen(t)

				r := m.runner(t, func(o *Options) { o.StartWithin = time.Second })
				var got job.Progress
				eventually(t, "somebody else starts it", func() bool {
					var err error
					got, err = r.Start(ctx, s, process(1))
					return err == nil && got.State != job.Busy
				})
				got, err := r.Watch(ctx, s, process(1), got, nil)
				require.NoError(t, err)
				require.Equal(t, job.Exited, got.State)

				_ = syscall.Kill(pid, syscall.SIGCONT)
				cancel()
				eventually(t, "the slow one ends", func() bool { return gone(pid) })
				eventually(t, "nothing of it is left", func() bool { return len(m.kin(t)) == 0 })
				require.Equal(t, []string{"ran"}, m.lines("ran"))
			})
		})
	}
}

// kin are the processes of scripts on the machine.
func (m machine) kin(t *testing.T) []int {
	t.Helper()
	return orphans(t, m.home)
}

// Judged by a watcher it never started, which is proven, so that it may be started again without asking.
func TestAWatcherJudgesASlowLauncher(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		ctx := deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"`)
		slow := m.runner(t)
		slow.points = freezeAt("directory")
		slowCtx, cancel := context.WithCancel(ctx)
		var started sync.WaitGroup
		defer started.Wait()
		defer cancel()
		started.Go(func() { _, _ = slow.Start(slowCtx, s, process(1)) })
		pid := m.frozen(t)

		r := m.runner(t, func(o *Options) { o.StartWithin = 300 * time.Millisecond })
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Never, got.State)

		cancel()
		started.Wait()
		_ = syscall.Kill(pid, syscall.SIGCONT) // it goes on, in a round that is decided
		eventually(t, "its shell leaves", func() bool { return gone(pid) && len(m.kin(t)) == 0 })
		require.Empty(t, m.lines("ran"))

		_, err = m.runner(t).Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		require.Equal(t, []string{"ran"}, m.lines("ran"))
	})
}

func TestALaunchedShellThatDiesIsProvenNotStarted(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		ctx := deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"`)
		r := m.runner(t, func(o *Options) { o.StartWithin = time.Second })
		r.points = `point() { [ "$1" != unclaimed ] || kill -KILL $$; }` + "\n"
		got, err := r.Start(ctx, s, process(1))
		require.ErrorAs(t, err, new(*NotStartedError))
		require.Equal(t, job.Never, got.State)

		_, err = m.runner(t).Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		require.Equal(t, []string{"ran"}, m.lines("ran"))
		require.Empty(t, glob(t, m.path(".pawl", process(1).Dir(), "env.*")), "arguments do not stay behind")
	})
}

func TestAnotherScriptInTheSameDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`echo ran >>"$HOME/ran"`, "NAME", "alice")
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		_, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)

		other := m.script(s.Body, "NAME", "bob")
		_, err = r.Start(ctx, other, process(1))
		var wrong *MismatchError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, [2]string{other.Sum(), s.Sum()}, [2]string{wrong.Want, wrong.Have}, "came with, found")
		_, err = r.Watch(ctx, other, process(1), job.Progress{}, nil)
		require.ErrorAs(t, err, &wrong)
		_, err = r.Log(ctx, other, process(1), 100)
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, []string{"ran"}, m.lines("ran"))
	})
}

func TestATargetBelongsToOne(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		long := m.script(`setsid sleep 300 & while [ ! -e "$HOME/enough" ]; do sleep 0.05; done`)
		long.Target = "toy/alice"
		holder := process(1)
		holder.ID = "toy-holder1"
		_, err := r.Start(ctx, long, holder)
		require.NoError(t, err)

		other := m.script(`echo ran >>"$HOME/ran"`)
		other.Target = "toy/alice"
		got, err := r.Start(ctx, other, process(2))
		require.NoError(t, err)
		require.Equal(t, job.Progress{State: job.Busy, Holder: "toy-holder1"}, got)
		elsewhere := other
		elsewhere.Target = "toy/bob"
		_, err = r.Start(ctx, elsewhere, process(3))
		require.NoError(t, err)
		_, err = r.Watch(ctx, elsewhere, process(3), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"ran"}, m.lines("ran"))

		// It ends by itself and leaves a daemon behind, which holds nothing.
		require.NoError(t, os.WriteFile(m.path("enough"), nil, 0o600))
		_, err = r.Watch(ctx, long, holder, job.Progress{}, nil)
		require.NoError(t, err)
		require.NotEmpty(t, m.kin(t))
		got, err = r.Start(ctx, other, process(2))
		require.NoError(t, err)
		require.NotEqual(t, job.Busy, got.State)
		_, err = r.Watch(ctx, other, process(2), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"ran", "ran"}, m.lines("ran"))
	})
}

// The shell that ran the script is killed, the script is not: its target must stay taken, and it is not lost yet.
func TestATargetIsHeldByWhateverIsLeft(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`touch "$HOME/up"; while [ ! -e "$HOME/enough" ]; do sleep 0.05; done`)
		s.Target = "toy/alice"
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		eventually(t, "the script is up", func() bool { return exists(m.path("up")) })
		require.NoError(t, syscall.Kill(m.shell(t, process(1)), syscall.SIGKILL))

		other := m.script(`true`)
		other.Target = s.Target
		got, err := r.Start(ctx, other, process(2))
		require.NoError(t, err)
		require.Equal(t, job.Busy, got.State)
		got, err = r.Start(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Running, got.State)

		require.NoError(t, os.WriteFile(m.path("enough"), nil, 0o600))
		got, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Lost, got.State)
		got, err = r.Start(ctx, other, process(2))
		require.NoError(t, err)
		require.NotEqual(t, job.Busy, got.State)
	})
}

// shell is the pid of the shell that runs a process, from its claim.
func (m machine) shell(t *testing.T, p job.Process) int {
	t.Helper()
	claim, err := os.Readlink(m.path(".pawl", p.Dir(), "claimed.1"))
	require.NoError(t, err)
	pid, _, _ := strings.Cut(claim, ".")
	return atoi(pid)
}

func TestNothingIsSeenOnACommandLine(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`: body-marker-5309; echo "$PASSWORD" >"$HOME/got"; while [ ! -e "$HOME/enough" ]; do sleep 0.05; done`,
			"PASSWORD", "hunter2-8675309")
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		eventually(t, "the script has its argument", func() bool { return len(m.lines("got")) == 1 })
		require.Equal(t, []string{"hunter2-8675309"}, m.lines("got"))
		for _, file := range glob(t, "/proc/[0-9]*/cmdline") {
			data, _ := os.ReadFile(file)
			require.NotContains(t, string(data), "hunter2-8675309")
			require.NotContains(t, string(data), "body-marker-5309")
		}
		for _, file := range glob(t, m.path(".pawl", process(1).Dir(), "*")) {
			data, _ := os.ReadFile(file)
			require.NotContains(t, string(data), "hunter2-8675309", "the argument stays in %s", file)
			info, err := os.Lstat(file)
			require.NoError(t, err)
			if info.Mode().IsRegular() {
				require.Zero(t, info.Mode().Perm()&0o077, file)
			}
		}
		require.NoError(t, os.WriteFile(m.path("enough"), nil, 0o600))
		_, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
	})
}

func TestWhatAShellCannotCarryIsRefused(t *testing.T) {
	t.Parallel()
	r := New(Options{})
	defer r.Close()
	for _, s := range []job.Script{
		{Body: "a\x00b"},
		{Args: map[string]string{"A": "a\x00b"}},
		{Args: map[string]string{"A B": "x"}},
		{Args: map[string]string{"A;reboot": "x"}},
		{Args: map[string]string{"PAWL_KEY": "x"}},
	} {
		_, err := r.Start(deadline(t), s, process(1))
		require.ErrorContains(t, err, "starting script")
	}
}
