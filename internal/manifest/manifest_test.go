package manifest_test

import (
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/manifest"
)

func apps() map[string]manifest.App {
	return map[string]manifest.App{
		"sockets": {Name: "Pawl", Command: "/pawl"},
		"http":    {Name: "Ops Größe 2", Command: "/ops-2", RequestURL: "https://pawl.acme.test/slack?a=b&c=d"},
	}
}

// Slack's own schema takes both forms of the manifest, and they say the same.
func TestSlacksSchemaTakesIt(t *testing.T) {
	t.Parallel()
	schema := slacks(t)
	for name, app := range apps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fromJSON any
			require.NoError(t, json.Unmarshal(app.JSON(), &fromJSON))
			require.NoError(t, schema.Validate(fromJSON))

			asJSON, err := yaml.YAMLToJSON(app.YAML())
			require.NoError(t, err)
			require.JSONEq(t, string(app.JSON()), string(asJSON))

			link, err := url.Parse(app.Link())
			require.NoError(t, err)
			require.Equal(t, "1", link.Query().Get("new_app"))
			require.Equal(t, string(app.JSON()), link.Query().Get("manifest_json"))
			require.Less(t, len(app.Link()), 8000, "longer addresses are cut by browsers and proxies")
		})
	}
}

// The check of a name lets nothing through that Slack refuses, and the schema is really asked.
func TestWhatSlackRefusesIsRefusedHere(t *testing.T) {
	t.Parallel()
	schema := slacks(t)
	valid := func(a manifest.App) error {
		var v any
		require.NoError(t, json.Unmarshal(a.JSON(), &v))
		return schema.Validate(v)
	}
	long := strings.Repeat("a", 35)
	for _, c := range []struct {
		name, command, url string
		ok                 bool
	}{
		{"Pawl", "/pawl", "", true},
		{long, "/" + long[:31], "https://a.test", true},
		{long + "a", "/pawl", "", false},
		{"Pawl", "/" + long[:32], "", false},
		{"Pawl", "pawl", "", false},
		{"Pawl", "/pawl", "ftp://a.test", false},
	} {
		ours := manifest.CheckName(c.name) == nil && manifest.CheckCommand(c.command) == nil && (c.url == "" || manifest.CheckURL(c.url) == nil)
		require.Equal(t, c.ok, ours, c)
		require.Equal(t, c.ok, valid(manifest.App{Name: c.name, Command: c.command, RequestURL: c.url}) == nil, c)
	}
	for _, name := range []string{"", "  ", "a\nb", "Pawl\"", "<@U1>", "#x", "Pawl: x"} {
		require.Error(t, manifest.CheckName(name), name)
	}
	for _, command := range []string{"", "/", "/Pawl", "/a b", "/päwl", "/-x"} {
		require.Error(t, manifest.CheckCommand(command), command)
	}
	for _, u := range []string{"", "http://a.test", "https://", "https://u:p@a.test", "https://a .test"} {
		require.Error(t, manifest.CheckURL(u), u)
	}
}

func TestScopesThatAreMissingOrTooMany(t *testing.T) {
	t.Parallel()
	var granted []string
	for _, s := range manifest.Scopes() {
		granted = append(granted, s.Name)
	}
	missing, more := manifest.Lacking(granted)
	require.Empty(t, missing)
	require.Empty(t, more)
	granted = append(slices.DeleteFunc(granted, func(s string) bool { return s == "files:read" }), "channels:join", "admin", "")
	missing, more = manifest.Lacking(granted)
	require.Len(t, missing, 1)
	require.Equal(t, "files:read", missing[0].Name)
	require.Equal(t, []string{"admin", "channels:join"}, more)
}

// The page about the app has the very tables.
func TestThePageHasTheTables(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/slack.md")
	require.NoError(t, err)
	require.Contains(t, string(page), manifest.Table("scope", manifest.Scopes()))
	require.Contains(t, string(page), manifest.Table("event", manifest.Events()))
}

// slacks is Slack's schema. Two of its patterns look ahead, which Go's engine cannot; they are about domains for unfurling
// and for functions, of which Pawl has none, and match nothing here.
func slacks(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/manifest.schema.2.0.0.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(pattern string) (jsonschema.Regexp, error) {
		if strings.Contains(pattern, "(?!") {
			pattern = `[^\s\S]`
		}
		return regexp.Compile(pattern)
	})
	require.NoError(t, c.AddResource("manifest.json", doc))
	schema, err := c.Compile("manifest.json")
	require.NoError(t, err)
	return schema
}
