// Package backup copies what Pawl keeps in its data directory into one file, while Pawl runs, and puts it back.
//
// A backup is one moment: snapshot.go copies all databases as they were at the same instant, so that the ledger never knows
// less than the engine has done, and the index of the engine never more than the engine. archive.go packs them with a
// manifest; Take writes the file beside its name, reads it again, and only then gives it its name. No secret is in it: the
// engine's certificate is left out, because the first start makes a new one.
//
// What comes back is the past. Since then runs went on, and some of them ended: what they did must not be done again because
// an old copy says that it is still to be done. So Restore leaves a mark (pause.go), with which Pawl starts but carries
// nothing on, until a person who has seen the list of open runs says so. Scripts that have run meanwhile are found on their
// hosts by their key, as after any crash; what that does not cover is for the person to judge.
package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options say what is backed up.
type Options struct {
	Data      string   // the data directory
	Databases []string // SQLite files in it, where they are there
	Files     []string // other files in it, where they are there
	Pawl      string   // this program's version
	Left      []string // sentences: what is elsewhere, and so is not in the backup
}

// Taken says what a backup has become.
type Taken struct {
	Manifest Manifest
	Path     string
	Size     int64 // bytes
	Took     time.Duration
	Blocked  time.Duration // how long nobody could write, for all files to be of one moment
}

// ending is what the names of backups end with.
const ending = ".tgz"

// Take backs up a data directory into the file to, or into a new file below it when it is a folder. A backup of that name is
// replaced once the new one is whole; any other file is left alone, and is an error. It needs room for a copy of the
// databases beside the file.
func Take(ctx context.Context, o Options, to string) (t Taken, err error) {
	began := time.Now()
	t.Manifest = Manifest{Format: format, Made: began.UTC().Truncate(time.Second), Pawl: o.Pawl, Left: o.Left}
	if t.Path, err = target(to, t.Manifest.Made); err != nil {
		return Taken{}, err
	}
	room, err := roomBeside(t.Path)
	if err != nil {
		return Taken{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(room)) }()
	if err := collect(ctx, o, room, &t); err != nil {
		return Taken{}, err
	}
	packed := filepath.Join(room, "packed")
	if err := pack(packed, room, t.Manifest); err != nil {
		return Taken{}, fmt.Errorf("writing the backup: %w", err)
	}
	if _, err := unpack(ctx, packed, ""); err != nil {
		return Taken{}, fmt.Errorf("reading what was just written: %w", err)
	}
	info, err := os.Stat(packed)
	if err != nil {
		return Taken{}, fmt.Errorf("writing the backup: %w", err)
	}
	if err := os.Rename(packed, t.Path); err != nil {
		return Taken{}, fmt.Errorf("giving the backup its name: %w", err)
	}
	t.Size, t.Took = info.Size(), time.Since(began)
	return t, syncPath(filepath.Dir(t.Path))
}

// target is the file that a backup becomes.
func target(to string, made time.Time) (string, error) {
	to, err := filepath.Abs(to)
	if err != nil {
		return "", fmt.Errorf("finding where the backup goes: %w", err)
	}
	info, err := os.Stat(to)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if parent, err := os.Stat(filepath.Dir(to)); err != nil || !parent.IsDir() {
			return "", fmt.Errorf("there is no folder %s: make it first", filepath.Dir(to))
		}
		return to, nil
	case err != nil:
		return "", fmt.Errorf("looking at where the backup goes: %w", err)
	case info.IsDir():
		return filepath.Join(to, "pawl-"+made.Format("20060102-150405Z")+ending), nil
	}
	if _, err := Read(to); err != nil {
		return "", fmt.Errorf("%s is there and is no backup of Pawl, so it stays: give another name", to)
	}
	return to, nil
}

const rooms = ".pawl-backup-"

// roomBeside makes a folder on the disk of the backup, and removes those that killed backups left.
func roomBeside(path string) (string, error) {
	old, err := filepath.Glob(filepath.Join(filepath.Dir(path), rooms+"*"))
	if err != nil {
		return "", fmt.Errorf("looking for unfinished backups: %w", err)
	}
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			if err := os.RemoveAll(dir); err != nil {
				return "", fmt.Errorf("removing an unfinished backup: %w", err)
			}
		}
	}
	room, err := os.MkdirTemp(filepath.Dir(path), rooms+"*")
	if err != nil {
		return "", fmt.Errorf("making room for the backup: %w", err)
	}
	return room, nil
}

// collect copies what is there into room.
func collect(ctx context.Context, o Options, room string, t *Taken) (err error) {
	databases := Present(o.Data, o.Databases)
	if len(databases) == 0 {
		return fmt.Errorf("there is nothing of Pawl in %s: give the data directory of `pawl up` with --data", o.Data)
	}
	if t.Blocked, err = snapshot(ctx, o.Data, room, databases); err != nil {
		return err
	}
	for _, name := range Present(o.Data, o.Files) {
		content, err := os.ReadFile(filepath.Join(o.Data, name))
		if err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		if err := write(filepath.Join(room, name), content); err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		if strings.HasSuffix(name, "stamp.json") {
			t.Manifest.Engine = engineOf(content)
		}
	}
	for _, name := range slices.Concat(Present(room, o.Files), databases) {
		f, err := describe(room, name)
		if err != nil {
			return fmt.Errorf("copying %s: %w", name, err)
		}
		t.Manifest.Files = append(t.Manifest.Files, f)
	}
	return nil
}

// Present are those of the names that are files in a folder.
func Present(dir string, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err != nil || !info.Mode().IsRegular()
	})
}

// write makes a file of the owner, and the folder it is in.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// syncPath makes what was written to a file, or the names in a folder, survive a loss of power.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}
