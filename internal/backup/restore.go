package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Check reads a backup to its end, holds every file to its checksum, and lets SQLite look at every database. It leaves
// nothing behind, and needs room for a copy in the folder for temporary files.
func Check(ctx context.Context, path string) (m Manifest, err error) {
	room, err := os.MkdirTemp("", "pawl-check-")
	if err != nil {
		return Manifest{}, fmt.Errorf("making room for the check: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	return extract(ctx, path, room)
}

func extract(ctx context.Context, path, dir string) (Manifest, error) {
	m, err := unpack(ctx, path, dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("reading the backup %s: %w", path, err)
	}
	for _, f := range m.Files {
		if strings.HasSuffix(f.Name, ".db") {
			if err := whole(ctx, filepath.Join(dir, f.Name)); err != nil {
				return Manifest{}, fmt.Errorf("reading the backup %s: %s: %w", path, f.Name, err)
			}
		}
	}
	return m, nil
}

// Restore puts a backup into an empty folder, which it makes when it is missing, and leaves it paused. fits says whether
// this program can go on with it, before anything is written. A Restore that is interrupted leaves a mark with which Pawl
// does not start.
func Restore(ctx context.Context, path, dir string, fits func(Manifest) error) (Manifest, error) {
	m, err := Read(path)
	if err != nil {
		return Manifest{}, err
	}
	if err := fits(m); err != nil {
		return Manifest{}, err
	}
	if err := empty(dir); err != nil {
		return Manifest{}, err
	}
	mark := Pause{Made: m.Made, Restored: time.Now().UTC().Truncate(time.Second), From: filepath.Base(path)}
	if err := mark.write(dir, pauseFile); err != nil {
		return Manifest{}, err
	}
	if m, err = extract(ctx, path, dir); err != nil {
		return Manifest{}, fmt.Errorf("%w; %s is not usable now: empty it", err, dir)
	}
	mark.Complete = true
	return m, mark.write(dir, pauseFile)
}

// empty sees to it that a folder is there and has nothing in it, besides what makers of file systems leave at their top.
func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	all, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking into %s: %w", dir, err)
	}
	for _, e := range all {
		if e.Name() != "lost+found" {
			return fmt.Errorf("%s is not empty, and a restore replaces nothing: move what is in it away, or give another folder with --data", dir)
		}
	}
	return nil
}
