package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/job"
)

func TestWhoSendsUsersToAnInstance(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "scripts"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "scripts", "traffic.sh"), []byte("echo pawl: active blue\n"), 0o600))
	lb := job.Host{Name: "lb", Address: "pawl@lb"}
	addresses := map[string]string{"blue": "a:80", "green": "b:443"}
	for text, want := range map[string]job.Traffic{
		"{haproxy: lb, map: active maps/x}": {Kind: job.TrafficHAProxy, Host: lb, Map: "active maps/x", Backends: map[string]string{"blue": "blue", "green": "green"}},
		`{haproxy: lb, map: "/etc/{app}.map", socket: /run/haproxy/admin.sock, backend: "{app}_{environment}_{instance}"}`: {
			Kind: job.TrafficHAProxy, Host: lb, Map: "/etc/shop.map", Socket: "/run/haproxy/admin.sock",
			Backends: map[string]string{"blue": "shop_master_blue", "green": "shop_master_green"},
		},
		`{nginx: lb, file: "/etc/nginx/pawl/{app}-{environment}.conf", program: /usr/local/sbin/our-nginx}`: {
			Kind: job.TrafficNginx, Host: lb, Map: "/etc/nginx/pawl/shop-master.conf", Program: "/usr/local/sbin/our-nginx", Backends: addresses,
		},
		`{caddy: "http://lb:2019/", id: "{app}-{environment}"}`: {Kind: job.TrafficCaddy, Host: job.Host{Name: "lb"}, URL: "http://lb:2019", ID: "shop-master", Backends: addresses},
		"{script: scripts/traffic.sh, host: lb}": {
			Kind: job.TrafficScript, Host: lb, Script: "echo pawl: active blue\n", Backends: map[string]string{"blue": "blue", "green": "green"},
		},
	} {
		c, err := config.Load(write(t, dir, `
hosts: {a: a, lb: pawl@lb}
apps:
  shop:
    traffic: `+text+`
    environments:
      master: {blue: {host: a, url: "http://a"}, green: {host: a, url: "https://b"}, yellow: {host: a, url: "http://a:3", role: cron}}
      staging: {blue: {host: a, url: "http://a:4"}}
`), acme())
		require.NoError(t, err, text)
		want.Key = "shop/master"
		for _, name := range []string{"blue", "green"} {
			i, ok := c.Inventory.Instance("shop master " + name)
			require.True(t, ok)
			require.Equal(t, want, i.Traffic)
		}
		i, ok := c.Inventory.Instance("shop master yellow")
		require.True(t, ok)
		require.True(t, i.Traffic.Zero())
		i, ok = c.Inventory.Instance("shop staging blue")
		require.True(t, ok)
		require.Equal(t, "shop/staging", i.Traffic.Key)
		require.Len(t, i.Traffic.Backends, 1)
	}
}
