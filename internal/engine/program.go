package engine

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.temporal.io/sdk/worker"
)

const programFile = "program"

// Upgraded reports whether the runs under way may have been carried on by
// another program than this one, so that the upgrade guard has to replay them.
// It is false only when Adopt was last called by the very same build. On a
// cluster, where many programs may work, it is always true.
func (e *Engine) Upgraded() bool {
	if e.program == "" || e.server == nil {
		return true
	}
	last, err := os.ReadFile(filepath.Join(e.dir, programFile))
	return err != nil || string(last) != e.program
}

// Adopt notes that this program can carry on every run under way. It is to be
// called when the guard found nothing, and before the workers poll.
func (e *Engine) Adopt() error {
	if !e.Upgraded() || e.server == nil {
		return nil
	}
	path := filepath.Join(e.dir, programFile)
	if e.program == "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("noting which program carries on the runs: %w", err)
		}
		return nil
	}
	if err := writeFile(path, []byte(e.program)); err != nil {
		return fmt.Errorf("noting which program carries on the runs: %w", err)
	}
	return nil
}

// identify returns the identity of this program, or an empty text when it has
// none, and lets every worker of the process use it. Left alone, the SDK takes
// the MD5 sum of the whole executable for the server's own workers, which at
// 150 MB is 0.4 s of a processor and was half of each start.
func identify() string {
	id, err := buildID("/proc/self/exe")
	if err != nil {
		return ""
	}
	worker.SetBinaryChecksum(id)
	return id
}

// buildID is made of the build ID that the go command writes into a program:
// it changes with every input of the build (https://pkg.go.dev/cmd/internal/buildid).
// The linker keeps it in an ELF note, also in a stripped program.
func buildID(path string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading the build id: %w", err)
	}
	defer func() { _ = f.Close() }()
	section := f.Section(".note.go.buildid")
	if section == nil {
		return "", errors.New("reading the build id: the program has none")
	}
	note, err := section.Data()
	if err != nil {
		return "", fmt.Errorf("reading the build id: %w", err)
	}
	desc, ok := description(note, f.ByteOrder)
	if !ok {
		return "", errors.New("reading the build id: the program was linked without one")
	}
	sum := sha256.Sum256(desc)
	return hex.EncodeToString(sum[:16]), nil
}

// description takes an ELF note apart: the lengths of name and description, a
// type, the name, which here is "Go" with two zeros, and the description.
func description(note []byte, order binary.ByteOrder) ([]byte, bool) {
	const head = 12
	if len(note) < head {
		return nil, false
	}
	name, size := uint64(order.Uint32(note)), uint64(order.Uint32(note[4:]))
	from := head + (name+3)/4*4
	if size == 0 || from+size > uint64(len(note)) {
		return nil, false
	}
	return note[from : from+size], true
}
