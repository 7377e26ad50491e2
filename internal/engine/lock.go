package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// LockedError says that another process has the data directory.
type LockedError struct {
	PID int    // 0 when the other process has not yet said
	URL string // empty when the other process shows no page
}

func (e *LockedError) Error() string {
	text := "already running"
	if e.URL != "" {
		text += " at " + e.URL
	}
	if e.PID != 0 {
		text += fmt.Sprintf(", pid %d", e.PID)
	}
	return text
}

// lock is the right to use a data directory. Two servers on one SQLite file
// would destroy it, so the right is an flock: the kernel takes it back when the
// process dies, however it dies.
type lock struct {
	file *os.File
}

type holder struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

// acquire takes the lock of dir without waiting, or returns a *LockedError.
func acquire(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer func() { _ = f.Close() }()
		return nil, lockedBy(f)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("locking the data directory %s: %w", dir, err)
	}
	l := &lock{file: f}
	if err := l.announce(""); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// Held reports who has a data directory: nil when nobody has, a *LockedError
// when a process has. The next moment it may be otherwise.
func Held(dir string) error {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the lock of the data directory: %w", err)
	}
	defer func() { _ = f.Close() }()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return lockedBy(f)
	}
	if err != nil {
		return fmt.Errorf("looking at the lock of the data directory %s: %w", dir, err)
	}
	return nil
}

func lockedBy(f *os.File) *LockedError {
	var h holder
	if b, err := io.ReadAll(f); err == nil {
		// Half written means that the other process is just starting: then
		// nothing is known about it but that it is there.
		_ = json.Unmarshal(b, &h)
	}
	return &LockedError{PID: h.PID, URL: h.URL}
}

// announce writes who holds the lock and where it can be seen.
func (l *lock) announce(url string) error {
	b, err := json.Marshal(holder{PID: os.Getpid(), URL: url})
	if err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	if _, err := l.file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	return nil
}

// release gives the lock back. The file stays: removing it would let two
// processes lock two different files of the same name.
func (l *lock) release() {
	_ = l.file.Close() // unlocks, whatever it answers
}
