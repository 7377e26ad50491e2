package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/config/schema"
)

// whole is acme, where every secret is set and the sections are described.
func whole() config.Known {
	known := acme()
	known.JQ, known.Env = nil, func(name string) (string, bool) {
		if strings.HasPrefix(name, "SLACK_") {
			return "", false
		}
		return "hush", true
	}
	return known
}

// full writes everything that pawl.yaml may say.
func full(known config.Known) *sampler {
	files := 0
	inStep := regexp.MustCompile(`^runbooks\.clear cache\.steps(\.together)?\.Empty the cache \d+\.`)
	itsDefault := regexp.MustCompile(`arguments\.\w+\.default$`)
	itsKeyword := regexp.MustCompile(`arguments\.\w+\.after$`)
	itsFewer := regexp.MustCompile(`syncs\.\w+\.fewer$`)
	appNames := regexp.MustCompile(`^apps\.\w+\.also$`)
	return &sampler{
		full: true,
		leave: func(path string, variant int) bool {
			step := inStep.ReplaceAllString(path, "")
			switch {
			case strings.HasSuffix(path, "together[]"): // a question stands alone
				return slices.Contains([]int{8, 9}, variant)
			case step == "wait.until.expect", step == "wait.until.holds": // it is said beside `until` already
				return true
			case itsDefault.MatchString(path): // its type depends
				return variant != 0
			case itsKeyword.MatchString(path): // each needs its own
				return variant != 2
			case itsFewer.MatchString(path): // not for rows with a key
				return variant%2 == 1
			}
			return false
		},
		text: func(path string, _ *schema.Node) string {
			switch {
			case strings.HasPrefix(path, "may not."):
				return "panic"
			case strings.HasSuffix(path, "examples"):
				return strings.Split(path, ".")[1]
			case appNames.MatchString(path), strings.HasSuffix(path, "to.file"):
				files++
				return fmt.Sprintf("one-%d.csv", files)
			case strings.HasSuffix(path, "to.table"):
				files++
				return fmt.Sprintf("sales.deals_%d", files)
			case strings.HasSuffix(path, ".retries"): // also beside `once`
				return "0"
			case strings.HasSuffix(path, ".level"):
				return "high"
			case strings.HasSuffix(path, "hosts") && strings.Contains(path, "steps"):
				return "app-1, app-2"
			}
			return ""
		},
		seen: map[*schema.Node]bool{},
	}
}

// describe is the description of what is known, and its validator.
func describe(t *testing.T, known config.Known) (*schema.Node, *jsonschema.Schema) {
	t.Helper()
	n := config.Describe(known)
	return n, compile(t, schema.JSON(schema.Title{Title: "pawl.yaml"}, n))
}

func compile(t testing.TB, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("pawl.schema.json", doc))
	s, err := c.Compile("pawl.schema.json")
	require.NoError(t, err)
	return s
}

// valid is what an editor says about a file: nil, or what is wrong.
func valid(t testing.TB, s *jsonschema.Schema, file string) error {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal([]byte(file), &v))
	text, err := json.Marshal(v)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return s.Validate(doc)
}

// beside makes the files that a sample names.
func beside(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "scripts"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "scripts", "own.sh"), []byte("true\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "freeze.ics"), []byte("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n"), 0o600))
	return dir
}

func numbered(file string) string {
	var b strings.Builder
	for i, line := range strings.Split(file, "\n") {
		fmt.Fprintf(&b, "%4d %s\n", i+1, line)
	}
	return b.String()
}

// Whatever the description allows is read: everything at once, in each of its forms, and as little as possible.
func TestWhatIsDescribedIsRead(t *testing.T) {
	t.Parallel()
	known := whole()
	n, s := describe(t, known)
	dir := beside(t)
	everything := full(known)
	file := everything.file(n)
	_, err := config.Load(write(t, dir, file), known)
	require.NoError(t, err, numbered(file))
	require.NoError(t, valid(t, s, file), numbered(file))

	few := &sampler{text: everything.text, leave: everything.leave}
	file = few.file(n)
	_, err = config.Load(write(t, dir, file), known)
	require.NoError(t, err, numbered(file))
	require.NoError(t, valid(t, s, file), numbered(file))

	var unseen []string
	walk("", n, func(path string, k schema.Key) {
		require.NotEmpty(t, k.Kind, "%s is described", path)
		if known.Sections[strings.SplitN(path, ".", 2)[0]] == nil {
			require.NotEmpty(t, k.Help, "%s says what it is", path)
		}
		if !everything.seen[k.Node] {
			unseen = append(unseen, path)
		}
	})
	slices.Sort(unseen)
	require.Equal(t, []string{ // each says why above
		"runbooks.steps.together.wait.until.expect", "runbooks.steps.together.wait.until.holds",
		"runbooks.steps.wait.until.expect", "runbooks.steps.wait.until.holds",
	}, slices.Compact(unseen))
}

// walk visits every key.
func walk(path string, n *schema.Node, visit func(string, schema.Key)) {
	for _, k := range n.Keys {
		visit(join(path, k.Name), k)
		walk(join(path, k.Name), k.Node, visit)
	}
	if n.Each != nil {
		walk(path, n.Each, visit)
	}
	for _, e := range n.Either {
		walk(path, e, visit)
	}
}

// Whatever is read is described: a key that nothing reads is put into every group of a file with everything in it, and what
// the reader says it would accept is what the description has.
func TestWhatIsReadIsDescribed(t *testing.T) {
	t.Parallel()
	known := whole()
	n, s := describe(t, known)
	dir := beside(t)
	planted := full(known)
	type group struct {
		path string
		of   *schema.Node
	}
	var groups []group
	planted.plant = func(path string, n *schema.Node) []string {
		groups = append(groups, group{path, n})
		return []string{fmt.Sprintf("zzz%d: 1", len(groups)-1)}
	}
	file := planted.file(n)
	require.Greater(t, len(groups), 60)
	require.Error(t, valid(t, s, file), "editors see it")
	_, err := config.Load(write(t, dir, file), known)
	require.Error(t, err)
	said := map[string][]string{}
	for _, m := range regexp.MustCompile("unknown key `[^`]*(zzz[0-9]+)`[^\n]*\\(accepted: ([^)\n]*)\\)").FindAllStringSubmatch(err.Error(), -1) {
		said[m[1]] = strings.Split(m[2], ", ")
	}
	for i, g := range groups {
		accepted := said[fmt.Sprintf("zzz%d", i)]
		require.NotEmpty(t, accepted, "%s accepts what nothing reads", g.path)
		var has []string
		for _, k := range g.of.Keys {
			has = append(has, k.Name)
		}
		require.Subset(t, accepted, has, "%s: the reader takes all that is described", g.path)
		for _, key := range accepted {
			if !slices.Contains(has, key) && !slices.Contains(g.of.Not, key) && !otherForm(n, g.path, key) {
				t.Errorf("%s: the reader takes `%s`, and it is not described", g.path, key)
			}
		}
	}
}

// otherForm reports whether a key belongs to another form of a place that may look in several ways.
func otherForm(n *schema.Node, path, key string) bool {
	if !strings.HasSuffix(path, ".paging") {
		return false
	}
	found := false
	walk("", n, func(at string, _ schema.Key) { found = found || strings.HasSuffix(at, ".paging."+key) })
	return found
}

// What is described as refused is refused, with a reason of its own.
func TestWhatIsKnownAndRefused(t *testing.T) {
	t.Parallel()
	known := whole()
	n, _ := describe(t, known)
	dir := beside(t)
	values := map[string]string{"retries": "1", "line": ".ok", "body": "a", "json": "{a: 1}", "form": "{a: b}"}
	tried := map[string]bool{}
	var groups []*schema.Node
	count := full(known)
	count.plant = func(_ string, n *schema.Node) []string {
		groups = append(groups, n)
		return nil
	}
	count.file(n)
	for i, g := range groups {
		for _, key := range g.Not {
			place := strings.Join(g.Not, ",") + " " + key
			if tried[place] {
				continue
			}
			tried[place] = true
			at := -1
			planted := full(known)
			planted.plant = func(string, *schema.Node) []string {
				if at++; at == i {
					return []string{key + ": " + values[key]}
				}
				return nil
			}
			_, err := config.Load(write(t, dir, planted.file(n)), known)
			require.Error(t, err, key)
			require.NotContains(t, err.Error(), "unknown key")
		}
	}
	require.Len(t, tried, 6, "two in a look, four where something is waited for")
}

// What is right is right for editors as well.
func TestTheExampleIsValid(t *testing.T) {
	t.Parallel()
	_, s := describe(t, acme())
	for _, file := range []string{"testdata/pawl.yaml"} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, valid(t, s, string(content)), file)
	}
}

// Editors see most mistakes. These files have only such that no schema can see: they depend on names, on files, on what
// commands mean, or on several places at once.
func TestEditorsSeeMistakes(t *testing.T) {
	t.Parallel()
	_, s := describe(t, acme())
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	require.NoError(t, err)
	var unseen []string
	for _, path := range files {
		a, err := txtar.ParseFile(path)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		var v any
		if err := yaml.Unmarshal(a.Files[0].Data, &v); err != nil {
			continue // no YAML
		}
		if valid(t, s, string(a.Files[0].Data)) == nil {
			unseen = append(unseen, name)
		}
	}
	require.Equal(t, []string{"clash", "contradiction", "documents"}, unseen)
}
