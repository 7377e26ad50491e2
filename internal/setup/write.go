package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Fate is what became of a file.
type Fate int

// What may become of a file.
const (
	Written Fate = iota
	Same         // it is there, and is what would have been written
	Kept         // it is there, and is something else; it was left as it is
)

// Write writes the files that are not there yet, all of them or none: when one cannot be written, those before it are
// taken away again. What is there is never touched. Each is complete from the moment it has its name.
func Write(files []File) (fates []Fate, err error) {
	var mine []string
	defer func() {
		if err != nil {
			for _, path := range mine {
				_ = os.Remove(path)
			}
			fates = nil
		}
	}()
	for _, f := range files {
		err := create(f)
		switch {
		case err == nil:
			mine = append(mine, f.Path)
			fates = append(fates, Written)
		case errors.Is(err, fs.ErrExist):
			fates = append(fates, fateOf(f))
		default:
			return nil, fmt.Errorf("writing %s: %w", f.Path, err)
		}
	}
	return fates, nil
}

// fateOf compares a file that is there with what would have been written.
func fateOf(f File) Fate {
	if text, err := os.ReadFile(f.Path); err == nil && bytes.Equal(text, f.Text) {
		return Same
	}
	return Kept
}

// create writes a file under another name and gives it its own when it is complete, unless there is one of that name.
func create(f File) error {
	if _, err := os.Lstat(f.Path); err == nil {
		return fs.ErrExist
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil { //nolint:gosec // pawl.yaml and the manifest are no secrets; .env has a mode of its own
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(f.Path), ".pawl-init-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(f.Text)
	if err == nil {
		err = temp.Chmod(f.Mode)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	err = os.Link(temp.Name(), f.Path)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EMLINK) {
		err = os.Rename(temp.Name(), f.Path) // a file system without hard links; that there is none of its name was seen above
	}
	return err
}

// Ignored makes sure that git does not take .env and Pawl's data: when dir is in a git repository that says nothing of
// them, lines are added to the .gitignore in dir, which is made when there is none. It gives the lines it added.
func Ignored(dir string) (added []string, err error) {
	root, found := repository(dir)
	if !found {
		return nil, nil
	}
	have := patterns(dir, root)
	for _, want := range []string{EnvFile, ".pawl/"} {
		if !have[strings.Trim(want, "/")] {
			added = append(added, want)
		}
	}
	if len(added) == 0 {
		return nil, nil
	}
	path := filepath.Join(dir, ".gitignore")
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	text := strings.Join(added, "\n") + "\n"
	if len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
		text = "\n" + text
	}
	out, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // git reads it, and so may everybody
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	_, err = out.WriteString(text)
	if err := errors.Join(err, out.Close()); err != nil {
		return nil, fmt.Errorf("adding to %s: %w", path, err)
	}
	return added, nil
}

// repository is the root of the git repository around a folder.
func repository(dir string) (root string, found bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// patterns are what the .gitignore files from dir up to root name, without slashes around it. It understands plain names
// only: a line too many does no harm.
func patterns(dir, root string) map[string]bool {
	have := map[string]bool{}
	dir, err := filepath.Abs(dir)
	for ; err == nil; dir = filepath.Dir(dir) {
		text, _ := os.ReadFile(filepath.Join(dir, ".gitignore")) // one that is not there says nothing
		for line := range strings.Lines(string(text)) {
			have[strings.Trim(strings.TrimSpace(line), "/")] = true
		}
		if dir == root || dir == filepath.Dir(dir) {
			break
		}
	}
	return have
}
