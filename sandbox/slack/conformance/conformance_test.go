package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/testneed"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// TestSlacksOwnClients runs checks.cjs: every check it declares has to say ok.
func TestSlacksOwnClients(t *testing.T) {
	node := testneed.Component(t, "node", "node", "nodejs")
	modules := install(t)
	script, err := filepath.Abs("checks.cjs")
	require.NoError(t, err)

	server, err := slack.New(slack.Options{
		Path:       filepath.Join(t.TempDir(), "slack.db"),
		Redelivery: slack.Redelivery{AckWithin: time.Second},
	})
	require.NoError(t, err)
	listener := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		listener.Close()
	})

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, node, script)
	run.Env = append(os.Environ(), "NODE_PATH="+modules, "SANDBOX_URL="+listener.URL, "NO_PROXY=127.0.0.1")
	var out, errs bytes.Buffer
	run.Stdout, run.Stderr = &out, &errs
	require.NoError(t, run.Run(), "%s%s", out.String(), errs.String())

	source, err := os.ReadFile(script)
	require.NoError(t, err)
	declared := regexp.MustCompile(`(?m)^  async "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(declared), 10)
	said := strings.Split(strings.TrimSpace(out.String()), "\n")
	for _, check := range declared {
		require.Contains(t, said, "ok "+check[1])
	}
}

// install puts the pinned clients where they outlive the test and returns their
// node_modules. A second run finds them there.
func install(t *testing.T) string {
	t.Helper()
	lock, err := os.ReadFile("package-lock.json")
	require.NoError(t, err)
	manifest, err := os.ReadFile("package.json")
	require.NoError(t, err)
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	sum := sha256.Sum256(append(lock, manifest...))
	dir := filepath.Join(cache, "pawl", "slack-conformance-"+hex.EncodeToString(sum[:6]))
	modules := filepath.Join(dir, "node_modules")
	// An executable, so that it can be looked for like any other component.
	installed := filepath.Join(dir, "installed")
	if _, err := os.Stat(installed); err == nil {
		return modules
	}

	npm := testneed.Component(t, "npm")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package-lock.json"), lock, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), manifest, 0o600))
	ci := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	ci.Dir = dir
	if out, err := ci.CombinedOutput(); err == nil {
		require.NoError(t, os.WriteFile(installed, []byte("#!/bin/sh\n"), 0o700))
	} else {
		t.Logf("npm ci in %s: %v\n%s", dir, err, out)
	}
	testneed.Component(t, "the npm packages of sandbox/slack/conformance", installed)
	return modules
}
