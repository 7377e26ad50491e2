//go:build !slim

package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

const clusterName = "active" // Temporal's name for its only cluster

// Carries is the version of the engine in this program; empty when it was built without one.
func Carries() string { return headers.ServerVersion }

// prepare makes the engine's folder at the first start and afterwards checks
// that this engine made it.
//
// The folder is filled under another name and then renamed: if it is there, it
// is complete and stamped, at whatever moment an earlier first start was
// killed.
func prepare(dir string, o Options) error {
	_, err := os.Stat(dir)
	if err == nil {
		return checkStamp(dir, headers.ServerVersion)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking at the data: %w", err)
	}
	if err := leftovers(filepath.Dir(dir)); err != nil {
		return err
	}
	// A name of its own each time: the server keeps one connection per file
	// name open for as long as the process lives.
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "engine-first-*")
	if err != nil {
		return fmt.Errorf("making the data: %w", err)
	}
	if err := fill(fresh, o); err != nil {
		return errors.Join(fmt.Errorf("making the data: %w", err), os.RemoveAll(fresh))
	}
	if err := os.Rename(fresh, dir); err != nil {
		return fmt.Errorf("making the data: %w", err)
	}
	return syncPath(filepath.Dir(dir))
}

// leftovers removes what killed first starts left; nothing ever ran in it.
func leftovers(parent string) error {
	old, err := filepath.Glob(filepath.Join(parent, "engine-first-*"))
	if err != nil {
		return err
	}
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing an unfinished first start: %w", err)
		}
	}
	return nil
}

// fill writes both databases and the stamp.
func fill(dir string, o Options) error {
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, o.Namespace, false, attributes())
	if err != nil {
		return fmt.Errorf("describing namespace %q: %w", o.Namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(o.Retention) // 24 h unless we say so
	for _, name := range []string{mainFile, visibilityFile} {
		path := filepath.Join(dir, name)
		// Each statement is a transaction of its own. A file that is thrown
		// away after a crash need not be safe before it is complete.
		db := database(path, map[string]string{"mode": "rwc", "journal_mode": "MEMORY", "synchronous": "OFF"})
		if err := sqliteschema.SetupSchema(db); err != nil {
			return fmt.Errorf("writing the tables of %s: %w", name, err)
		}
		if err := sqliteschema.CreateNamespaces(db, ns); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		if err := syncPath(path); err != nil {
			return err
		}
	}
	return writeStamp(dir, headers.ServerVersion)
}

// mainStore is the truth: every commit is on the disk before it is
// acknowledged.
func mainStore(dir string) *config.SQL {
	return database(filepath.Join(dir, mainFile), map[string]string{
		"mode": "rw", "journal_mode": "WAL", "synchronous": "FULL", "busy_timeout": "10000",
	})
}

// visibilityStore is an index that is written at least twice for each run. In
// a file of its own it does not stand in the way of the main store, and a loss
// of power may cost its last rows, which come back from the main store's
// queue or are mended by whoever describes a run it lists.
func visibilityStore(dir string) *config.SQL {
	return database(filepath.Join(dir, visibilityFile), map[string]string{
		"mode": "rw", "journal_mode": "WAL", "synchronous": "NORMAL", "busy_timeout": "10000",
	})
}

func database(path string, attributes map[string]string) *config.SQL {
	return &config.SQL{
		PluginName:        sqlite.PluginName,
		DatabaseName:      fileURI(path),
		ConnectAttributes: attributes,
	}
}

// fileURI escapes what would end the path in a file: address, such as a
// question mark.
func fileURI(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}
