package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// pauseFile is the mark in a data directory that came out of a backup.
	pauseFile = "paused.json"
	// sinceFile names the runs that were open in the backup, once it goes on.
	sinceFile = "restored.json"
	// openFile names the runs that a paused Pawl has found in the engine, for whoever says which of them not to go on with.
	openFile = "paused-open.json"
)

// Pause is the mark that a restore leaves: while it holds, Pawl starts but carries nothing on.
type Pause struct {
	Made     time.Time `json:"made"`           // the moment of the backup
	Restored time.Time `json:"restored"`       //
	From     string    `json:"from"`           // the name of the backup's file
	Complete bool      `json:"complete"`       // everything of the backup is there
	Go       bool      `json:"go,omitempty"`   // a person has said that it may go on
	By       string    `json:"by,omitempty"`   // who that was
	Drop     []string  `json:"drop,omitempty"` // the ids of the runs that are ended instead
	Open     []string  `json:"open,omitempty"` // the ids of the runs that were open in the engine
}

// Holds reports whether nothing may go on.
func (p Pause) Holds() bool { return !p.Made.IsZero() && !p.Go }

// Paused gives the mark of a data directory, the zero Pause when there is none. A restore that did not come to its end is an
// error.
func Paused(dir string) (Pause, error) {
	p, err := read(dir, pauseFile)
	if err != nil || p.Made.IsZero() {
		return Pause{}, err
	}
	if !p.Complete {
		return Pause{}, fmt.Errorf("the restore of %s into %s did not come to its end: empty the folder and restore again", p.From, dir)
	}
	return p, nil
}

func read(dir, name string) (p Pause, err error) {
	content, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return Pause{}, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &p)
	}
	if err != nil {
		return Pause{}, fmt.Errorf("looking whether %s was restored: reading %s: %w", dir, name, err)
	}
	return p, nil
}

// GoOn lets what is under way go on, except the runs with the ids in drop, which are to be ended. It is heard by a Pawl that
// runs within a second, and by the next one otherwise.
func GoOn(dir, by string, drop []string) (Pause, error) {
	p, err := Paused(dir)
	if err != nil {
		return Pause{}, err
	}
	if p.Made.IsZero() {
		return Pause{}, fmt.Errorf("%s is not paused: it did not come out of a backup, or goes on already", dir)
	}
	p.Go, p.By, p.Drop = true, by, drop
	return p, p.write(dir, pauseFile)
}

// Over writes down which runs came out of the backup, and takes the mark away. It is for whoever has done what GoOn said, and
// may be called again after a crash.
func Over(dir string, p Pause) error {
	if err := p.write(dir, sinceFile); err != nil {
		return err
	}
	for _, name := range []string{pauseFile, openFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("ending the pause of %s: %w", dir, err)
		}
	}
	return nil
}

// List notes the ids of the runs that a paused Pawl has found in the engine.
func List(dir string, ids []string) error { return Pause{Open: ids}.write(dir, openFile) }

// Listed are the ids that List noted; none before.
func Listed(dir string) ([]string, error) {
	p, err := read(dir, openFile)
	return p.Open, err
}

// Doubted are the ids of the runs that came out of a backup: what they do next may have been done since. None when the data
// directory did not come out of one.
func Doubted(dir string) (map[string]bool, error) {
	p, err := read(dir, sinceFile)
	doubted := map[string]bool{}
	for _, id := range p.Open {
		doubted[id] = true
	}
	return doubted, err
}

// write replaces the mark, so that a crash leaves the old or the new one.
func (p Pause) write(dir, name string) error {
	content, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	err = write(path+".new", content)
	if err == nil {
		err = syncPath(path + ".new")
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncPath(dir)
	}
	if err != nil {
		return fmt.Errorf("marking %s as restored: %w", dir, err)
	}
	return nil
}
