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
	"slices"

	"go.temporal.io/sdk/worker"

	"github.com/pawl-ops/pawl/internal/lives"
)

const programFile = "program"

// Upgraded reports whether the runs under way may have been carried on by
// another program than this one, so that the upgrade guard has to replay them.
// It is false only when Adopt was last called by the very same build, and no
// worker of another process was there since. Beside other workers, on a cluster
// or on an engine of another process, it is always true.
func (e *Engine) Upgraded() bool {
	if e.program == "" || e.server == nil {
		return true
	}
	if others, err := lives.All(e.livesDir()); err != nil || slices.ContainsFunc(others, isWorker) {
		return true
	}
	last, err := os.ReadFile(filepath.Join(e.dir, programFile))
	return err != nil || string(last) != e.program
}

// Adopt notes that this program can carry on every run under way, and begins
// to. It is to be called when the guard found nothing, and before the workers
// poll. To an engine of another process it says that this one lives, until
// Stop: should this process die, what it had begun is taken up at once.
func (e *Engine) Adopt() error {
	switch {
	case e.joined:
		return e.adoptBesideOthers()
	case e.server == nil || !e.Upgraded():
		return nil
	case e.program == "":
		return e.forgetProgram()
	}
	if err := writeFile(filepath.Join(e.dir, programFile), []byte(e.program)); err != nil {
		return fmt.Errorf("noting which program carries on the runs: %w", err)
	}
	return nil
}

func (e *Engine) adoptBesideOthers() error {
	if e.life != nil {
		return nil
	}
	life, err := lives.Begin(e.livesDir(), e.identity)
	if err != nil {
		return fmt.Errorf("telling the engine that this worker lives: %w", err)
	}
	e.life = life
	return nil
}

// forgetProgram makes the next start replay what is under way: several programs
// may have carried it on.
func (e *Engine) forgetProgram() error {
	if err := os.Remove(filepath.Join(e.dir, programFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
