package apps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// Instance is one running copy of the app.
type Instance struct {
	hosttools.Shop

	URL  string // where it answers
	Icon string // the emoji people know it by, as Slack writes it; empty: none
	Host *hosts.Host
	dir  string

	mu    sync.Mutex
	state lamp
	runs  string    // the version it said last
	began time.Time // when this world started it
}

// newInstance makes the instance's directory on its host. Its port is taken for a moment, to see that it can be.
func (a *Apps) newInstance(ctx context.Context, s hosttools.Shop) (*Instance, error) {
	name := s.App + "/" + s.Environment + "/" + s.Instance
	l, err := a.listen(ctx, name)
	if err != nil {
		return nil, err
	}
	s.Listen = l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	s.Warm, s.Drain, s.While = a.opts.Warm, a.opts.Drain, a.alive.Name()
	i := &Instance{Shop: s, URL: "http://" + s.Listen, Host: a.opts.Hosts.Host(hostOf(s)), state: lamp{word: "starting", state: lampStarting}}
	if i.Host == nil {
		return nil, fmt.Errorf("the world has no host %q", hostOf(s))
	}
	if s.Environment == "master" { // the one people look at; a symbol for everything is a symbol for nothing
		i.Icon = map[string]string{
			"blue": ":large_blue_circle:", "green": ":large_green_circle:", "purple": ":crystal_ball:", "yellow": ":sunny:",
		}[s.Instance]
	}
	i.dir = filepath.Join(i.Host.Home(), "apps", s.App, s.Environment, s.Instance)
	if err := os.MkdirAll(i.dir, 0o700); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := replace(filepath.Join(i.dir, hosttools.ShopFile), append(text, '\n'), 0o600); err != nil {
		return nil, err
	}
	return i, replace(filepath.Join(i.dir, "start"), []byte("#!/bin/sh\nexec "+Tool+"\n"), 0o700)
}

// launch is how a process is started: one at a time, and its pid is written before it becomes the server. restart.sh does
// the same.
const launch = `exec 9>>lock && flock -w 5 9 && echo "$$ by-the-world" >pid.new && mv pid.new pid && exec ./start >>log 2>&1 </dev/null`

// Start begins the instance's process, as a restart would.
func (a *Apps) Start(i *Instance) error { return a.start(i) }

// start begins the instance's process in a session of its own, as a daemon would be.
func (a *Apps) start(i *Instance, env ...string) error {
	cmd := exec.Command("/bin/sh", "-c", launch) //nolint:noctx // StopAll ends it
	cmd.Dir, cmd.Env = i.dir, append(i.Host.Environment(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s %s: %w", i.Environment, i.Instance, err)
	}
	i.mu.Lock()
	i.began = time.Now()
	i.mu.Unlock()
	a.wg.Go(func() { _ = cmd.Wait() })
	return nil
}

// PID is the process of the instance; 0 when there is none. The number in the pid file may be somebody else's by now: ours
// works in the instance's directory.
func (i *Instance) PID() int {
	text, err := os.ReadFile(filepath.Join(i.dir, "pid"))
	if err != nil {
		return 0
	}
	first, _, _ := bytes.Cut(text, []byte(" "))
	pid, err := strconv.Atoi(string(first))
	if err != nil {
		return 0
	}
	cwd, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if here, err2 := filepath.EvalSymlinks(i.dir); err != nil || err2 != nil || cwd != here {
		return 0
	}
	return pid
}

// Ail makes the instance ill, or well again with the empty string.
func (i *Instance) Ail(illness string) error {
	file := filepath.Join(i.dir, hosttools.IllFile)
	if illness == "" {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("making %s well: %w", i.Instance, err)
		}
		return nil
	}
	if err := replace(file, []byte(illness+"\n"), 0o600); err != nil {
		return fmt.Errorf("making %s ill: %w", i.Instance, err)
	}
	return nil
}

// Illness is what the instance has; empty when it is well.
func (i *Instance) Illness() string {
	text, _ := os.ReadFile(filepath.Join(i.dir, hosttools.IllFile))
	return string(bytes.TrimSpace(text))
}
