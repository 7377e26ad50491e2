package hosts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Orphan is a process that a script on one of our hosts left running, or the script itself.
type Orphan struct {
	PID    int
	Host   string // the host's name
	Script string // the name of the script's directory
}

// StopGrace is how long StopAll waits between TERM and KILL.
const StopGrace = 2 * time.Second

// Orphans lists the processes of detached scripts on the world's hosts. They are known by the directory of their host in
// the variable PAWL_KEY, so that nothing of anybody else's can be meant. dir is Options.Dir; no World need be running.
func Orphans(dir string) ([]Orphan, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("looking for scripts left running: %w", err)
	}
	ours := []byte("PAWL_KEY=" + filepath.Join(dir, "hosts") + "/")
	var found []Orphan
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil {
			continue // ended meanwhile, or somebody else's
		}
		for variable := range bytes.SplitSeq(environ, []byte{0}) {
			if rest, is := bytes.CutPrefix(variable, ours); is {
				host, key, _ := strings.Cut(string(rest), "/")
				found = append(found, Orphan{PID: pid, Host: host, Script: filepath.Base(key)})
			}
		}
	}
	return found, nil
}

// StopAll ends every script on the world's hosts: TERM, StopGrace, KILL. It returns when none is left.
func StopAll(ctx context.Context, dir string) error {
	kill := time.After(StopGrace)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	told := map[int]bool{}
	forced := false
	for {
		left, err := Orphans(dir)
		if err != nil || len(left) == 0 {
			return err
		}
		for _, o := range left {
			switch {
			case forced:
				err = syscall.Kill(o.PID, syscall.SIGKILL)
			case !told[o.PID]:
				told[o.PID] = true
				err = syscall.Kill(o.PID, syscall.SIGTERM)
				_ = syscall.Kill(o.PID, syscall.SIGCONT)
			}
			if err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("stopping the script %s on %s (pid %d): %w", o.Script, o.Host, o.PID, err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopping scripts left running: %w", ctx.Err())
		case <-kill:
			forced = true
		case <-tick.C:
		}
	}
}

// Orphans lists the processes of detached scripts on this world's hosts.
func (w *World) Orphans() ([]Orphan, error) { return Orphans(w.opts.Dir) }

// StopAll ends every script on this world's hosts.
func (w *World) StopAll(ctx context.Context) error { return StopAll(ctx, w.opts.Dir) }
