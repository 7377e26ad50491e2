package sandbox

import (
	_ "embed" // a script
	"fmt"
	"os"
	"path/filepath"

	"github.com/pawl-ops/pawl/sandbox/apps"
)

// clearCache is a script as a team has them: a runbook of the demo runs it on hosts.
//
//go:embed clear-cache.sh
var clearCache string

// clearCacheScript is what pawl.yaml calls it. It lies beside it.
const clearCacheScript = "clear-cache.sh"

// cachedPages is how many pages lie in a cache that was never emptied.
const cachedPages = 60

// fillCaches writes the script, and gives every host of the shop a cache unless it has one.
func (w *World) fillCaches() error {
	if err := os.WriteFile(filepath.Join(w.dir, clearCacheScript), []byte(clearCache), 0o600); err != nil {
		return fmt.Errorf("writing the script that empties caches: %w", err)
	}
	for _, name := range apps.Machines() {
		dir := filepath.Join(w.Hosts.Host(name).Home(), "cache")
		if name == apps.Balancer {
			continue
		}
		if err := os.Mkdir(dir, 0o700); os.IsExist(err) {
			continue
		} else if err != nil {
			return fmt.Errorf("making a cache: %w", err)
		}
		for n := range cachedPages {
			page := filepath.Join(dir, fmt.Sprintf("page-%02d.html", n+1))
			if err := os.WriteFile(page, []byte("<p>An old page.</p>\n"), 0o600); err != nil {
				return fmt.Errorf("filling a cache: %w", err)
			}
		}
	}
	return nil
}
