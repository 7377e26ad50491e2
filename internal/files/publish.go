package files

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pawl-ops/pawl/job"
)

// Compare says what Publish would do, and changes nothing. All pages have to be written. Of a published run it says what
// it did. See the package for what is not counted.
func (f *File) Compare(ctx context.Context) (r job.Reconciled, err error) {
	doing := "comparing " + f.sync.Name + " with what is there"
	if f.run == "" {
		return r, errors.New(doing + ": Begin comes first")
	}
	err = f.locked(ctx, func() error {
		c, told, err := f.standing()
		if err == nil {
			r = f.would(c, told)
		}
		return err
	})
	return r, f.fault(doing, err)
}

// Publish makes the staged file the target by a rename, and returns when that is on the disk; asked again, by whichever
// attempt of the run, it tells what it did and does nothing. All pages have to be written. The new file has the
// permissions of the old one, or 0644.
func (f *File) Publish(ctx context.Context) (r job.Reconciled, err error) {
	doing := "publishing " + f.sync.Name
	if f.run == "" {
		return r, errors.New(doing + ": Begin comes first")
	}
	err = f.locked(ctx, func() error {
		c, told, err := f.standing()
		if err != nil {
			return err
		}
		if r = f.would(c, told); told != nil {
			return nil
		}
		if err := r.AddsUp(); err != nil {
			return err
		}
		return f.publish(c, r)
	})
	if err != nil {
		return job.Reconciled{}, f.fault(doing, err)
	}
	return r, f.fault(doing, f.Close())
}

// standing gives the claim if it is ours and complete, or what the run did if it is published.
func (f *File) standing() (c claim, told *job.Reconciled, err error) {
	if c, err = f.readClaim(); err != nil {
		return c, nil, err
	}
	if c, err = f.finished(c); err != nil {
		return c, nil, err
	}
	if c.Run == f.run && c.State == published {
		return c, c.Result, nil
	}
	if i := slices.IndexFunc(c.Ended, func(e ended) bool { return e.Run == f.run }); i >= 0 && c.Ended[i].Result != nil {
		return c, c.Ended[i].Result, nil
	}
	switch {
	case c.Run != f.run || c.Holder != f.holder || c.State == abandoned || f.rows == nil:
		return c, nil, job.ErrTakenOver
	case !f.at.Position.Over:
		return c, nil, errors.New("not all pages are written")
	}
	return c, nil, nil
}

func (f *File) would(c claim, told *job.Reconciled) job.Reconciled {
	if told != nil {
		return *told
	}
	r := job.Reconciled{Position: f.at.Position, AsOf: c.AsOf}
	if _, err := os.Stat(f.target); err == nil && c.Last != nil {
		r.Before = c.Last.Result.Written
	}
	return r
}

// publish renames. What it is about to do is written down first; whether the rename was done, the name of the staging
// file tells from then on.
func (f *File) publish(c claim, r job.Reconciled) error {
	if err := f.rows.Truncate(f.at.Bytes); err != nil { // what a failed try has left behind
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(f.target); err == nil {
		mode = info.Mode().Perm()
	}
	if err := f.rows.Chmod(mode); err != nil {
		return err
	}
	if err := f.rows.Sync(); err != nil {
		return err
	}
	c.State, c.Result = publishing, &r
	if err := f.writeClaim(c); err != nil {
		return err
	}
	if err := os.Rename(f.rowsPath(f.holder), f.target); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return job.ErrTakenOver
		}
		return err
	}
	_, err := f.finished(c)
	return err
}

// finished completes a publishing that was interrupted behind its rename. Before the rename, it is as if it had not begun.
func (f *File) finished(c claim) (claim, error) {
	if c.State != publishing {
		return c, nil
	}
	if _, err := os.Stat(f.rowsPath(c.Holder)); err == nil {
		return c, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	if err := syncFolder(filepath.Dir(f.target)); err != nil {
		return c, err
	}
	c.State, c.Last = published, &last{Run: c.Run, Result: *c.Result}
	if err := f.writeClaim(c); err != nil {
		return c, err
	}
	_ = os.Remove(f.placePath(c.Holder)) // swept by the next run otherwise
	return c, nil
}

// Abandon drops what this run has staged; the file stays as it is. It does nothing to a run that is published, is abandoned
// already, or was overtaken by another run. It gives job.ErrTakenOver when a newer attempt of this run needs the staging.
func (f *File) Abandon(ctx context.Context) error {
	doing := "abandoning " + f.sync.Name
	if f.run == "" {
		return errors.New(doing + ": Begin comes first")
	}
	err := f.locked(ctx, func() error {
		c, err := f.readClaim()
		if err == nil {
			c, err = f.finished(c)
		}
		if err != nil || c.Run != f.run || c.State == published || c.State == abandoned {
			return err
		}
		if c.Holder != f.holder {
			return job.ErrTakenOver
		}
		c.State, c.Result = abandoned, nil
		if err := f.writeClaim(c); err != nil {
			return err
		}
		_ = os.Remove(f.placePath(f.holder)) // swept by the next run otherwise
		return os.Remove(f.rowsPath(f.holder))
	})
	if err != nil {
		return f.fault(doing, err)
	}
	return f.fault(doing, f.Close())
}

// Last gives what the last published run of this sync did, and its name; ok is false if there was none yet.
func (f *File) Last(ctx context.Context) (did job.Reconciled, run string, ok bool, err error) {
	doing := "reading what the last run of " + f.sync.Name + " did"
	if _, err := os.Stat(f.claimPath()); errors.Is(err, fs.ErrNotExist) {
		return did, "", false, nil
	}
	err = f.locked(ctx, func() error {
		c, err := f.readClaim()
		if err == nil {
			c, err = f.finished(c)
		}
		if err == nil && c.Last != nil {
			did, run, ok = c.Last.Result, c.Last.Run, true
		}
		return err
	})
	return did, run, ok, f.fault(doing, err)
}
