package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/pawl-ops/pawl/job"
)

// fault says whose an error is: with files always ours. What was asked of us to stop and what another attempt took over
// are no faults and stay what they are.
func (f *File) fault(doing string, err error) error {
	var known *job.Fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, job.ErrTakenOver):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s was interrupted: %w", doing, err)
	}
	made := &job.Fault{Class: job.FaultOurs, Cause: fmt.Errorf("%s: %w", doing, err)}
	path := f.sync.To.File
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		made.Says = "The disk that " + path + " is on is full."
	case errors.Is(err, syscall.EROFS):
		made.Says, made.Final = "The disk that "+path+" is on can only be read.", true
	case errors.Is(err, fs.ErrPermission):
		made.Says, made.Final = "Pawl may not write "+path+": it needs the right to write in its folder.", true
	case errors.Is(err, fs.ErrNotExist):
		made.Says, made.Final = "The folder of "+path+" is not there: make it.", true
	default:
		var system syscall.Errno
		if !errors.As(err, &system) {
			return made.Cause // a mistake in how we are called, and no answer of the system
		}
		made.Says = "The file " + path + " cannot be written: " + system.Error() + "."
	}
	return made
}
