package files

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pawl-ops/pawl/job"
)

// Write stages the rows of a page and the position behind it: the rows first, then, when they are on the disk, the
// position. to counts the rows: to.Written is what it was before and len(rows) more. No rows are fine, the position moves
// all the same.
//
// It gives job.ErrTakenOver, and nothing counts, when another attempt or run has begun. After any other error the same
// page can be written again. A value that cannot be written is a *job.Fault of class data that names the row.
func (f *File) Write(ctx context.Context, rows []job.Row, to job.Position) error {
	page := fmt.Sprintf("page %d", to.Pages)
	doing := "writing " + page + " of " + f.sync.Name
	switch {
	case f.run == "":
		return errors.New(doing + ": Begin comes first")
	case f.rows == nil:
		return errors.New(doing + ": the run is over")
	case f.at.Position.Over && to != f.at.Position:
		return errors.New(doing + ": the last page is written already")
	case to == f.at.Position:
		return f.fault(doing, f.locked(ctx, f.stillOurs)) // it was written, only the answer was lost
	case to.Written != f.at.Position.Written+int64(len(rows)):
		return fmt.Errorf("%s: %d rows cannot lead from row %d to row %d", doing, len(rows), f.at.Position.Written, to.Written)
	}
	var err error
	if f.buffer, err = f.encode(f.buffer[:0], rows, page); err != nil {
		return err
	}
	// Behind what counts, over what an earlier try may have left. The file is only ours, whoever holds the claim.
	if _, err := f.rows.WriteAt(f.buffer, f.at.Bytes); err != nil {
		return f.fault(doing, err)
	}
	if err := f.rows.Sync(); err != nil {
		return f.fault(doing, err)
	}
	next := position{Bytes: f.at.Bytes + int64(len(f.buffer)), Position: to}
	half, err := f.prepare(f.placePath(f.holder), next, false)
	if err != nil {
		return f.fault(doing, err)
	}
	err = f.locked(ctx, func() error { // nothing more than it takes: whoever is stopped in here keeps the lock
		if err := f.stillOurs(); err != nil {
			_ = os.Remove(half)
			return err
		}
		return os.Rename(half, f.placePath(f.holder))
	})
	if err != nil {
		return f.fault(doing, err)
	}
	f.at = next
	return nil
}

// stillOurs compares the claim with who we are.
func (f *File) stillOurs() error {
	c, err := f.readClaim()
	if err == nil && (c.Run != f.run || c.Holder != f.holder || c.State != open && c.State != publishing) {
		return job.ErrTakenOver
	}
	return err
}
