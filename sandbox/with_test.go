package sandbox

import (
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

func TestLinesOfACompanyAreLaidOverTheConfiguration(t *testing.T) {
	t.Parallel()
	below := `
may:
  everyone:  [help, runs]
  engineers: [toy]
approve:
  deploy master: {by: [engineers, oncall], within: 2h}
jenkins: {url: "http://127.0.0.1:1/x", token: {env: JENKINS_TOKEN}}
looks:
  shop version: {line: '"\(.app) on \(.version)"', errors: 5 %}
timers:
  heartbeat: 2s
`
	above := `
may:
  engineers: [flag on]
approve:
  flag on: {by: oncall}
flag: {url: "https://flags.acme.test", token: {env: FLAGS}}
timers: {heartbeat: 4s}
`
	text, err := laidOver([]byte(below), []byte(above))
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, yaml.Unmarshal(text, &got))
	require.Equal(t, map[string]any{
		"may":     map[string]any{"everyone": []any{"help", "runs"}, "engineers": []any{"toy", "flag on"}},
		"approve": map[string]any{"deploy master": map[string]any{"by": []any{"engineers", "oncall"}, "within": "2h"}, "flag on": map[string]any{"by": "oncall"}},
		"jenkins": map[string]any{"url": "http://127.0.0.1:1/x", "token": map[string]any{"env": "JENKINS_TOKEN"}},
		"looks":   map[string]any{"shop version": map[string]any{"line": `"\(.app) on \(.version)"`, "errors": "5 %"}},
		"flag":    map[string]any{"url": "https://flags.acme.test", "token": map[string]any{"env": "FLAGS"}},
		"timers":  map[string]any{"heartbeat": "4s"},
	}, got)
	_, err = laidOver([]byte(below), []byte("may: [oops"))
	require.ErrorContains(t, err, "reading the lines to lay over the world's configuration")
}
