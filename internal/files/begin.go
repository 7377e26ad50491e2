package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Begin takes a run of this sync over: makes its staging, or finds where an earlier attempt of the same run stopped, which
// is the position it gives. The position of a published run is its last one, and Publish tells what it did.
//
// From now on every other holder of this sync writes nothing. Attempts of a run count upwards, a higher one goes before a
// lower one; of the same number the last to begin does. An attempt that is too late gets job.ErrTakenOver: a newer one has
// begun, another run has, or the run was abandoned. A run that was abandoned starts over when a higher attempt begins it.
func (f *File) Begin(ctx context.Context, run string, attempt int64) (job.Position, error) {
	doing := "beginning " + f.sync.Name
	if run == "" {
		return job.Position{}, errors.New(doing + ": the run has no name")
	}
	if err := f.Close(); err != nil {
		return job.Position{}, f.fault(doing, err)
	}
	f.run, f.at = "", position{}
	if err := os.Mkdir(f.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return job.Position{}, f.fault(doing, err)
	}
	err := f.locked(ctx, func() error { return f.take(run, attempt) })
	if err != nil {
		return job.Position{}, f.fault(doing, errors.Join(err, f.Close()))
	}
	f.run = run
	return f.at.Position, nil
}

// take is Begin under the lock.
func (f *File) take(run string, attempt int64) error {
	c, err := f.readClaim()
	if err != nil {
		return err
	}
	if c, err = f.finished(c); err != nil {
		return err
	}
	if i := slices.IndexFunc(c.Ended, func(e ended) bool { return e.Run == run }); i >= 0 {
		if c.Ended[i].Result == nil {
			return job.ErrTakenOver
		}
		f.at.Position = c.Ended[i].Result.Position
		return nil
	}
	same := c.Run == run
	switch {
	case same && c.State == published:
		f.at.Position = c.Result.Position
		return nil
	case same && (attempt < c.Attempt || c.State == abandoned && attempt == c.Attempt):
		return job.ErrTakenOver
	}
	next := claim{Run: run, Attempt: attempt, Holder: f.holder, State: open, AsOf: time.Now().UTC(), Last: c.Last, Ended: c.Ended}
	if !same && c.Run != "" {
		over := ended{Run: c.Run}
		if c.State == published {
			over.Result = c.Result
		}
		next.Ended = append(next.Ended, over)
		next.Ended = next.Ended[max(0, len(next.Ended)-remembered):]
	}
	var from string
	if same && c.State != abandoned {
		from = c.Holder
	}
	resumed, err := f.stage(from)
	if err != nil {
		return err
	}
	if resumed {
		next.AsOf = c.AsOf
	}
	if err := f.writeClaim(next); err != nil {
		return err
	}
	return f.sweep()
}

// stage makes our staging file: with what a holder had staged up to its position, or with a header. It says which.
func (f *File) stage(from string) (resumed bool, err error) {
	f.rows, err = os.OpenFile(f.rowsPath(f.holder), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return false, err
	}
	if from != "" {
		if resumed, err = f.resume(from); err != nil {
			return false, err
		}
	}
	if !resumed {
		f.at = position{}
		header := f.header(nil)
		if err := f.rows.Truncate(0); err != nil {
			return false, err
		}
		if _, err := f.rows.WriteAt(header, 0); err != nil {
			return false, err
		}
		f.at.Bytes = int64(len(header))
	}
	if err := f.rows.Sync(); err != nil {
		return false, err
	}
	return resumed, f.replace(f.placePath(f.holder), f.at, false)
}

// resume copies what a holder had staged, without a torn end. False: there is less than its position says, or nothing.
func (f *File) resume(from string) (bool, error) {
	old, err := os.Open(f.rowsPath(from))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = old.Close() }() // it was only read
	at := f.readPosition(from)
	if at.Bytes == 0 {
		return false, nil
	}
	n, err := io.CopyN(f.rows, old, at.Bytes)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("copying what is staged: %w", err)
	}
	f.at = at
	return n == at.Bytes, nil
}

// sweep removes the files of all holders but this one. After that nobody else can publish.
func (f *File) sweep() error {
	names, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		ours := n.Name() == "claim.json" || n.Name() == "lock" || strings.Contains(n.Name(), f.holder)
		if ours {
			continue
		}
		if err := os.Remove(f.path(n.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
