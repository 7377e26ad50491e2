package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Ready looks whether whoever runs this process may write the file, and does nothing to it; there says whether it is there
// already. The error is a *job.Fault of class ours.
func (f *File) Ready() (there bool, err error) {
	folders := []string{filepath.Dir(f.target)}
	if _, err := os.Stat(f.dir); err == nil { // what an earlier run left
		folders = append(folders, f.dir)
	}
	for _, folder := range folders {
		if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
			return false, f.fault("looking at the folder "+folder, err)
		}
	}
	switch _, err := os.Stat(f.target); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, f.fault("looking for "+f.target, err)
	}
	return true, nil
}
