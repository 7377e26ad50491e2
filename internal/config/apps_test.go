package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

func TestTheAppsOfTheExample(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/pawl.yaml", acme())
	require.NoError(t, err)
	traffic := job.Traffic{
		Kind: job.TrafficHAProxy, Host: c.Hosts["lb"], Map: "/etc/haproxy/active.map", Key: "shop/master",
		Backends: map[string]string{"blue": "blue", "green": "green"},
	}
	script := c.File("scripts/restart-app.sh")
	blue, ok := c.Inventory.Instance("shop master blue")
	require.True(t, ok)
	require.Equal(t, job.Instance{
		App: "shop", Environment: "master", Name: "blue", Icon: ":large_blue_circle:", Host: c.Hosts["app-1"], URL: "http://app-1:8080",
		Health: "/health", Traffic: traffic, Restart: script,
	}, blue)
	yellow, ok := c.Inventory.Instance("shop master yellow")
	require.True(t, ok)
	require.Equal(t, job.Instance{
		App: "shop", Environment: "master", Name: "yellow", Icon: ":sunny:", Role: job.RoleCron, Host: c.Hosts["cron-1"], URL: "http://cron-1:8082",
		Health: "/health", Tasks: "/tasks", Restart: script,
	}, yellow, "it serves no users, so nothing decides whether it is active")
	staging, ok := c.Inventory.Instance("shop staging green")
	require.True(t, ok)
	require.Equal(t, "shop/staging", staging.Traffic.Key)
	require.Len(t, c.Inventory.Instances(), 6)
	require.Equal(t, inventory.Build{Jenkins: "shop/build"}, c.Inventory.Apps()[0].Build)
	require.Equal(t, "shop master blue", c.Inventory.Read(job.TypeInstance, "roi hunter 🔵").Text)
}

func TestWhatTheFileMaySayOfAnApp(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, t.TempDir(), `
hosts: {a: a}
apps:
  shop:
    build: by hand
    health: /up?full=1
    tasks: /queue
    environments:
      master:
        also: [prod, "the real one"]
        one: {host: a, url: "https://a:1/", icon: 🟣, also: uno}
        two: {host: a, url: "http://[::1]:2", role: cron, health: /ok}
        three: {host: a, url: "http://a", role: cron, tasks: /todo}
`), acme())
	require.NoError(t, err)
	require.Equal(t, "by hand", c.Inventory.Apps()[0].Build.Text)
	all := c.Inventory.Instances()
	for i, want := range []job.Instance{
		{Name: "one", URL: "https://a:1", Icon: ":large_purple_circle:", Health: "/up?full=1"},
		{Name: "two", URL: "http://[::1]:2", Role: job.RoleCron, Health: "/ok", Tasks: "/queue"},
		{Name: "three", URL: "http://a", Role: job.RoleCron, Health: "/up?full=1", Tasks: "/todo"},
	} {
		want.App, want.Environment, want.Host = "shop", "master", c.Hosts["a"]
		require.Equal(t, want, all[i])
	}
	require.Equal(t, "shop master one", c.Inventory.Read(job.TypeInstance, "the real one uno").Text)
	require.Empty(t, c.Inventory.Read(job.TypeInstance, "active").Several, "nothing decides what is active")

	none, err := config.Load(write(t, t.TempDir(), "timezone: UTC\n"), acme())
	require.NoError(t, err)
	require.Empty(t, none.Inventory.Instances())
}
