package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
)

// What the page about deploys shows is read, and every key that is read is on the page.
func TestThePageAboutDeploys(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/deploys.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```yaml\n")
	require.True(t, found)
	file, text, found := strings.Cut(rest, "```")
	require.True(t, found)
	known := deploying()
	env := known.Env
	known.Env = func(name string) (string, bool) {
		if name == "JENKINS_TOKEN" {
			return "hush", true
		}
		return env(name)
	}
	path := inDir(t, file, map[string]string{"scripts/deploy-app.sh": "echo", "freeze.ics": "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n"})
	c, err := config.Load(path, known)
	require.NoError(t, err)
	staging, ok := c.Deploys("shop", "staging")
	require.True(t, ok)
	master, ok := c.Deploys("shop", "master")
	require.True(t, ok)
	require.Equal(t, "https://shop.acme.test", master.URL)
	require.True(t, master.Confirm)
	require.Equal(t, 20*time.Minute, master.Bake)
	require.Len(t, c.Freezes, 3)
	// Everything that is written out for the app is the default.
	master.Environment, master.URL, master.Confirm, master.Bake = staging.Environment, "", false, staging.Bake
	require.Equal(t, staging, master)
	alone, err := config.Load(inDir(t, "channels: {releases: \"#releases\"}\nhosts: {a: a}\napps: {shop: {deploy: {script: d.sh}, environments: {staging: {b: {host: a, url: \"http://a:1\"}}}}}\n",
		map[string]string{"d.sh": "echo"}), known)
	require.NoError(t, err)
	bare, _ := alone.Deploys("shop", "staging")
	bare.Script, bare.Build = staging.Script, staging.Build
	require.Equal(t, staging, bare, "the page says so: change it there, too")
	keys := config.DeployKeys()
	require.Contains(t, keys, "run id")
	for _, key := range keys {
		require.Regexp(t, "[`{ ]"+key+"[`:]", text, "the key %s is explained", key)
	}
}
