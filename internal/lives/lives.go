// Package lives tells the processes that share a data directory which of them are alive.
//
// A process that begins a life makes a file under its own name and holds a lock on it (flock). The kernel takes the lock
// back when the process dies, however it dies: a file whose lock is free belongs to the dead. No clock is asked, no
// silence is waited for, and a process that stands still (SIGSTOP) is alive.
//
// A name is used once. The file of a dead process stays until somebody who looks after the dead buries it.
package lives

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Life is the life of this process under one name. It ends with Leave, with End, or with the process.
type Life struct {
	file *os.File
	path string
}

// Other is a life somebody began.
type Other struct {
	Name  string
	PID   int       // 0 when its file cannot be read
	Began time.Time // zero when its file cannot be read
	Alive bool
}

// said is the content of a file.
type said struct {
	PID   int       `json:"pid"`
	Began time.Time `json:"began"`
}

// form is what names may be made of: they become names of files.
var form = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,99}$`)

// Name is a name nobody has used: the role, this process, and the moment.
func Name(role string) string {
	return fmt.Sprintf("%s-%d-%s", role, os.Getpid(), strconv.FormatInt(time.Now().UnixNano(), 36))
}

// RoleOf is the role in a name made by Name.
func RoleOf(name string) string {
	role, _, _ := strings.Cut(name, "-")
	return role
}

// unfinished begins the names of files that are not lives yet.
const unfinished = ".begins-"

// Begin begins a life in dir, which is made when it does not exist. Whoever sees the file sees it locked: it gets its
// name only then.
func Begin(dir, name string) (*Life, error) {
	if !form.MatchString(name) {
		return nil, fmt.Errorf("beginning a life: %q is no name for one", name)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("beginning a life: %w", err)
	}
	f, err := os.CreateTemp(dir, unfinished+"*") // 0600
	if err != nil {
		return nil, fmt.Errorf("beginning a life: %w", err)
	}
	l := &Life{file: f, path: f.Name()}
	if err := l.begin(filepath.Join(dir, name)); err != nil {
		return nil, errors.Join(fmt.Errorf("beginning the life %s: %w", name, err), l.End())
	}
	return l, nil
}

func (l *Life) begin(path string) error {
	if err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	text, err := json.Marshal(said{PID: os.Getpid(), Began: time.Now().UTC()})
	if err != nil {
		return err
	}
	if _, err := l.file.Write(text); err != nil {
		return err
	}
	if err := os.Link(l.path, path); err != nil { // unlike a rename it takes no name that is taken
		return err
	}
	unnamed := l.path
	l.path = path
	return os.Remove(unnamed)
}

// Leave ends the life and leaves its file for those who look after the dead. Leaving twice is harmless.
func (l *Life) Leave() error {
	if err := unlock(l.file); err != nil && !errors.Is(err, os.ErrClosed) { // closing unlocks
		return fmt.Errorf("ending a life: %w", err)
	}
	return nil
}

// End ends the life and takes its file away: nobody has to look after it.
func (l *Life) End() error {
	if err := os.Remove(l.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("ending a life: %w", err), l.Leave())
	}
	return l.Leave()
}

// Alive reports whether the life with the name goes on. One that never began, or was buried, does not.
func Alive(dir, name string) (bool, error) {
	if !form.MatchString(name) {
		return false, nil
	}
	o, err := look(dir, name)
	return o.Alive, err
}

// All lists the lives in dir that are not buried; none when dir does not exist.
func All(dir string) ([]Other, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking who is alive: %w", err)
	}
	var all []Other
	for _, e := range entries {
		if !form.MatchString(e.Name()) {
			continue
		}
		o, err := look(dir, e.Name())
		if err != nil {
			return nil, err
		}
		if o.Name != "" {
			all = append(all, o)
		}
	}
	return all, nil
}

// Bury takes away the file of a dead process. Whoever is alive is left alone.
func Bury(dir, name string) error {
	o, err := look(dir, name)
	if err != nil || o.Alive || o.Name == "" {
		return err
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("burying %s: %w", name, err)
	}
	return nil
}

// Tidy takes away what processes left in dir that died before their life had a name, when it is older than age: a
// younger one may be about to get it.
func Tidy(dir string, age time.Duration) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("tidying %s: %w", dir, err)
	}
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), unfinished) {
			continue
		}
		info, err := e.Info()
		if err == nil && time.Since(info.ModTime()) >= age {
			err = os.Remove(filepath.Join(dir, e.Name()))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("tidying %s: %w", dir, err))
		}
	}
	return errors.Join(errs...)
}

// look opens one file. Its name is empty when there is none.
func look(dir, name string) (Other, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return Other{}, nil
	}
	if err != nil {
		return Other{}, fmt.Errorf("looking whether %s is alive: %w", name, err)
	}
	defer func() { _ = unlock(f) }()
	o := Other{Name: name}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
		return Other{}, fmt.Errorf("looking whether %s is alive: %w", name, err)
	}
	o.Alive = err != nil
	var s said
	if json.NewDecoder(f).Decode(&s) == nil {
		o.PID, o.Began = s.PID, s.Began
	}
	return o, nil
}
