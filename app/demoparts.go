package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/sandbox"
)

// demoPart is one process of the demo's Pawl.
type demoPart struct {
	plug   *sandbox.Plug
	typed  []string // the command, and the flags only this process has
	config bool     // it reads pawl.yaml
	ready  string   // where its /readyz is
}

// demoPawl is the demo's Pawl: one process, or three. What others need comes first.
type demoPawl []demoPart

func demoParts(ctx context.Context, o demoOptions) (demoPawl, error) {
	if !o.apart {
		return demoPawl{{plug: &sandbox.Plug{}, typed: []string{"up", "--ui", o.ui}, config: true, ready: o.pawl}}, nil
	}
	pawl := demoPawl{
		{
			plug: &sandbox.Plug{
				ID: roleEngine, Name: "Pawl's engine",
				Help: "Kills the engine with SIGKILL. Everything stands still, and goes on when it is back.",
			},
			typed: []string{"up", "--roles", roleEngine, "--ui", o.ui},
		},
		{
			plug: &sandbox.Plug{
				ID: roleWorker, Name: "Pawl's worker",
				Help: "Kills the worker with SIGKILL. What you type and press is taken, and done when it is back.",
			},
			typed: []string{"worker"}, config: true,
		},
		{
			plug: &sandbox.Plug{
				ID: roleBridge, Name: "Pawl's Slack bridge",
				Help: "Kills the Slack bridge with SIGKILL. Runs go on, and say how they ended; nobody hears you until it is back.",
			},
			typed: []string{"slackbridge"}, config: true, ready: o.pawl,
		},
	}
	for i := range pawl {
		if pawl[i].ready != "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		pawl[i].ready = l.Addr().String()
		_ = l.Close()
	}
	return pawl, nil
}

// things are the processes as the panel of the page shows them.
func (d demoPawl) things() []sandbox.Switchable {
	var all []sandbox.Switchable
	for _, p := range d {
		all = append(all, p.plug)
	}
	return all
}

// command says how each process is started in this world.
func (d demoPawl) command(exe string, w *sandbox.World, o demoOptions, logs *os.File, report func(string)) {
	for _, p := range d {
		args := append(slices.Clone(p.typed), "--data", filepath.Join(o.data, "pawl"), "--listen", p.ready)
		if p.config {
			args = append(args, "--config", w.Config)
		}
		p.plug.Changed, p.plug.Report = w.Panel.Changed, report
		p.plug.Command = func() *exec.Cmd {
			cmd := exec.Command(exe, args...) //nolint:gosec,noctx // our own program; Plug ends it
			cmd.Env = w.Env(os.Environ())
			cmd.Stdout, cmd.Stderr = logs, logs
			return cmd
		}
	}
}

func (d demoPawl) start() {
	for _, p := range d {
		p.plug.Start()
	}
}

// close ends the processes in the order in which nobody misses another.
func (d demoPawl) close(ctx context.Context) error {
	var errs []error
	for i := range d {
		errs = append(errs, d[len(d)-1-i].plug.Close(ctx))
	}
	return errors.Join(errs...)
}

// pids names the processes: "pid 4242", or "engine pid 1, worker pid 2, slackbridge pid 3".
func (d demoPawl) pids() string {
	var all []string
	for _, p := range d {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s pid %d", p.plug.ID, p.plug.PID())))
	}
	return strings.Join(all, ", ")
}

// them is what a sentence calls the processes that pids lists.
func (d demoPawl) them() string {
	if len(d) == 1 {
		return "it"
	}
	return "any"
}

// untilReady waits for the first life of each process to say that it can do its work.
func (d demoPawl) untilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, p := range d {
		if err := untilReady(ctx, p.ready); err != nil {
			return err
		}
	}
	return nil
}

func untilReady(ctx context.Context, addr string) error {
	last := errors.New("no answer")
	for {
		switch said, ready, err := readyzOf(ctx, "http://"+addr); {
		// A bridge is ready without an engine, and says so; what a newcomer types first needs the engine.
		case err == nil && ready && said == sayReady:
			return nil
		case err == nil:
			last = errors.New(said)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for Pawl to be ready: %w", last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
