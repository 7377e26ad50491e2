package scripts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/hosts"
	"github.com/pawl-ops/pawl/scripts"
)

// TestMain makes the test binary a host's tool when it is called by a tool's name.
func TestMain(m *testing.M) {
	if handled, code := hosttools.Main(os.Args[0], os.Args[1:]); handled {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// world is two hosts, and how scripts are run there.
type world struct {
	t      *testing.T
	hosts  *hosts.World
	runner *sshrun.Runner
	tools  string // a directory that stands before everything on PATH; may be empty
}

func newWorld(t *testing.T) *world {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	h, err := hosts.New(hosts.Options{Dir: dir, Names: []string{"db-master", "toys"}, Exe: self, Tools: hosttools.Names(), Log: zerolog.Nop()})
	require.NoError(t, err)
	r := sshrun.New(sshrun.Options{KnownHosts: []string{h.KnownHosts()}, IdentityFiles: []string{h.IdentityFile()}, Poll: 20 * time.Millisecond})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, h.StopAll(ctx))
		r.Close()
		h.Close()
	})
	return &world{t: t, hosts: h, runner: r}
}

// seeded is a world with a small shop as master.
func seeded(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	require.NoError(t, scripts.Seed(t.Context(), w.master("shop.db"), 2000))
	return w
}

func (w *world) master(name string) string {
	return filepath.Join(w.hosts.Host("db-master").Home(), name)
}

func (w *world) toy(name string) string { return filepath.Join(w.hosts.Host("toys").Home(), name) }

// refresh is one person's run of the scripts.
type refresh struct {
	w    *world
	run  string // the run's execution id
	name string // whose toy it is
	args map[string]string
	n    int // processes so far
}

func (w *world) refresh(run, name string) *refresh {
	from := w.hosts.Host("db-master").Address()
	at := strings.LastIndexByte(from, ':')
	return &refresh{w: w, run: run, name: name, args: map[string]string{
		"pace": "0", "reuse": "1800", "who": name, "owner": strings.ToLower(name) + "@acme.test",
		"from": from[:at], "from_port": from[at+1:], "from_name": "db-master", "from_database": "shop.db",
		"hide": "people\tname\temail\tphone\tstreet\ninvoices\tbill_to\temail", "mask_sql": "",
	}}
}

// with changes arguments: names and values in turn.
func (r *refresh) with(args ...string) *refresh {
	changed := *r
	changed.args = maps.Clone(r.args)
	for i := 0; i < len(args); i += 2 {
		changed.args[args[i]] = args[i+1]
	}
	return &changed
}

// host is where a script runs, and its arguments there.
func (r *refresh) host(name string) (*hosts.Host, map[string]string) {
	args := maps.Clone(r.args)
	if name == "snapshot" {
		if args["database"] == "" {
			args["database"] = args["from_database"]
		}
		args["host"] = "db-master"
		return r.w.hosts.Host("db-master"), args
	}
	if args["database"] == "" {
		args["database"] = "toy_" + strings.ToLower(r.name) + ".db"
	}
	args["host"] = "toys"
	return r.w.hosts.Host("toys"), args
}

// far runs a script as Pawl does and returns what it said; it must end well.
func (r *refresh) far(name string) job.Progress {
	r.w.t.Helper()
	p := r.try(name)
	require.Equal(r.w.t, []any{job.Exited, 0}, []any{p.State, p.Exit}, "%s said: %+v", name, p)
	return p
}

// try runs a script as Pawl does, however it ends.
func (r *refresh) try(name string) job.Progress {
	r.w.t.Helper()
	h, args := r.host(name)
	r.n++
	s := job.Script{Name: name, Host: job.Host{Name: h.Name(), Address: h.Address()}, Body: scripts.Toy(name), Args: args}
	if h.Name() == "toys" {
		s.Target = "toy/" + strings.ToLower(r.name)
	}
	proc := job.Process{Run: r.run, ID: "toy-" + r.run, Step: r.n, Label: name}
	ctx, cancel := context.WithTimeout(r.w.t.Context(), 2*time.Minute)
	defer cancel()
	_, err := r.w.runner.Start(ctx, s, proc)
	require.NoError(r.w.t, err)
	p, err := r.w.runner.Watch(ctx, s, proc, job.Progress{}, func(job.Progress) {})
	require.NoError(r.w.t, err)
	return p
}

// all runs the five steps of a refresh.
func (r *refresh) all() {
	r.w.t.Helper()
	for _, name := range []string{"snapshot", "copy", "restore", "mask", "swap"} {
		r.far(name)
	}
}

// near prepares a script as a process group of our own, without SSH between: to be killed, and counted.
func (r *refresh) near(ctx context.Context, name string, env ...string) *exec.Cmd {
	h, args := r.host(name)
	cmd := exec.CommandContext(ctx, "sh", "-s")
	cmd.Dir, cmd.Stdin = h.Home(), strings.NewReader(scripts.Toy(name))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	path := r.w.hosts.Bin() + ":" + os.Getenv("PATH")
	if r.w.tools != "" {
		path = r.w.tools + ":" + path
	}
	cmd.Env = append(env, "HOME="+h.Home(), "PATH="+path, "LOGNAME="+hosts.User, "PAWL_KEY="+h.Home()+"/.pawl/"+r.run+".1.0/",
		hosts.EnvIdentity+"="+r.w.hosts.IdentityFile(), hosts.EnvKnownHosts+"="+r.w.hosts.KnownHosts())
	for k, v := range args {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

// said is what a script told, and how it ended.
type said struct {
	job.Progress
	log string
}

// nearly runs a script without SSH between, however it ends.
func (r *refresh) nearly(name string, env ...string) said {
	r.w.t.Helper()
	ctx, cancel := context.WithTimeout(r.w.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := r.near(ctx, name, env...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err := cmd.Run()
	s := said{log: log.String()}
	s.Exit = cmd.ProcessState.ExitCode()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		require.NoError(r.w.t, err)
	}
	for line := range strings.Lines(s.log) {
		s.Merge(strings.TrimSuffix(line, "\n"))
	}
	return s
}

// well runs a script without SSH between; it must end well.
func (r *refresh) well(names ...string) said {
	r.w.t.Helper()
	var s said
	for _, name := range names {
		s = r.nearly(name)
		require.Zero(r.w.t, s.Exit, "%s said:\n%s", name, s.log)
	}
	return s
}

// refused runs a script that must end with this problem.
func (r *refresh) refused(name, problem string) said {
	r.w.t.Helper()
	s := r.nearly(name)
	require.Equal(r.w.t, 1, s.Exit, s.log)
	require.Contains(r.w.t, s.Problem, problem)
	final := strings.Contains(problem, "no previous toy") || strings.Contains(problem, "belongs to")
	require.Equal(r.w.t, final, s.Refused, "only what nobody can mend asks nobody")
	return s
}

// tool puts a program of the test's own before everything on PATH.
func (w *world) tool(name, text string) {
	w.t.Helper()
	if w.tools == "" {
		w.tools = w.t.TempDir()
	}
	require.NoError(w.t, os.WriteFile(filepath.Join(w.tools, name), []byte("#!/bin/sh\n"+text), 0o700))
}

// files are the names in a host's home but for hidden ones.
func (w *world) files(host string) []string {
	w.t.Helper()
	entries, err := os.ReadDir(w.hosts.Host(host).Home())
	require.NoError(w.t, err)
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// dump is everything in a database that people put there, as text.
func dump(t *testing.T, path string) string {
	t.Helper()
	var b strings.Builder
	for _, line := range query(t, path, `SELECT type || ' ' || name || ' ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name`) {
		fmt.Fprintln(&b, line)
	}
	for _, name := range query(t, path, `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_pawl' ORDER BY name`) {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		columns := query(t, path, `SELECT group_concat('quote("' || replace(name, '"', '""') || '")', ' || ''|'' || ') FROM pragma_table_info(`+sqlText(name)+`)`)
		fmt.Fprintln(&b, name)
		for _, row := range query(t, path, `SELECT `+columns[0]+` FROM `+quoted+` ORDER BY 1`) {
			fmt.Fprintln(&b, "  ", row)
		}
	}
	return b.String()
}

func sqlText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// change runs statements on a database.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db := open(t, path)
	for _, s := range statements {
		_, err := db.Exec(s)
		require.NoError(t, err, s)
	}
	require.NoError(t, db.Close())
}

// eventually waits for something that somebody else does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 5*time.Millisecond, what)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
