package apps_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/scripts"
)

// deploy gives an instance another version, as Pawl does.
func deploy(t *testing.T, i *apps.Instance, version string) (said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-s")
	cmd.Dir, cmd.Stdin = i.Host.Home(), strings.NewReader(scripts.Deploy())
	cmd.Env = append(i.Host.Environment(), "app=shop", "environment="+i.Environment, "instance="+i.Instance, "version="+version)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// artifact is what a host would fetch.
func artifact(t *testing.T, i *apps.Instance, version string) hosttools.Release {
	t.Helper()
	r, err := hosttools.ReadRelease(filepath.Join(i.Host.Home(), "artifacts/shop", version))
	require.NoError(t, err)
	return r
}

func TestVersionsAreBadInTheirOwnWay(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	green := a.Instance("master", "green")
	client := instances.New(instances.Options{})
	for _, r := range []hosttools.Release{
		{Version: "1", Starts: hosttools.StartsNo},
		{Version: "2", Health: "migration 0413 is missing"},
		{Version: "3", Errors: 30},
		{Version: "4", Slow: 300},
	} {
		require.NoError(t, a.Store(r))
		said, err := deploy(t, green, r.Version)
		if r.Starts != "" {
			require.Error(t, err)
			require.Contains(t, said, "ended right after its start")
			require.Zero(t, green.PID())
			continue
		}
		require.NoError(t, err, said)
		eventually(t, "it answers", func() bool { return client.Probe(t.Context(), of(green)).Version == r.Version })
		health := client.Probe(t.Context(), of(green))
		if r.Health != "" {
			require.Equal(t, "503: migration 0413 is missing", health.Problem)
			require.Equal(t, 503, get(t, green.URL+"/").Code)
			continue
		}
		require.True(t, health.OK, "nobody can tell but users")
		if r.Slow > 0 {
			began := time.Now()
			require.Equal(t, 200, get(t, green.URL+"/").Code)
			require.GreaterOrEqual(t, time.Since(began), time.Duration(r.Slow)*time.Millisecond)
			continue
		}
		codes := map[int]int{}
		for range 20 {
			codes[get(t, green.URL+"/").Code]++
		}
		require.Equal(t, r.Errors/5, codes[500], "%v", codes)
	}
	require.NoError(t, a.Store(hosttools.Release{Version: "5", Errors: 50}))
	said, err := deploy(t, green, "5")
	require.NoError(t, err, said)
	require.NoError(t, a.Send("master", "green"))
	eventually(t, "the panel says so", func() bool {
		_, _ = try(t.Context(), a.Proxy("master").URL+"/")
		return a.Proxy("master").Shown().Word == "users are on green, 5, and some get errors"
	})
	require.EqualError(t, a.Store(hosttools.Release{Version: "../5"}), `storing version "../5": that is no name for one`)
}

// What is said of the next version is so for the first one that is new on its host, and for no other.
func TestTheNextVersionIsBad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHosts(t, dir)
	a := openApps(t, dir, h)
	green := a.Instance("master", "green")
	bad := hosttools.Release{Errors: 30}
	require.NoError(t, a.SpoilNext(bad))
	require.Equal(t, bad, a.Next())
	said, err := deploy(t, green, "2024.50")
	require.NoError(t, err, said)
	a.Close()

	a = openApps(t, dir, h)
	blue := a.Instance("master", "blue")
	green = a.Instance("master", "green")
	require.Equal(t, bad, a.Next(), "that one has been there all the time")
	require.NoError(t, a.StoreBuilt("2024.53"))
	require.NoError(t, a.StoreBuilt("2024.54"))
	said, err = deploy(t, green, "2024.53")
	require.NoError(t, err, said)
	eventually(t, "it has come", func() bool { return a.Next() == hosttools.Release{} && a.Spoilt() == "2024.53" })
	require.Equal(t, hosttools.Release{Version: "2024.53", Errors: 30}, artifact(t, blue, "2024.53"), "it is as bad elsewhere")
	for _, version := range []string{"2024.52", "2024.54"} {
		require.Equal(t, hosttools.Release{Version: version}, artifact(t, green, version))
	}
	require.NoError(t, a.StoreBuilt("2024.53"), "built again it is what it was")
	require.Equal(t, 30, artifact(t, blue, "2024.53").Errors)

	require.NoError(t, a.SpoilNext(bad))
	require.NoError(t, a.SpoilNext(hosttools.Release{}))
	said, err = deploy(t, green, "2024.54")
	require.NoError(t, err, said)
	r, err := hosttools.ReadRelease(filepath.Join(green.Host.Home(), "apps/shop/master/green/current"))
	require.NoError(t, err)
	require.Equal(t, hosttools.Release{Version: "2024.54"}, r, "taken back")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "versions.json"), []byte("{"), 0o600))
	a.Close()
	_, err = apps.Open(apps.Options{Dir: dir, Hosts: h})
	require.ErrorContains(t, err, "versions.json")
}
