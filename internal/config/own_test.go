package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
)

// What is wrong with Slack's tokens in files is told beside what is wrong in pawl.yaml.
func TestTokensInFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	token, path := filepath.Join(dir, "token"), filepath.Join(dir, "pawl.yaml")
	require.NoError(t, os.WriteFile(token, []byte("xoxb-1\n"), 0o600))
	require.NoError(t, os.Chmod(token, 0o604))
	load := func(content string, env map[string]string) (*config.Config, error) {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return config.Load(path, config.Known{Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	}
	cfg, err := load("timezone: UTC\n", map[string]string{"SLACK_BOT_TOKEN_FILE": token, "SLACK_APP_TOKEN": "xapp-1"})
	require.NoError(t, err)
	require.Equal(t, "xoxb-1", cfg.Slack.BotToken.Reveal())
	require.Equal(t, "xapp-1", cfg.Slack.AppToken.Reveal())
	require.Equal(t, []string{"SLACK_BOT_TOKEN_FILE: everybody on this machine may read the file " + token + ": chmod o= it"}, cfg.Warnings)

	_, err = load("timezone: Mars\n", map[string]string{"SLACK_SIGNING_SECRET_FILE": dir + "/none"})
	require.ErrorContains(t, err, "2 mistakes in pawl.yaml and the environment:\nSLACK_SIGNING_SECRET_FILE: the file "+dir+"/none cannot be read: no such file or directory\npawl.yaml:1:11: ")
}

// What somebody is called on the machine goes into a pawl.yaml that others write: the demo's.
func TestLoginNames(t *testing.T) {
	t.Parallel()
	for login, ok := range map[string]bool{
		"jana": true, "root": true, "1001": true, "pawl$": true, `ACME\jana`: true, "jana@acme.test": true,
		"": false, "jana k": false, "jörg": false, "a+b": false, "it's": false, "jana\n": false,
	} {
		require.Equal(t, ok, config.IsLogin(login), "%q", login)
	}
}
