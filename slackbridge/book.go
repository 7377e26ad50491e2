package slackbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"
)

// book is the directory's content, as it also lies on disk.
type book struct {
	At     time.Time         `json:"at"`   // when everything was last read from Slack
	Team   string            `json:"team"` // whose it is: a copy of another workspace is not used
	Users  map[string]person `json:"users"`
	Groups map[string]group  `json:"groups"` // by id
	Pins   map[string]string `json:"pins"`   // handle, as pawl.yaml has it, to id
}

// group is a user group that pawl.yaml names.
type group struct {
	ID      string   `json:"id"`
	Handle  string   `json:"handle"`
	Members []string `json:"members"`
}

func newBook() book {
	return book{Users: map[string]person{}, Groups: map[string]group{}, Pins: map[string]string{}}
}

func (b *book) setMembers(id string, members []string) {
	g, ok := b.Groups[id]
	if !ok {
		return
	}
	g.Members = slices.Clone(members)
	sort.Strings(g.Members)
	b.Groups[id] = g
}

// load reads the copy on disk. None, or one of another workspace, is no error: the directory stays empty.
func (d *Directory) load() error {
	if d.path == "" {
		return nil
	}
	raw, err := os.ReadFile(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the copy of the directory: %w", err)
	}
	b := newBook()
	if err := json.Unmarshal(raw, &b); err != nil {
		return fmt.Errorf("reading the copy of the directory %s: %w", d.path, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if b.Team == d.team && d.team != "" && b.At.Before(time.Now().Add(time.Minute)) {
		d.book = b
	}
	return nil
}

// save keeps a copy, readable only for us, whole or not at all. The lock is held.
func (d *Directory) save() error {
	if d.path == "" {
		return nil
	}
	raw, err := json.Marshal(d.book)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(d.path), ".slack-directory-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already when the rename went well
	_, err = tmp.Write(raw)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), d.path)
}
