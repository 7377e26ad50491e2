package sshrun

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// FileError says that a host answered, and that it has no such file to read. Err is fs.ErrNotExist, fs.ErrPermission or
// says what else is in the way.
type FileError struct {
	Host string
	Path string
	Err  error
}

func (e *FileError) Error() string {
	return "reading " + e.Path + " on " + e.Host + ": " + e.Err.Error()
}

func (e *FileError) Unwrap() error { return e.Err }

// What may be in the way of reading a file besides that there is none and that it is not ours to read.
var (
	ErrFileTooLarge = errors.New("it is larger than expected")
	ErrNotAFile     = errors.New("it is not a file")
)

// ReadFile returns a file of a host: path is below the home directory unless it is absolute, and is never part of a
// command line. A file of more than most bytes is an error. Nothing is changed, so it may be asked for at any time.
//
// Errors: *FileError, *UnreachableError, *HostError, *HostKeyError, *LoginError, and the context's.
func (r *Runner) ReadFile(ctx context.Context, h job.Host, path string, most int64) ([]byte, error) {
	refuse := func(err error) ([]byte, error) { return nil, &FileError{Host: h.Name, Path: path, Err: err} }
	if path == "" || strings.ContainsRune(path, 0) {
		return refuse(fs.ErrInvalid)
	}
	vars := map[string]string{"FILE": path, "MAX": number(most + 1), "KEY": "read"}
	a, err := r.persist(ctx, h, r.opts.GiveUp, nil, func() (answer, error) {
		return r.ask(ctx, h, newProgram("read", r.points, vars), r.opts.Answer, most+64<<10)
	})
	switch {
	case err != nil:
		return nil, err
	case a.word == "missing":
		return refuse(fs.ErrNotExist)
	case a.word == "closed":
		return refuse(fs.ErrPermission)
	case a.word == "odd":
		return refuse(ErrNotAFile)
	case a.word != "file":
		return nil, &HostError{Host: h.Name, Doing: "reading a file"}
	case int64(len(a.body)) > most:
		return refuse(ErrFileTooLarge)
	}
	return a.body, nil
}
