package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/worker"
)

// serveEnv makes this test binary the process that a test kills: it serves the
// data directory named by it until SIGTERM.
const serveEnv = "PAWL_ENGINE_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveEnv); dir != "" {
		if err := part(os.Getenv(partEnv))(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if one.engine != nil {
		if err := one.engine.Stop(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.RemoveAll(one.dir)
	}
	os.Exit(code)
}

// report is what a served process says on its standard output, one line each.
type report struct {
	Event   string // "ready", "draining", "stopped"
	UI      string
	Unclean bool
	Revived int
	// How long each part of the start took.
	Start, Revive, Guard, Poll time.Duration
	Loaded, Processor          time.Duration // processor time: of loading the program, and of all parts
	Took                       time.Duration
}

// serve is the life of a pawl process as far as this package goes.
func serve(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	say := json.NewEncoder(os.Stdout)

	r := report{Loaded: processor()}
	clock := time.Now()
	lap := func(d *time.Duration) { *d, clock = time.Since(clock), time.Now() }
	e, err := engine.Start(ctx, engine.Options{Dir: dir, UIAddr: "127.0.0.1:0", Logger: logger()})
	if err != nil {
		return err
	}
	lap(&r.Start)
	if r.Revived, err = e.Revive(ctx); err != nil {
		return err
	}
	lap(&r.Revive)
	o := queue("pawl", register)
	o.StopTimeout = 20 * time.Second // a drain that waits for it is told from one that does not
	if err := worker.Guard(ctx, e.Client(), o); err != nil {
		return err
	}
	lap(&r.Guard)
	w := worker.New(e.Client(), o)
	if err := w.Start(); err != nil {
		return err
	}
	lap(&r.Poll)
	r.Processor = processor() - r.Loaded
	r.Event, r.UI, r.Unclean = "ready", e.UIURL(), e.Unclean()
	if err := say.Encode(r); err != nil {
		return err
	}

	<-ctx.Done()
	began := time.Now()
	if err := w.Drain(context.Background()); err != nil {
		return err
	}
	if err := e.Stop(context.Background()); err != nil {
		return err
	}
	return say.Encode(report{Event: "stopped", Took: time.Since(began)})
}

func logger() zerolog.Logger {
	return zerolog.New(os.Stderr).Level(zerolog.WarnLevel)
}

// queue is a worker's options on a task queue of one test.
func queue(name string, register func(sdkworker.Registry)) worker.Options {
	return worker.Options{Queue: name, BoardQueue: name + "-board", Register: register}
}

// process is a served data directory in a process of its own.
type process struct {
	*exec.Cmd
	lines  *bufio.Scanner
	waited sync.Once
}

// spawn starts a process on dir. It is killed at the end of the test at the
// latest.
func spawn(t *testing.T, dir string) *process {
	t.Helper()
	return spawnPart(t, dir, "")
}

func spawnPart(t *testing.T, dir, part string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), serveEnv+"="+dir, partEnv+"="+part)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{Cmd: cmd, lines: bufio.NewScanner(out)}
	t.Cleanup(p.kill)
	return p
}

// kill is kill -9; it returns when the process is gone.
func (p *process) kill() {
	p.waited.Do(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
}

// next is the next line that the process says.
func (p *process) next(t *testing.T) report {
	t.Helper()
	timer := time.AfterFunc(time.Minute, p.kill) // ends the scan
	defer timer.Stop()
	require.True(t, p.lines.Scan(), "the process ended, or said nothing for a minute")
	var r report
	require.NoError(t, json.Unmarshal(p.lines.Bytes(), &r))
	return r
}

// one is the engine shared by all tests that do not stop theirs.
var one struct {
	sync.Once
	engine *engine.Engine
	dir    string
	err    error
}

// shared starts the shared engine when the first test asks for it.
func shared(t *testing.T) *engine.Engine {
	t.Helper()
	one.Do(func() {
		if one.dir, one.err = os.MkdirTemp("", "pawl-engine-*"); one.err != nil { //nolint:usetesting // outlives the test that asks first
			return
		}
		one.engine, one.err = engine.Start(context.Background(), engine.Options{Dir: one.dir, UIAddr: "127.0.0.1:0", Logger: logger()})
	})
	require.NoError(t, one.err)
	return one.engine
}

// start starts an engine of the test's own.
func start(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir, Logger: logger()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop(context.Background())) })
	return e
}

// work runs a worker until the end of the test, or until drained.
func work(t *testing.T, e *engine.Engine, o worker.Options) *worker.Worker {
	t.Helper()
	w := worker.New(e.Client(), o)
	require.NoError(t, w.Start())
	t.Cleanup(func() { require.NoError(t, w.Drain(context.Background())) })
	return w
}

// eventually waits for a condition of the world outside, which cannot signal.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, 5*time.Millisecond, what)
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func exists(path string) bool {
	found, err := filepath.Glob(path)
	return err == nil && len(found) > 0
}
