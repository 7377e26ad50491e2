package sshrun

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
)

// claim replaces who claimed a process, as if it had been somebody else.
func (m machine) claim(t *testing.T, p job.Process, who string) {
	t.Helper()
	link := m.path(".pawl", p.Dir(), "claimed.1")
	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink(who, link))
}

func TestAKilledScriptIsLost(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`touch "$HOME/up"; sleep 300`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		eventually(t, "the script is up", func() bool { return exists(m.path("up")) })
		require.NoError(t, syscall.Kill(-m.shell(t, process(1)), syscall.SIGKILL))
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Lost, got.State)
		got, err = r.Start(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Lost, got.State, "it is never started again by itself")
		got, err = r.Stop(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
	})
}

// The pid lives, but it was given to somebody else: here to this test.
func TestAReusedPIDIsNotOurs(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`true`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		_, err = r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
		require.NoError(t, err)
		require.NoError(t, os.Remove(m.path(".pawl", process(1).Dir(), "state.exit.0")))
		m.claim(t, process(1), fmt.Sprintf("%d.1.%s", os.Getpid(), strings.TrimSpace(string(boot))))
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Lost, got.State)
		got, err = r.Stop(ctx, s, process(1)) // and this test is still there to see the answer
		require.NoError(t, err)
		require.Equal(t, job.Stopped, got.State)
	})
}

// After a reboot even the same pid with the same start time is another process.
func TestARebootLosesTheProcess(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		boot := m.path("boot_id")
		require.NoError(t, os.WriteFile(boot, []byte("before-the-reboot\n"), 0o600))
		r, ctx := m.runner(t, func(o *Options) { o.BootIDFile = boot }), deadline(t)
		s := m.script(`touch "$HOME/up"; sleep 300`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		require.Equal(t, job.Running, got.State)
		require.NoError(t, os.WriteFile(boot, []byte("after-the-reboot\n"), 0o600))
		got, err = r.Watch(ctx, s, process(1), got, nil)
		require.NoError(t, err)
		require.Equal(t, job.Lost, got.State)
	})
}

func TestALostDirectoryIsALostProcess(t *testing.T) {
	t.Parallel()
	m := newSandbox(t)
	r, ctx := m.runner(t, func(o *Options) { o.StartWithin = 50 * time.Millisecond }), deadline(t)
	got, err := r.Watch(ctx, m.script("true"), process(1), job.Progress{State: job.Running}, nil)
	require.NoError(t, err)
	require.Equal(t, job.Lost, got.State)
	got, err = r.Watch(ctx, m.script("true"), process(2), job.Progress{}, nil)
	require.NoError(t, err)
	require.Equal(t, job.Never, got.State)
	require.True(t, exists(m.path(".pawl", process(2).Dir(), "claimed.1")), "and the judgement stands")
}

// The typical end of a refresh: the script fills the disk. Its exit code and its last words must survive.
func TestAFullDiskKeepsTheExitCode(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		testneed.Component(t, "a disk of its own (this test mounts one, as root)")
	}
	eachMachine(t, func(t *testing.T, m machine) {
		mount := testneed.Component(t, "mount")
		out, err := exec.Command(mount, "-t", "tmpfs", "-o", "size=512k", "tmpfs", m.home).CombinedOutput()
		require.NoError(t, err, string(out))
		t.Cleanup(func() {
			stopAll(t, strings.TrimSuffix(m.home, "/hosts/toys"))
			require.NoError(t, syscall.Unmount(m.home, syscall.MNT_DETACH))
		})
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`
cat /dev/zero >"$HOME/fill"
echo "this line finds no room"
exit 3`)
		_, err = r.Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		require.Equal(t, 3, got.Exit)

		_, err = r.Start(ctx, m.script(strings.Repeat("# a long script\n", 1000)), process(2))
		var host *HostError
		require.ErrorAs(t, err, &host, "on a full disk nothing starts")
		require.Contains(t, host.Detail, "No space left")

		require.NoError(t, os.Remove(m.path("fill")))
		s = m.script(`
cat /dev/zero >"$HOME/fill"
echo "this line finds no room"
rm "$HOME/fill"
sleep 4 # what keeps the log looks once a second whether there is room
echo "pawl: problem The toy server is full."
exit 3`)
		_, err = r.Start(ctx, s, process(3))
		require.NoError(t, err)
		got, err = r.Watch(ctx, s, process(3), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, 3, got.Exit)
		require.Equal(t, "The toy server is full.", got.Problem)
	})
}

// "kill 0" in a trap is a common idiom; it must not take the exit code with it.
func TestAScriptThatKillsItsGroupStillHasAnExitCode(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		s := m.script(`sleep 300 & echo "pawl: note before"; kill -TERM 0; sleep 300`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		require.Equal(t, 143, got.Exit)
		require.Equal(t, "before", got.Note)
	})
}

func TestALongLogIsCutButTheBoardIsNot(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t, func(o *Options) { o.LogLimit = 64 << 10 }), deadline(t)
		s := m.script(`
i=0
while [ $i -lt 5000 ]; do echo "line $i of a script that talks too much"; i=$((i+1)); done
echo "pawl: 90% nearly"
echo "pawl: result size=1.6 GB"
exit 4`)
		_, err := r.Start(ctx, s, process(1))
		require.NoError(t, err)
		got, err := r.Watch(ctx, s, process(1), job.Progress{}, nil)
		require.NoError(t, err)
		require.Equal(t, job.Exited, got.State)
		require.Equal(t, 4, got.Exit)
		require.Equal(t, 90, got.Percent)
		require.Equal(t, "1.6 GB", got.Result["size"])
		require.Contains(t, strings.Join(got.Tail, "\n"), "grew too long")
		require.Less(t, got.Offset, int64(66<<10))
		log, err := r.Log(ctx, s, process(1), 200)
		require.NoError(t, err)
		require.Contains(t, log, "pawl: 90% nearly\npawl: result size=1.6 GB")
	})
}
