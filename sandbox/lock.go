package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// RunningError says that another process has the world open.
type RunningError struct {
	PID int    // 0 when the other process has not yet said
	URL string // of its chat page; empty likewise
}

func (e *RunningError) Error() string {
	if e.PID == 0 {
		return "this demo is running already"
	}
	return fmt.Sprintf("this demo is running already at %s, pid %d", e.URL, e.PID)
}

// lock is the right to a world's directory: two worlds in one would both be its Slack and its hosts. The kernel takes it
// back when the process ends, however it ends.
type lock struct{ file *os.File }

// acquire takes the lock of a directory without waiting, or returns a *RunningError.
func acquire(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the world's directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &lock{file: f}, nil
	}
	defer func() { _ = f.Close() }()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("locking the world's directory %s: %w", dir, err)
	}
	e := new(RunningError)
	if text, err := io.ReadAll(f); err == nil {
		_ = json.Unmarshal(text, e) // half written: the other one is just starting
	}
	return nil, e
}

// announce writes who has the lock and where its page is.
func (l *lock) announce(url string) error {
	text, err := json.Marshal(RunningError{PID: os.Getpid(), URL: url})
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(text, 0)
	}
	if err != nil {
		return fmt.Errorf("writing the world's lock: %w", err)
	}
	return nil
}

// release gives the lock back. The file stays: removing it would let two processes lock two files of one name.
func (l *lock) release() { _ = l.file.Close() }
