package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stamp tells which engine made a data directory. The server does not look at
// the schema of a SQLite file: an old one starts and fails later, run by run.
type stamp struct {
	Engine string `json:"engine"`
}

// VersionError says that the data was made by another engine than the one in
// this program.
type VersionError struct {
	Dir  string
	Has  string // the engine that made the data; empty when unknown
	Want string // the engine of this program
}

func (e *VersionError) Error() string {
	if e.Has == "" {
		return fmt.Sprintf("%s has no stamp that says which engine made it: restore the whole directory from a backup, or move it away and start with an empty one (runs under way in it are then lost)", e.Dir)
	}
	return fmt.Sprintf("the data in %s was made by engine %s and this pawl carries engine %s: start the pawl that made it, or let its runs end there, move the directory away and start with an empty one", e.Dir, e.Has, e.Want)
}

const stampFile = "stamp.json"

func writeStamp(dir, version string) error {
	b, err := json.Marshal(stamp{Engine: version})
	if err != nil {
		return fmt.Errorf("stamping %s: %w", dir, err)
	}
	return writeFile(filepath.Join(dir, stampFile), b)
}

// checkStamp returns a *VersionError unless dir was made by the given version.
func checkStamp(dir, version string) error {
	b, err := os.ReadFile(filepath.Join(dir, stampFile))
	if errors.Is(err, fs.ErrNotExist) {
		return &VersionError{Dir: dir, Want: version}
	}
	if err != nil {
		return fmt.Errorf("reading the stamp of the data: %w", err)
	}
	var s stamp
	if err := json.Unmarshal(b, &s); err != nil || s.Engine == "" {
		return &VersionError{Dir: dir, Want: version}
	}
	if s.Engine != version {
		return &VersionError{Dir: dir, Has: s.Engine, Want: version}
	}
	return nil
}
