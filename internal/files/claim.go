package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// States of a run in the claim.
const (
	open       = "open"
	publishing = "publishing" // the rename is next, or was done: what is named rows-<holder> tells
	published  = "published"
	abandoned  = "abandoned"
)

// remembered is how many ended runs the claim knows by name.
const remembered = 100

// claim is who writes the file of a sync. There is one, and it is replaced as a whole.
type claim struct {
	Run     string          `json:"run"`
	Attempt int64           `json:"attempt"`
	Holder  string          `json:"holder"`
	State   string          `json:"state"`
	AsOf    time.Time       `json:"as_of"`
	Result  *job.Reconciled `json:"result,omitempty"` // of the run, from publishing on
	Last    *last           `json:"last,omitempty"`
	Ended   []ended         `json:"ended,omitempty"` // runs before this one, the newest at the end
}

// last is what the last published run did.
type last struct {
	Run    string         `json:"run"`
	Result job.Reconciled `json:"result"`
}

// ended is a run that nobody may begin again.
type ended struct {
	Run    string          `json:"run"`
	Result *job.Reconciled `json:"result,omitempty"` // nil: it was overtaken, or abandoned
}

// position is how far a holder has come.
type position struct {
	Bytes    int64        `json:"bytes"` // of its rows that count
	Position job.Position `json:"position"`
}

func (f *File) path(name string) string        { return filepath.Join(f.dir, name) }
func (f *File) rowsPath(holder string) string  { return f.path("rows-" + holder) }
func (f *File) placePath(holder string) string { return f.path("position-" + holder + ".json") }
func (f *File) claimPath() string              { return f.path("claim.json") }

// locked runs do while nobody else changes the claim.
func (f *File) locked(ctx context.Context, do func() error) (err error) {
	lock, err := os.OpenFile(f.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // closing releases it
	if err := f.waitFor(ctx, lock); err != nil {
		return err
	}
	if _, err := lock.WriteAt([]byte(fmt.Sprintf("%-20d", os.Getpid())), 0); err != nil {
		return err
	}
	return do()
}

// waitFor waits for the lock, as long as lockWait. It asks again and again, because the kernel's own waiting has no end.
func (f *File) waitFor(ctx context.Context, lock *os.File) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	begun := time.Now()
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		if time.Since(begun) > f.lockWait {
			pid := make([]byte, 20)
			n, _ := lock.ReadAt(pid, 0) // an empty file says nobody
			return &job.Fault{Class: job.FaultOurs, Says: fmt.Sprintf("Process %s holds the lock of %s and does not go on: end it. Nothing was changed.",
				strings.TrimSpace(string(pid[:n])), f.sync.To.File)}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// readClaim gives the claim; a missing one is that of nobody. One that cannot be read is an error, because it also says
// which runs are over.
func (f *File) readClaim() (c claim, err error) {
	text, err := os.ReadFile(f.claimPath())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, &job.Fault{Class: job.FaultOurs, Final: true, Cause: err, Says: "The file " + f.claimPath() + " is damaged: remove it, and " + f.sync.Name + " starts over."}
	}
	return c, nil
}

// writeClaim replaces the claim, and returns when it is on the disk.
func (f *File) writeClaim(c claim) error { return f.replace(f.claimPath(), c, true) }

// readPosition gives how far a holder has come. What cannot be read is the beginning: then all is fetched again.
func (f *File) readPosition(holder string) position {
	var p position
	text, err := os.ReadFile(f.placePath(holder))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return position{}
	}
	return p
}

// replace writes a value as JSON under another name and renames it. Without durable, a power cut may leave the old one,
// or none that can be read.
func (f *File) replace(path string, v any, durable bool) error {
	half, err := f.prepare(path, v, durable)
	if err != nil {
		return err
	}
	if err := os.Rename(half, path); err != nil {
		_ = os.Remove(half)
		return err
	}
	if durable {
		return syncFolder(filepath.Dir(path))
	}
	return nil
}

// prepare is the first half of replace; it gives the other name.
func (f *File) prepare(path string, v any, durable bool) (half string, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	half = path + "." + f.holder
	file, err := os.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err == nil && durable {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(half)
	}
	return half, err
}

// syncFolder returns when the names in a folder are on the disk.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
