// Package sheet shows people of the pretend company what was written for them: a folder with CSV files, and a page for each
// at /sheet/NAME that says when it was written and how many rows it has, and looks again by itself.
//
//	sheet.go  the folder    read.go  one file    page.go  the page, and what it asks for    static/ as it is sent
package sheet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// Path is where the pages are, each under its name.
const Path = "/sheet/"

// lookEvery is how long the panel may be behind.
const lookEvery = 2 * time.Second

// names are those a table may have: they become the name of a file.
var names = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Folder is a directory with tables. It is safe for concurrent use.
type Folder struct {
	dir  string
	root *os.Root

	mu    sync.Mutex
	known map[string]state // by name
}

// state is a file as it was when its rows were counted.
type state struct {
	at   time.Time
	size int64
	rows int
}

// Open makes the directory unless it is there. The caller closes the folder.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of tables: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the directory of tables: %w", err)
	}
	return &Folder{dir: dir, root: root, known: map[string]state{}}, nil
}

// Close lets the directory go.
func (f *Folder) Close() error { return f.root.Close() }

// File is where the table of a name is written.
func (f *Folder) File(name string) string { return filepath.Join(f.dir, name+".csv") }

// Seen is when a table was written and how many rows it had, when Watch or somebody's page looked last; ok is false while
// there is none. It waits for nobody.
func (f *Folder) Seen(name string) (at time.Time, rows int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.known[name]
	return s.at, s.rows, ok
}

// Watch looks at tables every two seconds until the context ends, and calls changed when one was written. It tells that also
// when somebody's page has read the table first.
func (f *Folder) Watch(ctx context.Context, changed func(), tables ...string) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	told := map[string]state{}
	for {
		news := false
		for _, name := range tables {
			if now := f.look(name); now != told[name] {
				told[name], news = now, true
			}
		}
		if news {
			changed()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look counts the rows of a table if it was written since the last time, and returns how it is now; the zero state while it
// is not there. A file that cannot be read is as it was; the page says why.
func (f *Folder) look(name string) state {
	t, err := f.open(name)
	if err == nil {
		defer t.close()
		if !t.counted {
			_ = t.read(0, 0) // it stays as it was
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if errors.Is(err, fs.ErrNotExist) {
		delete(f.known, name)
	}
	return f.known[name]
}
