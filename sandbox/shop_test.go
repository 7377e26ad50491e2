package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/scripts"
)

// TestMain makes the test binary a host's tool when it is called by a tool's name.
func TestMain(m *testing.M) {
	if handled, code := hosttools.Main(os.Args[0], os.Args[1:]); handled {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func openWorld(t *testing.T, dir string) *sandbox.World {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	w, err := sandbox.Open(sandbox.Options{Dir: dir, Listen: "127.0.0.1:0", Exe: self, Orders: 10, CRM: crm.Options{Every: -1}})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		w.Close(ctx)
	})
	return w
}

// shown is a thing of the panel, as the page gets it.
func shown(t *testing.T, w *sandbox.World, id string) sandbox.Thing {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/sandbox/world", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var p sandbox.Picture
	require.NoError(t, json.NewDecoder(res.Body).Decode(&p))
	for _, thing := range p.Things {
		if thing.ID == id {
			return thing
		}
	}
	t.Fatalf("the panel has no %s", id)
	return sandbox.Thing{}
}

func flip(t *testing.T, w *sandbox.World, path string, on bool) int {
	t.Helper()
	body, err := json.Marshal(map[string]bool{"on": on})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/sandbox/world/"+path, bytes.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	return res.StatusCode
}

func becomes(t *testing.T, w *sandbox.World, id string, holds func(sandbox.Thing) bool) {
	t.Helper()
	require.Eventually(t, func() bool { return holds(shown(t, w, id)) }, time.Minute, 20*time.Millisecond, "%s is %+v", id, shown(t, w, id))
}

func TestThePanelShowsTheShop(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	becomes(t, w, "shop-master-blue", func(s sandbox.Thing) bool { return s.State == sandbox.StateOK })
	blue := shown(t, w, "shop-master-blue")
	require.Equal(t, []any{"app", "blue", "up", "2024.50, on app-1"}, []any{blue.Kind, blue.Name, blue.Word, blue.Detail})
	require.Len(t, blue.Switches, 2)
	becomes(t, w, "shop-master", func(s sandbox.Thing) bool { return s.Word == "users are on blue, 2024.50" })
	master := shown(t, w, "shop-master")
	require.Equal(t, []any{sandbox.StateOK, "shop master", "nobody asks at the moment"}, []any{master.State, master.Name, master.Detail})
	require.True(t, strings.HasSuffix(master.URL, apps.WatchPath))
	require.Equal(t, "shop staging", shown(t, w, "shop-staging").Name)

	require.Equal(t, http.StatusOK, flip(t, w, "shop-master-blue/hang", true))
	becomes(t, w, "shop-master-blue", func(s sandbox.Thing) bool {
		return s.Word == "hangs" && s.Switches[0].On && s.Switches[0].Label == "Make it well" && !s.Switches[1].On
	})
	becomes(t, w, "shop-master", func(s sandbox.Thing) bool {
		return s.State == sandbox.StateDown && s.Word == "users are on blue, 2024.50, and get errors"
	})
	require.Equal(t, http.StatusOK, flip(t, w, "shop-master-blue/fail", false), "it does not fail; it hangs")
	require.True(t, shown(t, w, "shop-master-blue").Switches[0].On)
	require.Equal(t, http.StatusOK, flip(t, w, "shop-master-blue/hang", false))
	becomes(t, w, "shop-master-blue", func(s sandbox.Thing) bool { return s.State == sandbox.StateOK && !s.Switches[0].On })
	require.Equal(t, http.StatusNotFound, flip(t, w, "shop-master-blue/plug", true))
	require.Equal(t, http.StatusNotFound, flip(t, w, "shop-master/hang", true))

	text, err := os.ReadFile(w.Apps.MapPath())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.Apps.MapPath(), bytes.Replace(text, []byte("_blue"), []byte("_green"), 1), 0o600))
	require.Equal(t, "Reload it", shown(t, w, "shop-master").Switches[0].Label)
	require.Equal(t, http.StatusOK, flip(t, w, "shop-staging/reload", true))
	becomes(t, w, "shop-master", func(s sandbox.Thing) bool { return s.Word == "users are on green, 2024.49" })
	require.NoError(t, os.Remove(w.Apps.MapPath()))
	require.Equal(t, http.StatusInternalServerError, flip(t, w, "shop-master/reload", true), "it does not start without a map, and goes on")
	require.Equal(t, "users are on green, 2024.49", shown(t, w, "shop-master").Word)
}

func TestThePanelMakesTheNextVersionBad(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	next := func() sandbox.Thing { return shown(t, w, "shop-next") }
	require.Equal(t, []any{sandbox.StateOK, "good"}, []any{next().State, next().Word})
	require.Equal(t, http.StatusOK, flip(t, w, "shop-next/start", true))
	require.Equal(t, []any{sandbox.StateDown, "does not start", true}, []any{next().State, next().Word, next().Switches[0].On})
	require.Equal(t, http.StatusOK, flip(t, w, "shop-next/errors", true), "one thing at a time")
	require.Equal(t, "makes errors under users", next().Word)
	require.Equal(t, 30, w.Apps.Next().Errors)
	require.Equal(t, http.StatusOK, flip(t, w, "shop-next/start", false), "it is not that")
	require.Equal(t, "makes errors under users", next().Word)
	require.Equal(t, http.StatusOK, flip(t, w, "shop-next/errors", false))
	require.Equal(t, "good", next().Word)
	require.Equal(t, http.StatusNotFound, flip(t, w, "shop-next/rain", true))
}

func TestTheConfigurationHasTheScriptsBesideIt(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	for name, want := range map[string]string{"restart-app.sh": scripts.Restart(), "deploy-app.sh": scripts.Deploy()} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(w.Config), name))
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
	config, err := os.ReadFile(w.Config)
	require.NoError(t, err)
	for _, h := range w.Hosts.Hosts() {
		require.Contains(t, string(config), h.Name()+":")
		require.Contains(t, string(config), h.Address())
	}
}

// Nothing of a demo is left when it is forgotten, and nothing is forgotten of one that is open.
func TestCleanLeavesNoApp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := openWorld(t, dir)
	require.NoError(t, w.Apps.WaitUp(t.Context()))
	var running *lives.HeldError
	require.ErrorAs(t, sandbox.Clean(t.Context(), dir), &running)
	require.NotEmpty(t, processes(t, dir))
	w.Close(t.Context())
	require.NoError(t, sandbox.Clean(t.Context(), dir))
	require.Empty(t, processes(t, dir))
	require.NoDirExists(t, dir)
}

func processes(t *testing.T, dir string) []int {
	t.Helper()
	pids, err := apps.Processes(filepath.Join(dir, "machines"))
	require.NoError(t, err)
	return pids
}

// What runs is written down as the documentation writes it.
func TestTheConfigurationNamesTheShop(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	text, err := os.ReadFile(w.Config)
	require.NoError(t, err)
	blue := w.Apps.Instance("master", "blue")
	require.Contains(t, string(text), `        blue:   {host: app-1, url: "`+blue.URL+`", icon: ":large_blue_circle:"}`+"\n")
	require.Contains(t, string(text), `    traffic: {haproxy: lb, map: haproxy/active.map, socket: haproxy/admin.sock, backend: "{app}_{environment}_{instance}"}`+"\n    restart: restart-app.sh\n")
	require.Contains(t, string(text), `        yellow: {host: cron-1, url: "`+w.Apps.Instance("master", "yellow").URL+`", icon: ":sunny:", role: cron}`+"\n")
	require.Contains(t, string(text), `      staging:`+"\n"+`        url: "`+w.Apps.Proxy("staging").URL+`"`+"\n"+`        blue:   {host: app-1, url: "`+w.Apps.Instance("staging", "blue").URL+`"}`+"\n")
}
