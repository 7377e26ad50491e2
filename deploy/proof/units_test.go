package proof

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
)

const unitsDir = "../../deploy/systemd"

func units(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"pawl", "pawl-engine", "pawl-worker", "pawl-slackbridge"} {
		text, err := os.ReadFile(filepath.Join(unitsDir, name+".service"))
		require.NoError(t, err)
		all[name+".service"] = string(text)
	}
	files, err := os.ReadDir(unitsDir)
	require.NoError(t, err)
	require.Len(t, files, len(all), "a unit that nobody looks at")
	return all
}

func TestTheUnitsAreInOrder(t *testing.T) {
	t.Parallel()
	for name, text := range units(t) {
		require.Empty(t, brokenUnit(text), name)
	}
}

func TestWhatIsWrongWithAUnitIsFound(t *testing.T) {
	t.Parallel()
	original := units(t)["pawl-worker.service"]
	for _, c := range []struct{ name, from, to, says string }{
		{"an unknown flag", "--config", "--configuration", "its command: unknown flag"},
		{"an unknown command", "pawl worker", "pawl workers", "its command: "},
		{"another program", "/usr/local/bin/pawl", "/usr/bin/pawl", "it does not start pawl"},
		{"another data directory", "--data /var/lib/pawl", "--data /srv/pawl", "its data are in \"/srv/pawl\""},
		{"killed too soon", "TimeoutStopSec=20", "TimeoutStopSec=10", "it is killed before it could end"},
		{"not started again", "Restart=always", "Restart=on-failure", "Restart is \"on-failure\""},
		{"given up", "StartLimitIntervalSec=0\n", "", "StartLimitIntervalSec stands in it 0 times"},
		{"ends with the engine", "Wants=", "Requires=pawl-engine.service\nWants=", "it ends with another one"},
		{"a secret it has not", "LoadCredential=slack_bot_token", "LoadCredential=slack_token", "SLACK_BOT_TOKEN_FILE is none of its secrets"},
		{"a secret nobody reads", "Environment=SLACK", "# Environment=SLACK", "nobody reads its secret"},
		{"a variable we do not read", "Environment=SLACK_BOT_TOKEN_FILE", "Environment=SLACK_TOKEN_FILE", "it does not read SLACK_TOKEN_FILE"},
		{"a secret in the unit", "Environment=SLACK_BOT_TOKEN_FILE=%d/slack_bot_token", "Environment=SLACK_BOT_TOKEN=x", "SLACK_BOT_TOKEN is none of its secrets"},
		{"may write everywhere", "ProtectSystem=strict", "ProtectSystem=no", "ProtectSystem is \"no\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, original, c.from)
			require.Contains(t, strings.Join(brokenUnit(strings.Replace(original, c.from, c.to, 1)), "\n"), c.says)
		})
	}
}

// systemd itself reads them, in a machine that has nothing but them and the program.
func TestSystemdTakesTheUnits(t *testing.T) {
	t.Parallel()
	analyze := testneed.Component(t, "systemd-analyze")
	root := t.TempDir()
	dir := filepath.Join(root, "etc/systemd/system")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, write(root, "/usr/local/bin/pawl", "#!/bin/sh\n"))
	require.NoError(t, os.Chmod(filepath.Join(root, "usr/local/bin/pawl"), 0o755))
	for name, text := range units(t) {
		require.NoError(t, write(dir, name, text))
		said, err := exec.CommandContext(t.Context(), analyze, "security", "--root="+root, "--offline=true", "--threshold=30", "--no-pager", filepath.Join(dir, name)).CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
	verify := func(name string) string {
		said, err := exec.CommandContext(t.Context(), analyze, "verify", "--root="+root, "--man=no", "--recursive-errors=no", filepath.Join(dir, name)).CombinedOutput()
		if err != nil {
			return string(said) + err.Error()
		}
		return string(said)
	}
	for name, text := range units(t) {
		require.Empty(t, verify(name), name)
		require.NoError(t, write(dir, "broken.service", strings.Replace(text, "ProtectSystem=strict", "ProtectSystems=strict", 1)))
		require.Contains(t, verify("broken.service"), "'ProtectSystems'", "it says nothing whatever stands there")
	}
}
