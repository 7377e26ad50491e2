package sandbox_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
)

// pawlsEnv is what a process of Pawl is given by the world.
func pawlsEnv(w *sandbox.World) map[string]string {
	env := map[string]string{}
	for _, line := range w.Env(nil) {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	return env
}

// asPawl asks the CRM with what Pawl knows.
func asPawl(t *testing.T, w *sandbox.World, query string) (int, string, error) {
	t.Helper()
	env := pawlsEnv(w)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, env["CRM_URL"]+query, http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+env["CRM_TOKEN"])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func TestPawlIsGivenTheCRM(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	status, text, err := asPawl(t, w, "?limit=1")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, `"id":"7400001"`)
	require.Contains(t, text, w.URL+"/crm/v3/objects/deals?after=7400001", "the way on leads to the world as well")
	config, err := os.ReadFile(w.Config)
	require.NoError(t, err)
	require.NotContains(t, string(config), pawlsEnv(w)["CRM_TOKEN"], "secrets are never in there")
	for _, path := range []string{"/offset/deals", "/link/deals"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_ = res.Body.Close()
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, path)
	}
}

func TestThePanelBreaksTheCRM(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	is := func() sandbox.Thing { return shown(t, w, "crm") }
	well := is()
	require.Equal(t, []any{"crm", "HubSpot", sandbox.StateOK, "up", "4,812 deals"}, []any{well.Kind, well.Name, well.State, well.Word, well.Detail})
	require.Len(t, well.Switches, 12)
	for _, s := range well.Switches {
		require.False(t, s.On)
		require.NotEmpty(t, s.Help)
		require.Equal(t, http.StatusOK, flip(t, w, "crm/"+s.ID, true))
		ill := is()
		require.NotEqual(t, sandbox.StateOK, ill.State, s.ID)
		require.NotEqual(t, "up", ill.Word, s.ID)
		require.False(t, ill.Since.IsZero())
		require.Equal(t, http.StatusOK, flip(t, w, "crm/"+s.ID, false))
		require.Equal(t, sandbox.StateOK, is().State, s.ID)
	}
	require.Equal(t, http.StatusNotFound, flip(t, w, "crm/rain", true))

	require.Equal(t, http.StatusOK, flip(t, w, "crm/502", true))
	for after, want := range map[string]int{"7403000": http.StatusOK, "7403100": http.StatusBadGateway} {
		status, _, err := asPawl(t, w, "?limit=100&after="+after)
		require.NoError(t, err)
		require.Equal(t, want, status, after)
	}
	require.Equal(t, http.StatusOK, flip(t, w, "crm/half", true))
	require.Equal(t, "answers 502 from page 32 on, half the deals are missing", is().Word)
	require.Equal(t, sandbox.StateDown, is().State)
	require.Equal(t, http.StatusOK, flip(t, w, "crm/502", false))
	require.Equal(t, sandbox.StateStarting, is().State)

	// What the API set with other numbers is not set anew.
	post(t, w, "/sandbox/crm/faults", `{"kind":"502","page":2,"times":9}`)
	require.Equal(t, http.StatusOK, flip(t, w, "crm/502", true))
	faults, _ := w.CRM.Faults()
	require.Equal(t, 9, faults[1].Times)
	post(t, w, "/sandbox/crm/deals", `{"new":44}`)
	require.Equal(t, "4,856 deals", is().Detail)
}

func post(t *testing.T, w *sandbox.World, path, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
}

func TestThePanelShowsWhatIsWritten(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	is := shown(t, w, "sheet-deals")
	require.Equal(t, []any{"sheet", "deals", sandbox.StateStarting, "nothing is written yet", ""}, []any{is.Kind, is.Name, is.State, is.Word, is.Detail})
	require.True(t, is.Since.IsZero())
	require.Equal(t, w.URL+"/sheet/deals", is.URL)
	require.Equal(t, filepath.Join(filepath.Dir(w.Config), "data", "deals.csv"), w.Sheets.File("deals"))
	require.NoError(t, os.WriteFile(w.Sheets.File("deals"), []byte("Deal\nOne\n"), 0o600))
	becomes(t, w, "sheet-deals", func(s sandbox.Thing) bool {
		return s.State == sandbox.StateOK && s.Word == "written" && s.Detail == "1 row" && !s.Since.IsZero()
	})
	require.Equal(t, http.StatusNotFound, flip(t, w, "sheet-deals/write", true))
}

// The deals are the same ones after the world was closed for the night.
func TestTheCRMOutlivesTheWorld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := openWorld(t, dir)
	require.NoError(t, w.CRM.Grow(7))
	_, before, err := asPawl(t, w, "?after=7404812&properties=dealname")
	require.NoError(t, err)
	w.Close(t.Context())
	w = openWorld(t, dir)
	_, after, err := asPawl(t, w, "?after=7404812&properties=dealname")
	require.NoError(t, err)
	require.Contains(t, before, `"id":"7404819"`)
	name := func(text string) string {
		_, rest, _ := strings.Cut(text, `"dealname":`)
		name, _, _ := strings.Cut(rest, `,`)
		return name
	}
	require.Equal(t, name(before), name(after))
}
