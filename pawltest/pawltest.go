// Package pawltest runs a company's own jobs as people use them, and holds what people see then against a text file: the
// real engine, in a process of its own that may be killed, and the pretend world of `pawl demo` around it, with its Slack,
// its hosts and their shell.
//
//	func TestTranscripts(t *testing.T) {
//		pawltest.Transcripts(t, "testdata/*.txtar", append(workflows.All(), jobs.All()...)...)
//	}
//
// # A transcript
//
// A transcript is a txtar archive. The heading of a section is what somebody does, and below it stands what Pawl answers:
//
//	-- alice: maintenance on because the disk is full --
//
//	  Pawl:
//	  | *Maintenance page of the shop* `on-aaaaaa`
//	  ...
//	-- the thread at the end --
//	...
//
// Write the headings only, and have the rest written:
//
//	go test -run TestTranscripts -update
//
// then read what was written: it is what your people are going to read. Times, durations and ids are the same in every
// transcript ("14:05", "N s", "on-aaaaaa"). A section that shows a thread waits for it to look so, up to a minute, and a
// scene is over when its runs are.
//
// People type and press:
//
//	alice: toy                              in her direct message with Pawl
//	alice in #shop-dev: @Pawl toy           in a channel
//	alice in the thread: retry              below the last command; "bob in alice's thread: retry" below hers
//	alice presses [ Try again ]             the newest button of that name; "... in #ops", "... in bob's thread"
//	alice presses that button too           a moment later
//	alice says in the window: use green     in the window that is open before her
//	alice types /pawl toy in #shop-dev      a slash command
//	alice waits until that is over          what she started last
//	alice's thread says "so many words"     waits until it does
//
// Things happen:
//
//	pawl: is killed and comes back          with SIGKILL
//	app-1: the cable is cut                 and "is mended": any host of the world
//	slack: ratelimited on chat.update 3 times   and "slack: is fine"
//	#ops: is archived                       "is back", "removes pawl", "adds pawl"
//	somebody deletes the board
//
// And what is so can be shown:
//
//	the thread, and a few words more        of the last command, whole; with "at the end" when its runs are over
//	alice's thread ...                      of hers
//	alice hears in her direct message       what she was told where she had not asked; "#ops hears"
//	on the hosts                            which scripts run there
//	on app-1: cat note                      what a command prints in the home of a host
//
// # The world
//
// In it are alice and eve (engineers), bob and carol (on call), petra (product), sam (sales), jana (owns the data), gus and
// max; the channels #shop-dev, #ops, #releases and #sales-data; the hosts db-master, toys, lb, app-1, app-2 and cron-1, each
// a folder with a real shell. Engineers may type every command of the jobs that are not Pawl's own. What else your jobs need
// in pawl.yaml stands in testdata/pawl.yaml beside the transcripts: it is laid over the world's, so that it says only what
// is different (a section of a job's own, more lines under `may:` or `approve:`).
//
// # What it costs
//
// The test binary has a Temporal server inside: linking it takes half a minute, the first compilation some minutes. All
// transcripts of one call share a world and run one after the other, so a scene begins with what the one before it left on
// the hosts. Pawl is the test binary itself, started once more: what stands before the call in the test is done in that
// process as well.
package pawltest

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

var update = flag.Bool("update", false, "write what was seen into the transcripts") //nolint:gochecknoglobals // a flag of a test

// life tells the test binary that it is Pawl, and with which arguments.
const life = "PAWLTEST_LIFE"

// The hosts of the world find a few small programs on their PATH: this binary under those names, before it is a test.
func init() { //nolint:gochecknoinits // nothing else of a test binary comes before the flags of its tests are read
	if handled, code := hosttools.Main(os.Args[0], os.Args[1:]); handled {
		os.Exit(code)
	}
}

// Transcripts plays every scene that the pattern finds with a Pawl of these jobs, each as a test of its own, and fails where
// people see something else than the file says. With the flag -update the files are written anew instead.
//
// Give Pawl's own jobs along (workflows.All) when your program has them; a name that two jobs have is refused.
func Transcripts(t *testing.T, pattern string, jobs ...frame.Definition) {
	t.Helper()
	World{}.Transcripts(t, pattern, jobs...)
}

// World is what is different in the world from what it is by itself.
type World struct {
	// Config is YAML that is laid over the world's pawl.yaml, after testdata/pawl.yaml: the address of a server that the
	// test has started, for one.
	Config string
	// Env is added to the environment of Pawl: NAME=value. Tokens that pawl.yaml takes from there.
	Env []string
}

// Transcripts is the function of that name, in this world.
func (o World) Transcripts(t *testing.T, pattern string, jobs ...frame.Definition) {
	t.Helper()
	if args := os.Getenv(life); args != "" {
		live(args, jobs)
	}
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files, "no file is called %s", pattern)
	s := o.stage(t, filepath.Dir(pattern), jobs)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			s.Begin(t)
			s.Play(file)
			require.NoError(t, tidy(s))
		})
	}
}

// live is Pawl in this process, until it is told to end.
func live(args string, jobs []frame.Definition) {
	if err := json.Unmarshal([]byte(args), &os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "reading %s: %v\n", life, err)
		os.Exit(2)
	}
	go dieWith(os.Getppid())
	os.Exit(app.Main(jobs...))
}

// dieWith ends this process when its parent is gone: a test that ran out of time takes nothing away.
func dieWith(parent int) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range tick.C {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}

// timers are the waits of production, shorter.
const timers = "  heartbeat: 2s\n  board_tick: 200ms\n  lane_repeat: 2s\n  sweep: 1s\n  remote_poll: 200ms\n  stop_grace: 1s"

// stage opens a world that lives as long as the test, with a Pawl in it.
func (o World) stage(t *testing.T, beside string, jobs []frame.Definition) *scenes.Stage {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	with, err := os.ReadFile(filepath.Join(beside, "pawl.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	listen, err := scenes.FreeAddr()
	require.NoError(t, err)
	dir := t.TempDir()
	w, err := sandbox.Open(sandbox.Options{
		Dir: filepath.Join(dir, "world"), Listen: "127.0.0.1:0", Exe: exe, Orders: 500, Timers: timers, Extra: extra(jobs),
		With: [][]byte{with, []byte(o.Config)}, Slack: slack.Options{Limits: slack.Limits{Off: true}}, Log: zerolog.Nop(),
	})
	require.NoError(t, err)
	var pawl scenes.Process
	start := func() error {
		args, err := json.Marshal([]string{"pawl", "up", "--config", w.Config, "--data", filepath.Join(dir, "pawl"), "--listen", listen, "--ui", ""})
		if err != nil {
			return err
		}
		cmd := exec.Command(exe, "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.timeout=0") //nolint:gosec,noctx // this program; it is killed below
		cmd.Env = append(append(w.Env(os.Environ()), o.Env...), life+"="+string(args))
		return pawl.Start(cmd)
	}
	ready := func() error { return untilReady(t, &pawl, listen) }
	t.Cleanup(func() {
		pawl.End(os.Kill)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, w.Hosts.StopAll(ctx))
		w.Close(ctx)
		if t.Failed() {
			t.Logf("Pawl said at last:\n%s", lastLines(pawl.Output(), 40))
		}
	})
	<-w.Seeded()
	s := scenes.New(t, w, dir, verbs(jobs)...)
	s.Update, s.Ended = *update, scenes.EndedIn(filepath.Join(dir, "pawl"))
	s.Plug = func() error {
		pawl.End(os.Kill)
		if err := start(); err != nil {
			return err
		}
		return ready()
	}
	require.NoError(t, start())
	require.NoError(t, ready())
	return s
}

// untilReady waits until Pawl takes commands. One that ended says why.
func untilReady(t *testing.T, pawl *scenes.Process, listen string) error {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-tick.C {
		err := scenes.Says(listen, "/readyz")
		switch {
		case err == nil:
			return nil
		case pawl.Ended():
			return fmt.Errorf("Pawl did not start:\n%s", lastLines(pawl.Output(), 20)) //nolint:staticcheck // a name
		case time.Now().After(deadline):
			return fmt.Errorf("waiting 30 s until Pawl is ready: %w", err)
		}
	}
}

// tidy takes away what a scene did to the world and did not take back.
func tidy(s *scenes.Stage) error {
	errs := []error{s.Slack.ClearFaults(context.Background(), "")}
	for _, h := range s.World.Hosts.Hosts() {
		errs = append(errs, s.World.Hosts.Mend(h.Name()))
	}
	return errors.Join(errs...)
}

// verbs begin the ids of runs: the last words of all commands.
func verbs(jobs []frame.Definition) []string {
	all := []string{"shop", "cache", "roll"} // runbooks of the world
	for _, d := range jobs {
		all = append(all, d.Spec.Verb())
	}
	return all
}

// extra are the commands of the company's own, which engineers may type.
func extra(jobs []frame.Definition) string {
	shipped := map[string]bool{}
	for _, d := range workflows.All() {
		shipped[d.Spec.Name] = true
	}
	var more strings.Builder
	for _, d := range jobs {
		if !shipped[d.Spec.Name] {
			more.WriteString(", " + d.Spec.Name)
		}
	}
	return more.String()
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
