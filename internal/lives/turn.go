package lives

import (
	"fmt"
	"os"
	"path/filepath"
)

// Turn is the right to do something that one process at a time does. It ends with the process at the latest.
type Turn struct {
	file *os.File
}

// Take takes the turn called name in dir, or returns nil while another process has it.
func Take(dir, name string) (*Turn, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("taking the turn %s: %w", name, err)
	}
	f, err := lock(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("taking the turn %s: %w", name, err)
	}
	if f == nil {
		return nil, nil //nolint:nilnil // nobody is at fault: another process has it
	}
	return &Turn{file: f}, nil
}

// Give gives the turn back. The file stays: removing it would let two processes lock two files of one name.
func (t *Turn) Give() {
	if t != nil {
		_ = unlock(t.file)
	}
}
