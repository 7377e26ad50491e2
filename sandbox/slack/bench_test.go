package slack_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// BenchmarkPostAndUpdate is what the sandbox itself costs in a measurement of
// Pawl: one message and one edit of it, over HTTP, kept in a file.
func BenchmarkPostAndUpdate(b *testing.B) {
	opts := calm()
	opts.Path = filepath.Join(b.TempDir(), "slack.db")
	server, err := slack.New(opts)
	require.NoError(b, err)
	listener := httptest.NewServer(server.Handler())
	b.Cleanup(func() {
		require.NoError(b, server.Close())
		listener.Close()
	})
	call := func(method string, form url.Values) (ts string) {
		form.Set("token", pawl)
		form.Set("channel", shopDev)
		resp, err := http.PostForm(listener.URL+"/api/"+method, form)
		require.NoError(b, err)
		defer func() { _ = resp.Body.Close() }()
		var answer struct {
			OK bool
			TS string
		}
		require.NoError(b, json.NewDecoder(resp.Body).Decode(&answer))
		require.True(b, answer.OK)
		return answer.TS
	}
	for b.Loop() {
		ts := call("chat.postMessage", url.Values{"text": {"board"}, "blocks": {buttons}})
		call("chat.update", url.Values{"ts": {ts}, "text": {"board, step 2"}, "blocks": {buttons}})
	}
}
