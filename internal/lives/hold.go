package lives

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// HeldError says that another process holds a directory.
type HeldError struct {
	PID int    `json:"pid"` // 0 when the other process has not said yet
	URL string `json:"url"` // where it can be seen; empty when it has not said, or shows nothing
}

func (e *HeldError) Error() string {
	text := "already running"
	if e.URL != "" {
		text += " at " + e.URL
	}
	if e.PID != 0 {
		text += fmt.Sprintf(", pid %d", e.PID)
	}
	return text
}

// Holding is the right to a directory that one process at a time may use. The kernel takes it back when the process
// ends, however it ends.
type Holding struct {
	file *os.File
}

// holdFile is the file in a directory whose lock is the right to it.
const holdFile = "lock"

// looksTake is far more than a look at a lock takes, also on a machine that is busy.
const looksTake = 2 * time.Second

// Hold takes the right to dir, which must exist, without waiting. The error is a *HeldError while another process has it.
func Hold(dir string) (*Holding, error) {
	for patience := time.Now().Add(looksTake); time.Now().Before(patience); <-time.After(time.Millisecond) {
		f, err := lock(filepath.Join(dir, holdFile))
		if err != nil {
			return nil, fmt.Errorf("locking %s: %w", dir, err)
		}
		if f != nil {
			return announced(&Holding{file: f})
		}
		if err := Held(dir); err != nil {
			return nil, err
		}
		// Whoever kept us from it is gone, or was only looking: a look takes the lock for a moment, too.
	}
	return nil, &HeldError{}
}

func announced(h *Holding) (*Holding, error) {
	if err := h.Announce(""); err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

// Held reports who has the right to dir: nil when nobody has, or when there is no such directory, and a *HeldError while
// a process has it. The next moment it may be otherwise.
func Held(dir string) error {
	f, err := os.Open(filepath.Join(dir, holdFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the lock of %s: %w", dir, err)
	}
	defer func() { _ = unlock(f) }()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		return nil
	}
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("looking at the lock of %s: %w", dir, err)
	}
	held := new(HeldError)
	if text, err := io.ReadAll(f); err == nil && json.Unmarshal(text, held) != nil {
		*held = HeldError{} // half written: the other process is just starting
	}
	return held
}

// Announce writes down for those who are refused who holds the directory, and where it can be seen; url may be empty.
func (h *Holding) Announce(url string) error {
	text, err := json.Marshal(HeldError{PID: os.Getpid(), URL: url})
	if err == nil {
		err = h.file.Truncate(0)
	}
	if err == nil {
		_, err = h.file.WriteAt(text, 0)
	}
	if err != nil {
		return fmt.Errorf("writing who holds the lock: %w", err)
	}
	return nil
}

// Release gives the right back. The file stays: removing it would let two processes lock two files of one name.
func (h *Holding) Release() { _ = unlock(h.file) } // closing unlocks, whatever it answers

// unlock gives a lock back and closes its file. Closing alone is not enough: a process that was started in this moment has
// the file as well, until it becomes another program.
func unlock(f *os.File) error {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // what is closed already has nothing to give back
	return f.Close()
}

// lock opens a file, made when it is not there, and locks it; the file is nil while another process has the lock.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil //nolint:nilnil // nobody is at fault: another process has it
	}
	return nil, err
}
