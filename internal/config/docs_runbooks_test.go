package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
)

// What the page about runbooks shows is read, and every key that is read is on the page.
func TestThePageAboutRunbooks(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/configuration-runbooks.md")
	require.NoError(t, err)
	page := string(content)
	_, rest, found := strings.Cut(page, "```yaml\n")
	require.True(t, found)
	file, text, found := strings.Cut(rest, "```")
	require.True(t, found)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "scripts"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "scripts/clear-cache.sh"), []byte("true\n"), 0o600))
	known := acme()
	env := known.Env
	known.Env = func(name string) (string, bool) {
		if name == "JENKINS_TOKEN" || name == "SEARCH_TOKEN" {
			return "hush", true
		}
		return env(name)
	}
	known.JQ = nil
	c, err := config.Load(write(t, dir, file), known)
	require.NoError(t, err)
	require.Len(t, c.Runbooks, 1)
	require.Len(t, c.Runbooks[0].Runbook.Parts, 5)
	require.Len(t, c.Asked, 1)
	keys := config.RunbookKeys()
	require.Contains(t, keys, "at failure")
	for _, key := range keys {
		require.Regexp(t, "[`{ ]"+key+"[`:]", text, "the key %s is explained", key)
	}
}
