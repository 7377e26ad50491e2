package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// built is a build of shop/build as a client reads it.
type built struct {
	Number, QueueID int
	DisplayName     string
	Result          string
	ChangeSets      []struct {
		Items []struct {
			Msg    string
			Author struct{ FullName string }
		}
	}
}

func builds(t *testing.T, w *sandbox.World) (all []built) {
	t.Helper()
	_, text, err := toJenkins(t, w, http.MethodGet,
		"/job/shop/job/build/api/json?tree=allBuilds[number,queueId,displayName,result,changeSets[items[msg,author[fullName]]]]")
	require.NoError(t, err)
	var job struct{ AllBuilds []built }
	require.NoError(t, json.Unmarshal([]byte(text), &job), text)
	return job.AllBuilds
}

func TestJenkinsHasBuiltBefore(t *testing.T) {
	t.Parallel()
	w := openWorld(t, t.TempDir())
	var versions, fresh []string
	for _, b := range builds(t, w) {
		versions = append(versions, b.DisplayName)
		require.Equal(t, []any{"SUCCESS", -1}, []any{b.Result, b.QueueID})
		if b.Number > 415 {
			for _, c := range b.ChangeSets[0].Items {
				fresh = append(fresh, c.Msg+" · "+c.Author.FullName)
			}
		}
	}
	require.Equal(t, []string{"2024.52", "2024.51", "2024.50", "2024.49"}, versions)
	require.Len(t, fresh, 7)
	require.Contains(t, fresh, "Fix rounding in the cart (#412) · bob")
	past := w.Jenkins.Builds("shop/build")
	require.WithinDuration(t, time.Now().Add(-3*time.Hour), past[3].Started, time.Minute)
	require.Equal(t, 20*time.Second, past[3].Ended.Sub(past[3].Started))
	require.Contains(t, past[3].Log, " New invoice PDF\n")
	require.Contains(t, past[3].Log, "registry.acme.example/shop:2024.52\n")
}

// What a build is called, and what can be deployed when it is over.
func TestABuildIsAVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	openQuick := func() *sandbox.World {
		w, err := sandbox.Open(sandbox.Options{Dir: dir, Listen: "127.0.0.1:0", Exe: self, Orders: 10, CRM: crm.Options{Every: -1}, CI: jenkins.Options{Speed: 400, Quiet: -1}})
		require.NoError(t, err)
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			w.Close(ctx)
		})
		return w
	}
	w := openQuick()
	artifact := func(version string) string {
		return filepath.Join(w.Hosts.Host("app-2").Home(), "artifacts/shop", version)
	}
	for _, c := range []struct {
		name   string
		params map[string]string
		stored bool
	}{
		{"2024.53", nil, true},
		{"2024.54-feature-x-2", map[string]string{"BRANCH": "feature/x 2"}, true},
		{"2024.55-pr-12", map[string]string{"PR": "12"}, true},
		{"2024.56", map[string]string{"BRANCH": "master"}, true},
		{"2024.52", map[string]string{"VERSION": "2024.52", "BRANCH": "x"}, true}, // once more, by hand
		{"broken", map[string]string{"VERSION": "broken"}, false},
		{"../x", map[string]string{"VERSION": "../x"}, false},
	} {
		_, err := w.Jenkins.Start("shop/build", "eve", c.params)
		require.NoError(t, err)
		var last jenkins.Seen
		require.Eventually(t, func() bool {
			all := w.Jenkins.Builds("shop/build")
			last = all[len(all)-1]
			return !last.Building && last.Number > 417
		}, time.Minute, time.Millisecond)
		require.Equal(t, c.name, last.Name)
		if c.stored {
			require.FileExists(t, filepath.Join(artifact(c.name), "version.json"))
		} else {
			require.NoDirExists(t, artifact(c.name))
		}
	}
	require.NoDirExists(t, filepath.Join(w.Hosts.Host("app-2").Home(), "artifacts/x"))
	all := builds(t, w)
	require.Equal(t, "Gift cards (#12)", all[4].ChangeSets[0].Items[0].Msg)
	w.Close(t.Context())
	w = openQuick()
	require.Equal(t, all, builds(t, w), "it is all there tomorrow")
}
