package sshrun

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/hosts"
)

// orphans are the processes whose cookie is below a host's home: <dir>/hosts/<name>.
func orphans(t *testing.T, home string) []int {
	t.Helper()
	found, err := hosts.Orphans(filepath.Dir(filepath.Dir(home)))
	require.NoError(t, err)
	var pids []int
	for _, o := range found {
		pids = append(pids, o.PID)
	}
	return pids
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return found
}

// session are the living processes of a session: field 6 of /proc/PID/stat.
func session(t *testing.T, leader int) []string {
	t.Helper()
	var members []string
	for _, file := range glob(t, "/proc/[0-9]*/stat") {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		f := strings.Fields(rest)
		if len(f) > 3 && f[3] == itoa(leader) && f[0] != "Z" {
			members = append(members, file)
		}
	}
	return members
}
