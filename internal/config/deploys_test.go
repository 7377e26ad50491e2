package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/scripts"
)

// inDir writes a pawl.yaml beside files.
func inDir(t *testing.T, content string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return write(t, dir, content)
}

func TestHowEnvironmentsGetTheirVersions(t *testing.T) {
	t.Parallel()
	path := inDir(t, `
timezone: Europe/Prague
channels: {releases: "#releases", quiet: "#quiet"}
hosts: {app-1: pawl@app-1}
jenkins: {url: "https://ci.acme.test", user: pawl, token: {env: HUBSPOT_TOKEN}, run id: RUN}
apps:
  shop:
    build:
      jenkins: shop/build
      parameters: {VERSION: "{version}", BRANCH: "{branch}", PR: "pr-{pr}"}
      version: VERSION
      changes: {git: /srv/git/shop.git, host: app-1, tag: "v{version}"}
    deploy: {script: scripts/deploy-app.sh, healthy: 7, bake: 20m, errors: 0.5 %}
    environments:
      master:
        url: https://shop.acme.test/
        deploy: {confirm: true, drain: 0s, errors: 2 %}
        blue: {host: app-1, url: "http://app-1:1"}
      staging:
        blue: {host: app-1, url: "http://app-1:2"}
        deploy: {bake: 0s, healthy: 1, within: 30s, cron: false, channel: quiet}
  crm:
    build: {changes: {script: scripts/changes.sh, host: app-1}}
    environments:
      live: {black: {host: app-1, url: "http://app-1:3"}}
      test: {black: {host: app-1, url: "http://app-1:4"}, deploy: {script: scripts/deploy-app.sh, channel: "#crm"}}
  blog: {build: by hand, environments: {live: {red: {host: app-1, url: "http://app-1:5"}}}}
`, map[string]string{"scripts/deploy-app.sh": "echo", "scripts/changes.sh": "echo pawl: change"})
	c, err := config.Load(path, acme())
	require.NoError(t, err)
	build := job.Builds{
		Jenkins: "shop/build", RunID: "RUN", Version: "VERSION",
		Params: map[string]job.Text{"VERSION": "{version}", "BRANCH": "{branch}", "PR": "pr-{pr}"},
		Changes: &job.Script{
			Name: "changes", Host: c.Hosts["app-1"], Body: scripts.Changes(),
			Args: map[string]string{"repository": "/srv/git/shop.git", "tag": "v{version}"},
		},
	}
	script := c.File("scripts/deploy-app.sh")
	for _, want := range []job.Deploys{
		{
			App: "shop", Environment: "master", Script: script, Build: build, URL: "https://shop.acme.test", Healthy: 7, Within: 3 * time.Minute, Bake: 20 * time.Minute,
			Errors: 2, Cron: true, Confirm: true, Channel: "#releases",
		},
		{
			App: "shop", Environment: "staging", Script: script, Build: build, Healthy: 1, Within: 30 * time.Second, Errors: 0.5, Drain: 30 * time.Second, Channel: "#quiet",
		},
		{
			App: "crm", Environment: "live", Healthy: 5, Within: 3 * time.Minute, Bake: 10 * time.Minute, Errors: 2, Drain: 30 * time.Second, Cron: true, Channel: "#releases",
			Build: job.Builds{Changes: &job.Script{Name: "changes", Host: c.Hosts["app-1"], Body: "echo pawl: change"}},
		},
		{
			App: "crm", Environment: "test", Script: script, Healthy: 5, Within: 3 * time.Minute, Bake: 10 * time.Minute, Errors: 2, Drain: 30 * time.Second, Cron: true, Channel: "#crm",
			Build: job.Builds{Changes: &job.Script{Name: "changes", Host: c.Hosts["app-1"], Body: "echo pawl: change"}},
		},
		{
			App: "blog", Environment: "live", Healthy: 5, Within: 3 * time.Minute, Bake: 10 * time.Minute, Errors: 2, Drain: 30 * time.Second, Cron: true, Channel: "#releases",
		},
	} {
		got, ok := c.Deploys(want.App, want.Environment)
		require.True(t, ok)
		require.Equal(t, want, got, want.String())
	}
	require.Equal(t, []string{"shop master", "shop staging", "crm live", "crm test", "blog live"}, c.Inventory.Environments())
	require.Len(t, c.Inventory.Instances(), 5, "neither deploy nor url is an instance")
	_, ok := c.Deploys("shop", "moon")
	require.False(t, ok)
}

func TestTheExampleBuildsWithoutAJenkins(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/pawl.yaml", acme())
	require.NoError(t, err)
	d, ok := c.Deploys("shop", "master")
	require.True(t, ok)
	require.Empty(t, d.Script, "nobody may deploy there")
	require.Equal(t, job.Builds{Jenkins: "shop/build", RunID: "PAWL_RUN_ID"}, d.Build)

	path := inDir(t, "hosts: {a: a}\napps: {shop: {build: {jenkins: shop/build}, deploy: {script: d.sh}, environments: {live: {red: {host: a, url: \"http://a:1\"}}}}}\n", map[string]string{"d.sh": "echo"})
	_, err = config.Load(path, acme())
	require.EqualError(t, err, "1 mistake in pawl.yaml:\npawl.yaml:2:32: `apps.shop.build.jenkins`: to deploy, builds are started, and nothing says where Jenkins is; "+
		"add the section `jenkins: {url: ..., user: ..., token: {env: JENKINS_TOKEN}}`")
}

func TestFreezes(t *testing.T) {
	t.Parallel()
	path := inDir(t, `
timezone: Europe/Prague
hosts: {a: a}
apps:
  shop: {environments: {master: {blue: {host: a, url: "http://a:1"}}, staging: {blue: {host: a, url: "http://a:2"}}}}
  crm: {environments: {master: {black: {host: a, url: "http://a:3"}}}}
freezes:
  weekend: {when: friday 16:00 to monday 6:00, environments: [master], because: nobody is here}
  holidays: {from: 2026-12-20, to: 2027-01-03}
  "Black Friday": {from: 2026-11-27 08:00, to: 2026-11-27 22:00, environments: shop master, timezone: America/New_York}
  company: {calendar: freeze.ics}
`, map[string]string{"freeze.ics": "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20261101T000000Z\nSUMMARY:Inventory\nDTSTART:20261202T080000\nDTEND:20261202T120000\nEND:VEVENT\nEND:VCALENDAR\n"})
	c, err := config.Load(path, acme())
	require.NoError(t, err)
	zone := c.Timezone
	for _, w := range []struct{ app, environment, now, in, until, next string }{
		{"shop", "master", "2026-11-20 15:59", "", "", "weekend"},
		{"shop", "master", "2026-11-20 16:00", "weekend", "2026-11-23 06:00", "Black Friday"},
		{"crm", "master", "2026-11-22 12:00", "weekend", "2026-11-23 06:00", "weekend"},
		{"shop", "staging", "2026-11-22 12:00", "", "", "company"},
		{"shop", "master", "2026-11-26 12:00", "", "", "Black Friday"},
		{"shop", "master", "2026-11-27 14:30", "Black Friday", "2026-11-28 04:00", "weekend"},
		{"shop", "staging", "2026-12-02 11:59", "company", "2026-12-02 12:00", "holidays"},
		{"shop", "staging", "2027-01-03 23:59", "holidays", "2027-01-04 00:00", ""},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", w.now, zone)
		require.NoError(t, err)
		f, ok := c.Frozen(w.app, w.environment, now)
		require.Equal(t, w.in != "", ok, w)
		require.Equal(t, w.in, f.Name)
		if ok {
			require.Equal(t, w.until, f.To.In(zone).Format("2006-01-02 15:04"), w)
		}
		n, ok := c.NextFreeze(w.app, w.environment, now)
		require.Equal(t, w.next != "", ok, w)
		require.Equal(t, w.next, n.Name, w)
	}
	f, _ := c.Frozen("shop", "master", time.Date(2026, 11, 21, 12, 0, 0, 0, zone))
	require.Equal(t, "nobody is here", f.Because)
	require.Equal(t, []string{"shop master", "crm master"}, f.Environments)
	f, _ = c.Frozen("shop", "staging", time.Date(2026, 12, 2, 9, 0, 0, 0, zone))
	require.Equal(t, "Inventory", f.Because)
}
