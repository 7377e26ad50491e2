package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/job"
)

// Every load balancer that the page about them shows is one that is read.
func TestThePageAboutTrafficShowsWhatIsRead(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/traffic.md")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "scripts"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "scripts", "our-traffic.sh"), []byte("echo pawl: active blue\n"), 0o600))
	var kinds []string
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "traffic: ") {
			continue
		}
		c, err := config.Load(write(t, dir, `
hosts: {a: a, lb: pawl@lb}
apps:
  shop:
    `+line+`
    environments:
      master: {blue: {host: a, url: "http://app-1:8080"}}
`), acme())
		require.NoError(t, err, line)
		i, ok := c.Inventory.Instance("shop master blue")
		require.True(t, ok)
		kinds = append(kinds, i.Traffic.Kind)
		if file := "/etc/nginx/pawl/shop-master.conf"; i.Traffic.Kind == job.TrafficNginx {
			require.Equal(t, file, i.Traffic.Map)
			require.Contains(t, string(page), "include "+file+";")
			require.Contains(t, string(page), "server "+i.Traffic.Backends["blue"]+"; # pawl: blue")
		}
	}
	require.Equal(t, []string{job.TrafficHAProxy, job.TrafficNginx, job.TrafficCaddy, job.TrafficScript}, kinds)
}
