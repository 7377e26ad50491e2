package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
)

// What the page about pawl.yaml shows is a pawl.yaml, and each of its sections is explained.
func TestThePageShowsAFileThatIsRead(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```yaml\n")
	require.True(t, found)
	file, text, found := strings.Cut(rest, "```")
	require.True(t, found)
	path := filepath.Join(t.TempDir(), "pawl.yaml")
	require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
	known := acme()
	for i := range known.Specs {
		known.Specs[i].Always = known.Specs[i].Name == "force restart"
	}
	c, err := config.Load(path, known)
	require.NoError(t, err)
	require.Equal(t, "#ops", c.AskIn())
	require.Len(t, c.Approve, 1)
	require.Equal(t, []string{"oncall"}, c.Asks.Groups)
	require.Len(t, c.Hosts, 2)
	require.Equal(t, config.SSH{Key: "/etc/pawl/id_ed25519", KnownHosts: "/etc/pawl/known_hosts"}, c.SSH)
	var headings strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "## ") {
			headings.WriteString(strings.ReplaceAll(line, ",", " ,"))
		}
	}
	for line := range strings.Lines(file) {
		if key, _, top := strings.Cut(line, ":"); top && key[0] >= 'a' && key[0] <= 'z' {
			require.Contains(t, headings.String(), " "+key, "the section %s is explained", key)
		}
	}
	for _, name := range []string{"ask_within", "stop_grace", "remote_poll", "board_tick", "sweep", "heartbeat", "workflow_task", "start_within", "lane_repeat", "lane_watch", "sync_retry"} {
		require.Contains(t, text, "`"+name+"`")
	}
	defaults := config.EmbeddedTimers()
	require.Equal(t, "1h0m0s 10s 1s 2s 30s 10s 2s 2s 3m0s 15s 15m0s", strings.Join([]string{
		defaults.AskWithin.String(), defaults.StopGrace.String(), defaults.RemotePoll.String(), defaults.BoardTick.String(), defaults.Sweep.String(),
		defaults.Heartbeat.String(), defaults.WorkflowTask.String(), defaults.StartWithin.String(), defaults.LaneRepeat.String(), defaults.LaneWatch.String(), defaults.SyncRetry.String(),
	}, " "), "the page says so: change it there, too")
}
