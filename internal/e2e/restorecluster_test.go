package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/scenes"
	"github.com/pawl-ops/pawl/sandbox"
)

// What is under way is in a Temporal cluster, and only the ledger comes back from a backup: it is older than the cluster. It
// waits for somebody all the same; then what ended since is written down without a word, and what the ledger does not know
// goes on, or is dropped.
func TestALedgerIsRestoredBesideACluster(t *testing.T) {
	t.Parallel()
	f := newFleet(t, func(o *sandbox.Options) { o.Slack.Limits.Off = true })
	cluster := f.cluster()
	f.up(cluster...)
	alice := f.person("alice")
	ends := alice.types("drill slowly")
	ends.counts()
	store := filepath.Join(f.dir, "backup.tgz")
	said, code := typed(t, f.dir, cluster, "backup", "--data", f.data(), store)
	require.Zero(t, code, said)
	require.Contains(t, said, "What is under way is in a Temporal cluster and not in this backup")
	f.enough()
	ends.sees(30*time.Second, "the drill is over: counted to 10")
	dropped := alice.types("drill carefully")
	dropped.sees(30*time.Second, "Check on the second")
	id := dropped.runID()
	f.kill()
	require.NoError(t, os.RemoveAll(f.data()))

	said, code = typed(t, f.dir, cluster, "restore", "--data", f.data(), store)
	require.Zero(t, code, said)
	require.Contains(t, said, ends.runID())
	f.start(cluster...)
	f.eventually(20*time.Second, "it lists what the cluster has", func() error {
		return errors.Join(f.logs("this Pawl was restored from a backup and is paused"), f.logs(`"run":"`+id+`","who":"","command":"drill"`))
	})
	f.eventually(20*time.Second, "it lacks nothing besides", func() error {
		if err := f.says("/readyz"); err == nil || !strings.HasPrefix(err.Error(), "paused: restored from the backup of") {
			return fmt.Errorf("it says %w", err)
		}
		return nil
	})
	alice.types("drill").sees(20*time.Second, "is paused.")
	said, code = typed(t, f.dir, cluster, "restore", "--go", "--data", f.data(), "--drop", id)
	require.Zero(t, code, said)
	f.ready()
	f.idle() // also what only the cluster knew
	f.eventually(20*time.Second, "the end of the first is written down", func() error { return f.ended(ends.runID()) })
	require.Equal(t, map[string]int{"board": 1, "result": 1}, ends.said(), "nobody is told that it did not come to its end")
	require.Contains(t, alice.look("runs"), "Nothing is going on.")
}

// cluster is a Temporal server in a process of its own, and the environment that leads there.
func (f *fleet) cluster() (env []string) {
	f.t.Helper()
	dir, listen := filepath.Join(f.dir, "cluster"), freeAddr(f.t)
	cmd := exec.Command(binary, "up", "--roles", "engine", "--ui", "", "--data", dir, "--listen", listen)
	cmd.Env = f.world.Env(os.Environ())
	var server scenes.Process
	require.NoError(f.t, server.Start(cmd))
	f.t.Cleanup(func() { server.End(os.Kill) })
	f.eventually(20*time.Second, "the cluster is there", func() error { return scenes.Says(listen, "/readyz") })
	var at struct {
		Namespace string `json:"namespace"`
		Frontend  int    `json:"frontend"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "engine", "address.json"))
	require.NoError(f.t, err)
	require.NoError(f.t, json.Unmarshal(text, &at))
	key := filepath.Join(dir, "engine", "certificate.pem")
	return []string{
		fmt.Sprintf("TEMPORAL_ADDRESS=127.0.0.1:%d", at.Frontend), "TEMPORAL_NAMESPACE=" + at.Namespace, "TEMPORAL_TLS_SERVER_NAME=pawl",
		"TEMPORAL_TLS_CLIENT_CERT_PATH=" + key, "TEMPORAL_TLS_CLIENT_KEY_PATH=" + key, "TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + key,
	}
}
