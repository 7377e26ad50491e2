package setup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheZoneOfTheMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	named, link := filepath.Join(dir, "timezone"), filepath.Join(dir, "localtime")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "zoneinfo", "Europe"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "zoneinfo", "Europe", "Prague"), nil, 0o600))
	require.Empty(t, zoneOf("", named, link))
	require.NoError(t, os.WriteFile(named, []byte("Asia/Tokyo\n"), 0o600))
	require.Equal(t, "Asia/Tokyo", zoneOf("", named, link))
	require.NoError(t, os.Symlink(filepath.Join(dir, "zoneinfo", "Europe", "Prague"), link))
	require.Equal(t, "Europe/Prague", zoneOf("", named, link))
	require.Equal(t, "America/New_York", zoneOf(":America/New_York", named, link))
	require.Equal(t, "Europe/Prague", zoneOf("/etc/localtime", named, link))
}
