package scripts_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/hosts"
	"github.com/pawl-ops/pawl/scripts"
)

// shopWorld is the hosts with the pretend shop on them.
type shopWorld struct {
	t      *testing.T
	apps   *apps.Apps
	hosts  *hosts.World
	runner *sshrun.Runner
}

func newShop(t *testing.T) *shopWorld {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	h, err := hosts.New(hosts.Options{Dir: filepath.Join(dir, "machines"), Names: apps.Machines(), Exe: self, Tools: hosttools.Names(), Log: zerolog.Nop()})
	require.NoError(t, err)
	t.Cleanup(h.Close)
	a, err := apps.Open(apps.Options{Dir: dir, Hosts: h})
	require.NoError(t, err)
	t.Cleanup(a.Close)
	r := sshrun.New(sshrun.Options{KnownHosts: []string{h.KnownHosts()}, IdentityFiles: []string{h.IdentityFile()}, Poll: 20 * time.Millisecond})
	t.Cleanup(r.Close)
	w := &shopWorld{t: t, apps: a, hosts: h, runner: r}
	w.up()
	return w
}

func (w *shopWorld) up() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	require.NoError(w.t, w.apps.WaitUp(ctx))
}

func (w *shopWorld) blue() *apps.Instance { return w.apps.Instance("master", "blue") }

// restart runs the script on a host as Pawl does. args are names and values in turn.
func (w *shopWorld) restart(host, run string, args ...string) job.Progress {
	w.t.Helper()
	return w.run("restart", scripts.Restart(), host, run, args...)
}

// run runs one of the scripts on a host as Pawl does.
func (w *shopWorld) run(name, body, host, run string, args ...string) job.Progress {
	w.t.Helper()
	h := w.hosts.Host(host)
	s := job.Script{Name: name, Host: job.Host{Name: host, Address: h.Address()}, Body: body, Target: "shop/master", Args: map[string]string{
		"app": "shop", "environment": "master", "instance": "blue", "host": host,
	}}
	for i := 0; i < len(args); i += 2 {
		s.Args[args[i]] = args[i+1]
	}
	p := job.Process{Run: run, ID: name + "-" + run, Step: 1, Label: name}
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	_, err := w.runner.Start(ctx, s, p)
	require.NoError(w.t, err)
	got, err := w.runner.Watch(ctx, s, p, job.Progress{}, nil)
	require.NoError(w.t, err)
	require.Equal(w.t, job.Exited, got.State)
	return got
}

func TestARestartIsANewProcessOfTheSameInstance(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	before, others := w.blue().PID(), w.apps.Instance("master", "green").PID()
	require.NoError(t, w.blue().Ail(hosttools.IllHang))
	p := w.restart("app-1", "r1")
	require.Zero(t, p.Exit, "%+v", p)
	w.up()
	after := w.blue().PID()
	require.NotContains(t, []int{0, before}, after)
	require.Equal(t, others, w.apps.Instance("master", "green").PID(), "nobody else is touched")
	require.ErrorIs(t, syscall.Kill(before, 0), syscall.ESRCH)
	orphans, err := w.hosts.Orphans()
	require.NoError(t, err)
	require.Empty(t, orphans, "it is no part of the run that started it")
	pgid, err := syscall.Getpgid(after)
	require.NoError(t, err)
	require.Equal(t, after, pgid)

	p = w.restart("app-1", "r2")
	require.Zero(t, p.Exit)
	w.up()
	require.NotContains(t, []int{0, before, after}, w.blue().PID(), "one that a restart started is restarted like any other")

	w.apps.Close()
	pids, err := apps.Processes(w.hosts.Dir())
	require.NoError(t, err)
	require.Empty(t, pids, "and it dies with the world")
}

func TestARestartOfWhatDoesNotRun(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	require.NoError(t, syscall.Kill(w.blue().PID(), syscall.SIGKILL))
	eventually(t, "it is gone", func() bool { return w.blue().PID() == 0 })
	require.Zero(t, w.restart("app-1", "r1").Exit)
	w.up()
	require.NotZero(t, w.blue().PID())

	// A pid that somebody else has by now is not killed: ours, for example.
	file := filepath.Join(w.hosts.Host("app-1").Home(), "apps/shop/master/blue/pid")
	require.NoError(t, syscall.Kill(w.blue().PID(), syscall.SIGKILL))
	eventually(t, "it is gone", func() bool { return w.blue().PID() == 0 })
	stranger := exec.Command("sleep", "60")
	require.NoError(t, stranger.Start())
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	require.NoError(t, os.WriteFile(file, []byte(strconv.Itoa(stranger.Process.Pid)+" by-the-world\n"), 0o600))
	require.Zero(t, w.restart("app-1", "r2").Exit)
	w.up()
	require.NoError(t, syscall.Kill(stranger.Process.Pid, 0), "it lives")
}

func TestARestartOfWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	before := w.blue().PID()
	require.NoError(t, syscall.Kill(before, syscall.SIGSTOP))
	p := w.restart("app-1", "r1", "grace", "1")
	require.Zero(t, p.Exit, "%+v", p)
	require.Contains(t, strings.Join(p.Tail, "\n"), "outlived TERM for 1 s")
	w.up()
	require.NotContains(t, []int{0, before}, w.blue().PID())
}

func TestARestartIsRefusedWhereThereIsNothingToRestart(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	before := w.blue().PID()
	for n, c := range []struct {
		host, problem string
		args          []string
	}{
		{"app-2", "There is no shop master blue on app-2, so I touched nothing.", nil},
		{"app-1", "There is no shop master red on app-1, so I touched nothing.", []string{"instance", "red"}},
		{"app-1", "I was not told which instance to restart, so I touched nothing.", []string{"instance", ""}},
		{"app-1", "I was not told which instance to restart, so I touched nothing.", []string{"instance", ".."}},
		{"app-1", "I was not told which instance to restart, so I touched nothing.", []string{"environment", "x/../master"}},
		{"app-1", "There is no shop master $(touch ran) on app-1, so I touched nothing.", []string{"instance", "$(touch ran)"}},
	} {
		p := w.restart(c.host, "r"+strconv.Itoa(n), c.args...)
		require.Equal(t, []any{1, true, c.problem}, []any{p.Exit, p.Refused, p.Problem})
	}
	require.NoFileExists(t, filepath.Join(w.hosts.Host("app-1").Home(), "ran"))
	require.Equal(t, before, w.blue().PID())
}

func TestARestartThatDoesNotSucceedSaysSo(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	file := filepath.Join(w.hosts.Host("app-1").Home(), "apps/shop/master/blue/start")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\necho no such library\nexit 3\n"), 0o700))
	p := w.restart("app-1", "r1")
	require.Equal(t, []any{1, false}, []any{p.Exit, p.Refused})
	require.Regexp(t, `^The new blue on app-1 (did not start|ended right after its start)`, p.Problem)
}

// Killed before each thing it does, and run again: one server runs in the end, and a run that had started one before it
// was killed does not start another.
func TestARestartKilledAnywhereAndRunAgain(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	home := w.hosts.Host("app-1").Home()
	near := func(args map[string]string, killAfter time.Duration) (string, bool) {
		return w.near(scripts.Restart(), args, killAfter)
	}
	base := map[string]string{"app": "shop", "environment": "master", "instance": "blue", "host": "app-1"}
	killed := 0
	for after := 2 * time.Millisecond; ; after += after/2 + 5*time.Millisecond {
		args := maps.Clone(base)
		args["PAWL_KEY"] = home + "/.pawl/" + after.String() + ".1.0/"
		before := w.blue().PID()
		if log, ended := near(args, after); ended {
			require.Contains(t, log, "runs in")
			break
		}
		killed++
		between := w.blue().PID()
		log, ended := near(args, time.Minute)
		require.True(t, ended, "killed after %s, run again:\n%s", after, log)
		w.up()
		now := w.blue().PID()
		require.NotContains(t, []int{0, before}, now, "killed after %s, run again:\n%s", after, log)
		if between != 0 && strings.Contains(log, "by this run already") {
			require.Equal(t, between, now)
		}
		pids, err := apps.Processes(w.hosts.Dir())
		require.NoError(t, err)
		require.Len(t, pids, len(w.apps.Instances()), "one server for each instance")
	}
	require.Greater(t, killed, 5)
}

// near runs a script on app-1 without SSH between, and kills it and what belongs to it after a while.
func (w *shopWorld) near(body string, args map[string]string, killAfter time.Duration) (log string, ended bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), killAfter)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-s")
	cmd.Dir, cmd.Stdin = w.hosts.Host("app-1").Home(), strings.NewReader(body)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Env = w.hosts.Host("app-1").Environment()
	for k, v := range args {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func TestShellcheckFindsNothingInTheScriptsOfApps(t *testing.T) {
	t.Parallel()
	for _, body := range []string{scripts.Restart(), scripts.Deploy()} {
		// 2016: what is in single quotes is for the shell that is started. 2154: arguments come from outside.
		cmd := exec.Command(testneed.Component(t, "shellcheck"), "--shell=sh", "--exclude=SC2016,SC2154", "-")
		cmd.Stdin = strings.NewReader(body)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}
