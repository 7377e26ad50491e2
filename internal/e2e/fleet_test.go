package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// timers of the tests: the same waits as in production, shorter.
const timers = `  heartbeat: 2s
  board_tick: 200ms
  lane_repeat: 2s
  sweep: 1s
  remote_poll: 200ms
  stop_grace: 1s`

// fleet is a world with a Pawl in it.
type fleet struct {
	t      *testing.T
	world  *sandbox.World
	dir    string
	listen string
	ui     string   // where Temporal's web page is; nowhere when empty
	env    []string // of every life of Pawl, besides the world's

	life scenes.Process
}

// newFleet opens a world of its own for the test. Slack's limits are the published ones.
func newFleet(t *testing.T, change func(*sandbox.Options)) *fleet {
	t.Helper()
	return openFleet(t, t, change)
}

// openFleet opens a world that lives as long as owner, for now used by t.
func openFleet(owner, t *testing.T, change func(*sandbox.Options)) *fleet {
	t.Helper()
	dir := owner.TempDir()
	o := sandbox.Options{
		Dir: filepath.Join(dir, "world"), Listen: "127.0.0.1:0", Exe: tools, Orders: 500, Timers: timers, Extra: ", drill", Log: zerolog.Nop(),
		Slack: slack.Options{
			Redelivery: slack.Redelivery{Waits: []time.Duration{0, 2 * time.Second, 5 * time.Second}},
		},
	}
	if change != nil {
		change(&o)
	}
	w, err := sandbox.Open(o)
	require.NoError(t, err)
	f := &fleet{t: t, world: w, dir: dir, listen: freeAddr(t)}
	for _, secret := range []string{sandbox.BotToken, sandbox.AppToken} {
		leakcheck.Use(owner, secret)
	}
	owner.Cleanup(func() {
		f.kill()
		leakcheck.Printed(owner, f.output())
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(owner, w.Hosts.StopAll(ctx))
		w.Close(ctx)
		if owner.Failed() {
			owner.Logf("pawl said at last:\n%s", lastLines(f.output(), 60))
		}
	})
	<-w.Seeded()
	return f
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := scenes.FreeAddr()
	require.NoError(t, err)
	return addr
}

// up starts Pawl and waits until it takes commands. It returns how long that took.
func (f *fleet) up(env ...string) time.Duration {
	f.t.Helper()
	began := time.Now()
	f.start(env...)
	f.ready()
	return time.Since(began)
}

func (f *fleet) start(env ...string) {
	f.t.Helper()
	cmd := exec.Command(binary, "up", "--config", f.world.Config, "--data", f.data(), "--listen", f.listen, "--ui", f.ui)
	cmd.Env = slices.Concat(f.world.Env(os.Environ()), f.env, env)
	require.NoError(f.t, f.life.Start(cmd))
}

func (f *fleet) data() string { return filepath.Join(f.dir, "pawl") }

func (f *fleet) ready() {
	f.t.Helper()
	f.eventually(20*time.Second, "pawl is ready", func() error { return f.says("/readyz") })
}

// says reports what keeps Pawl from saying that it is well; path is /healthz or /readyz.
func (f *fleet) says(path string) error { return scenes.Says(f.listen, path) }

// kill is the plug: SIGKILL, and waits until the process is gone.
func (f *fleet) kill() { f.end(os.Kill) }

// end sends a signal and returns the exit code; -1 when it was the signal that ended the process.
func (f *fleet) end(signal os.Signal) int { return f.life.End(signal) }

func lastLines(text string, n int) string {
	text = regexp.MustCompile(`"(namespace|task_queue|worker_id|execution|attempt|level)":("[^"]*"|\d+),`).ReplaceAllString(text, "")
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (f *fleet) output() string { return f.life.Output() }

// patience is how many times as long a busy machine may take as one that does nothing else.
const patience = 3

// eventually waits for a condition that somebody else makes true, and says at the end what was missing. within is more than
// it takes on a machine that does nothing else. What is promised within a time is held to that by scenes.Eventually.
func (f *fleet) eventually(within time.Duration, what string, cond func() error) {
	f.t.Helper()
	scenes.Eventually(f.t, patience*within, what, cond)
}

// person is somebody of the company.
type person struct {
	f    *fleet
	name string
	*slack.Person
}

func (f *fleet) person(name string) *person {
	return &person{f: f, name: name, Person: slack.NewPerson(f.world.URL, "xoxp-"+name, nil)}
}

// types says something to Pawl in the direct message, and returns where the thread of it is.
func (p *person) types(text string) thread {
	p.f.t.Helper()
	ctx := p.f.t.Context()
	dm, err := p.DM(ctx)
	require.NoError(p.f.t, err)
	ts, err := p.Say(ctx, dm, text, "")
	require.NoError(p.f.t, err)
	return thread{p: p, channel: dm, ts: ts}
}

// thread is the thread under somebody's message.
type thread struct {
	p           *person
	channel, ts string
}

// messages are what Pawl said in the thread, the oldest first.
func (th thread) messages() []slack.Message {
	th.p.f.t.Helper()
	all, err := th.p.Replies(th.p.f.t.Context(), th.channel, th.ts)
	require.NoError(th.p.f.t, err)
	var said []slack.Message
	for _, m := range all {
		if m.BotID != "" {
			said = append(said, m)
		}
	}
	return said
}

// sees waits until some message of the thread says this.
func (th thread) sees(within time.Duration, text string) slack.Message {
	th.p.f.t.Helper()
	var found slack.Message
	th.p.f.eventually(within, fmt.Sprintf("the thread says %q", text), func() error {
		var all []string
		for _, m := range th.messages() {
			shown := shownBy(m)
			if strings.Contains(shown, text) {
				found = m
				return nil
			}
			all = append(all, shown)
		}
		return fmt.Errorf("it says:\n%s", strings.Join(all, "\n---\n"))
	})
	return found
}

// replies types into the thread.
func (th thread) replies(text string) {
	th.p.f.t.Helper()
	_, err := th.p.Say(th.p.f.t.Context(), th.channel, text, th.ts)
	require.NoError(th.p.f.t, err)
}
