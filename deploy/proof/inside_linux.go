package proof

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Inside becomes the box that this process was started for, and does not return then. A program that starts boxes calls it
// first of all.
func Inside() {
	spec, ok := os.LookupEnv(boxEnv)
	if !ok {
		return
	}
	var b box
	err := json.Unmarshal([]byte(spec), &b)
	if err == nil {
		err = b.become()
	}
	fmt.Fprintln(os.Stderr, "becoming a container:", err)
	os.Exit(125)
}

// become makes this process the first one of the box. What is set for a thread counts for the program it becomes, so all
// of it is done by one.
func (b box) become() error {
	runtime.LockOSThread()
	if err := b.enter(); err != nil {
		return err
	}
	program, err := b.find(b.Command[0])
	if err != nil {
		return err
	}
	if err := b.surrender(); err != nil {
		return err
	}
	return fmt.Errorf("running %s: %w", program, syscall.Exec(program, b.Command, b.Env)) //nolint:gosec // the service's command
}

// enter makes the box's file system the only one there is.
func (b box) enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("leaving the mounts of the others: %w", err)
	}
	if err := unix.Mount(b.Root, b.Root, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting the root: %w", err)
	}
	for _, m := range b.Mounts {
		at := filepath.Join(b.Root, m.To)
		if err := unix.Mount(m.From, at, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", m.To, err)
		}
		if m.ReadOnly {
			if err := unix.Mount("", at, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
				return fmt.Errorf("mounting %s read-only: %w", m.To, err)
			}
		}
	}
	for _, t := range b.Tmpfs {
		path, options, _ := strings.Cut(t, ":")
		// As Docker does (https://docs.docker.com/engine/storage/tmpfs/).
		if err := unix.Mount("tmpfs", filepath.Join(b.Root, path), "tmpfs", unix.MS_NOEXEC|unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
			return fmt.Errorf("mounting %s in memory: %w", path, err)
		}
	}
	if err := unix.Mount("proc", filepath.Join(b.Root, "proc"), "proc", unix.MS_NOEXEC|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := unix.Mount("/dev", filepath.Join(b.Root, "dev"), "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting /dev: %w", err)
	}
	if b.ReadOnly {
		if err := unix.Mount("", b.Root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			return fmt.Errorf("making the root read-only: %w", err)
		}
	}
	if err := unix.Chroot(b.Root); err != nil {
		return fmt.Errorf("entering the root: %w", err)
	}
	return os.Chdir(b.Dir)
}

// find looks a program up as the box's own PATH says.
func (b box) find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, v := range b.Env {
		path, ok := strings.CutPrefix(v, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			at := filepath.Join(dir, name)
			if info, err := os.Stat(at); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
				return at, nil
			}
		}
	}
	return "", fmt.Errorf("the image has no program %s", name)
}

// surrender gives up what the box's user may not have.
func (b box) surrender() error {
	if b.Drop {
		for c := range uintptr(unix.CAP_LAST_CAP + 1) {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL { // not of this kernel
				return fmt.Errorf("dropping capability %d: %w", c, err)
			}
		}
	}
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("leaving all groups: %w", err)
	}
	if err := syscall.Setresgid(b.GID, b.GID, b.GID); err != nil {
		return fmt.Errorf("becoming group %d: %w", b.GID, err)
	}
	if err := syscall.Setresuid(b.UID, b.UID, b.UID); err != nil {
		return fmt.Errorf("becoming user %d: %w", b.UID, err)
	}
	if b.NoNew {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("giving up new privileges: %w", err)
		}
	}
	return nil
}
