package engine

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	mainFile       = "main.db"
	visibilityFile = "visibility.db"
)

// Kept names the files of a data directory that a backup of an embedded engine
// consists of: its databases, and what describes them. The rest is made anew: a
// certificate, so that no key is in a backup, and the marks of processes, which
// would be about others.
func Kept() (databases, files []string) {
	return []string{"engine/" + mainFile, "engine/" + visibilityFile}, []string{"engine/" + stampFile, "engine/" + addressFile}
}

// writeFile replaces a file of the owner so that a crash leaves the old
// content or the new one, never a piece.
func writeFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // in vain once it has been renamed
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncPath(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// syncPath makes what was written to a file, or the names in a directory,
// survive a loss of power.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}
