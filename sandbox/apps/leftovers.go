package apps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Processes lists the processes of apps on the hosts below dir, which is that of hosts.Options. They are known by their
// name and by their home, so that nothing of anybody else's can be meant.
func Processes(dir string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("looking for apps: %w", err)
	}
	ours := []byte("HOME=" + filepath.Join(dir, "hosts") + "/")
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil {
			continue // ended meanwhile
		}
		name, _, _ := bytes.Cut(line, []byte{0})
		if filepath.Base(string(name)) != Tool {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil {
			continue
		}
		for variable := range bytes.SplitSeq(environ, []byte{0}) {
			if bytes.HasPrefix(variable, ours) {
				found = append(found, pid)
				break
			}
		}
	}
	return found, nil
}

// StopAll kills every app on the hosts below dir and returns when none is left. They are pretend apps: nothing is lost.
func StopAll(ctx context.Context, dir string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := Processes(dir)
		if err != nil || len(left) == 0 {
			return err
		}
		for _, pid := range left {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("ending an app (pid %d): %w", pid, err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("ending apps: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// holdAlive takes the lock that says that the world lives. Apps wait for it and end when they get it: the kernel takes it
// back from a world that is killed. Those of the world before may have it for a moment.
func holdAlive(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("waiting for the apps of the world before: %w", err)
		case <-tick.C:
		}
	}
}
