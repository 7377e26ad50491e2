package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// toJenkins asks the Jenkins with what Pawl knows.
func toJenkins(t *testing.T, w *sandbox.World, method, path string) (*http.Response, string, error) {
	t.Helper()
	env := pawlsEnv(w)
	r, err := http.NewRequestWithContext(t.Context(), method, env["JENKINS_URL"]+path, http.NoBody)
	require.NoError(t, err)
	r.SetBasicAuth(env["JENKINS_USER"], env["JENKINS_TOKEN"])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

func TestPawlIsGivenTheJenkins(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	for _, job := range []string{"build", "smoke", "release"} {
		res, text, err := toJenkins(t, w, http.MethodGet, "/job/shop/job/"+job+"/api/json?tree=url,property[parameterDefinitions[name]]")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Contains(t, text, w.URL+"/jenkins/job/shop/job/"+job+"/")
		require.Contains(t, text, `"name":"PAWL_RUN_ID"`)
	}
	res, _, err := toJenkins(t, w, http.MethodPost, "/job/shop/job/smoke/buildWithParameters?delay=0sec&ENVIRONMENT=master&PAWL_RUN_ID=r1")
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, res.StatusCode)
	require.Equal(t, w.URL+"/jenkins/queue/item/1/", res.Header.Get("Location"))
	builds, _ := w.Jenkins.Count("PAWL_RUN_ID", "r1")
	require.Equal(t, 1, builds)
	becomes(t, w, "jenkins", func(s sandbox.Thing) bool { return s.Detail == "1 build runs" })
	config, err := os.ReadFile(w.Config)
	require.NoError(t, err)
	require.NotContains(t, string(config), pawlsEnv(w)["JENKINS_TOKEN"], "secrets are never in there")

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/jenkins/job/shop/job/smoke/1/", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Accept", "text/html")
	page, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	_ = page.Body.Close()
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Equal(t, w.URL+"/jenkins/", shown(t, w, "jenkins").URL)
}

func TestThePanelBreaksJenkins(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	is := func() sandbox.Thing { return shown(t, w, "jenkins-faults") }
	well := is()
	require.Equal(t, []any{"ci", "Faults", sandbox.StateOK, "none"}, []any{well.Kind, well.Name, well.State, well.Word})
	require.Len(t, well.Switches, len(jenkins.Kinds()))
	for _, s := range well.Switches {
		require.False(t, s.On)
		require.NotEmpty(t, s.Help)
		require.Equal(t, http.StatusOK, flip(t, w, "jenkins-faults/"+s.ID, true))
		require.NotEqual(t, sandbox.StateOK, is().State, s.ID)
		require.NotEqual(t, "none", is().Word, s.ID)
		require.Equal(t, http.StatusOK, flip(t, w, "jenkins-faults/"+s.ID, true))
		require.Equal(t, http.StatusOK, flip(t, w, "jenkins-faults/"+s.ID, false))
		require.Equal(t, sandbox.StateOK, is().State, s.ID)
	}
	require.Equal(t, http.StatusNotFound, flip(t, w, "jenkins-faults/rain", true))
	require.Equal(t, http.StatusNotFound, flip(t, w, "jenkins/rain", true))

	require.Equal(t, http.StatusOK, flip(t, w, "jenkins-faults/down", true))
	require.Equal(t, []string{sandbox.StateDown, "does not answer"}, []string{shown(t, w, "jenkins").State, shown(t, w, "jenkins").Word})
	_, _, err := toJenkins(t, w, http.MethodGet, "/api/json")
	require.Error(t, err)
	post(t, w, "/sandbox/jenkins/faults", `{"kind":"slow","ms":1,"path":"api/json"}`)
	require.Equal(t, "does not answer, slow", is().Word)
	require.Equal(t, http.StatusOK, flip(t, w, "jenkins-faults/down", false))
	require.Equal(t, http.StatusOK, flip(t, w, "jenkins/restart", true))
	require.Equal(t, "getting ready to work", shown(t, w, "jenkins").Word)
	res, _, err := toJenkins(t, w, http.MethodGet, "/api/json")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

// A build goes on after the world was closed for the night.
func TestJenkinsOutlivesTheWorld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := openWorld(t, dir)
	post(t, w, "/sandbox/jenkins/builds", `{"job":"shop/build","user":"eve","params":{"VERSION":"9.9"}}`)
	res, _, err := toJenkins(t, w, http.MethodPost, "/job/shop/job/build/buildWithParameters?delay=0sec&VERSION=9.9")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "the client followed 303 to the item's page, which is for people")
	w.Close(context.Background())
	require.FileExists(t, filepath.Join(dir, "jenkins.json"))
	w = openWorld(t, dir)
	all := w.Jenkins.Builds("shop/build")
	b := all[len(all)-1]
	require.Equal(t, []any{418, true, "9.9"}, []any{b.Number, b.Building, b.Params["VERSION"]})
	require.True(t, strings.HasPrefix(b.Log, "Started by user Eve\nStarted by user Pawl\n"), b.Log)
	require.Contains(t, b.Log, "after Jenkins restart")
}
