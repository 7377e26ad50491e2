package reference_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/manifest"
	"github.com/pawl-ops/pawl/internal/setup"
)

// compile compiles the schema as it is written in docs. Its words mean the same in both dialects that editors know.
func compile(t *testing.T, dialect *jsonschema.Draft) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../../docs/pawl.schema.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	top, ok := doc.(map[string]any)
	require.True(t, ok)
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", top["$schema"])
	delete(top, "$schema")
	delete(top, "$id")
	c := jsonschema.NewCompiler()
	c.DefaultDraft(dialect)
	require.NoError(t, c.AddResource("pawl.schema.json", doc))
	s, err := c.Compile("pawl.schema.json") // also holds it to the schema of schemas
	require.NoError(t, err)
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, file string) error {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal([]byte(file), &v), file)
	text, err := json.Marshal(v)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return s.Validate(doc)
}

// world is what the demo fills into its pawl.yaml.
func world(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../sandbox/pawl.yaml.tmpl")
	require.NoError(t, err)
	tmpl, err := template.New("pawl.yaml").Option("missingkey=zero").Parse(string(text))
	require.NoError(t, err)
	type row map[string]any
	host := row{"Name": "app-1", "Address": "demo@127.0.0.1:2022"}
	var b strings.Builder
	require.NoError(t, tmpl.Execute(&b, row{
		"Extra": ", sync", "Agree": "", "Hosts": []row{host}, "Key": "/w/key", "Known": "/w/known", "Jenkins": "http://127.0.0.1:1", "ClearCache": "/w/clear.sh",
		"Shop": "http://127.0.0.1:2", "CRM": "http://127.0.0.1:3", "Deals": "/w/deals.csv", "When": "every 2 minutes", "Connect": "sqlite3 {name}",
		"Pace": "20s", "Balancer": "lb", "Map": "/w/active.map", "Socket": "/w/admin.sock", "Backend": "shop-{instance}", "Restart": "/w/restart.sh",
		"Deploy": "/w/deploy.sh", "Bake": "30s", "Timers": "  sweep: 2s", "Fronts": map[string]string{"master": "http://127.0.0.1:4"},
		"Environments": []row{{"Name": "master", "Instances": []row{{"Instance": "blue", "Host": host, "URL": "http://127.0.0.1:5", "Icon": ":sunny:", "Role": "cron"}}}},
	}))
	return b.String()
}

// What the demo runs on, and what the pages show, is right for editors; in both dialects they know.
func TestWhatWeShowIsValid(t *testing.T) {
	t.Parallel()
	for _, dialect := range []*jsonschema.Draft{jsonschema.Draft2020, jsonschema.Draft7} {
		s := compile(t, dialect)
		require.NoError(t, validate(t, s, world(t)))
		require.Error(t, validate(t, s, "tiemzone: UTC"))
		require.Error(t, validate(t, s, "toy: {from: {host: a}}"), "sections of jobs are held as well")
	}
	s := compile(t, jsonschema.Draft2020)
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	shown := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			switch filepath.Base(page) {
			case "traffic.md": // lines that stand under an app, each by itself
				for line := range strings.Lines(m[1]) {
					require.NoError(t, validate(t, s, "apps: {shop: {environments: {}, "+strings.TrimSpace(line)+"}}"), line)
				}
			case "adding-a-job.md", "operating-compose.md": // sections of a job that is not ours; another program's file
				continue
			default:
				require.NoError(t, validate(t, s, m[1]), "%s:\n%s", page, m[1])
			}
			shown++
		}
	}
	require.Greater(t, shown, 8)
}

// What `pawl init` writes is right for editors from its first minute, whatever was answered.
func TestWhatInitWritesIsValid(t *testing.T) {
	t.Parallel()
	s := compile(t, jsonschema.Draft7)
	for _, a := range []setup.Answers{
		{Ops: "#ops", Zone: "UTC"},
		{Ops: "C0123456", Zone: "Europe/Prague", People: []string{"@on", "a@b.c"}, From: "u@[2001:db8::1]:22", File: "shop.db", To: "10.0.0.1", Hide: []string{"a.b"}},
		{Ops: "#ops", Zone: "UTC", From: "db.a.test", File: "on"},
	} {
		a.App, a.Schema = manifest.App{Name: "Pawl", Command: "/pawl"}, []byte("{}")
		files, err := a.Files("pawl.yaml")
		require.NoError(t, err)
		require.NoError(t, validate(t, s, string(files[0].Text)), string(files[0].Text))
	}
}

// Mistakes that are made by hand are seen where they are made.
func TestEditorsUnderlineMistakes(t *testing.T) {
	t.Parallel()
	s := compile(t, jsonschema.Draft2020)
	good := world(t)
	for where, change := range map[string][2]string{
		"/timers":                         {"sweep: 2s", "sweeep: 2s"},
		"/syncs/deals/late":               {"late: 1m", "late: 1 fortnight"},
		"/syncs/deals/from/token":         {"token: {env: CRM_TOKEN}", "token: hush"},
		"/runbooks/clear cache/steps/0":   {"rolling: 1}", "roling: 1}"},
		"/apps/shop/deploy/healthy":       {"healthy: 3 ", "healthy: 300 "},
		"/approve/force deploy":           {"force deploy:  {by: oncall", "force deploy:  {buy: oncall"},
		"/apps/shop/environments/master/": {"role: cron", "role: crom"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		require.NotEqual(t, good, bad, where)
		err := validate(t, s, bad)
		require.ErrorContains(t, err, where)
	}
}
