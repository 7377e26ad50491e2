package config

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/pawl-ops/pawl/internal/config/schema"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// everything is a section with a field of every type.
type everything struct {
	Text     string `yaml:"text"`
	One      string `oneof:"a b"`
	File     string `yaml:"file,file"`
	Person   string `yaml:"person,person"`
	Whole    int8   `yaml:"whole,required"`
	Natural  uint16
	Real     float64
	Is       bool
	Secret   job.Secret
	Host     job.Host
	Long     time.Duration
	Zone     *time.Location
	List     []everything
	Map      map[string]*everything
	Anything struct{ A, B []string }
}

// FuzzLoad holds what is true of every file whatsoever: it is read or refused with mistakes that have a place, in order,
// each once; and no mistake shows a secret.
func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("testdata/pawl.yaml")
	require.NoError(f, err)
	f.Add(string(example))
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	require.NoError(f, err)
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		require.NoError(f, err)
		f.Add(string(a.Files[0].Data))
	}
	for _, s := range []string{
		"any: {list: [{text: x, secret: {env: A}}], map: {a: {real: 1.5, long: 2 days}}}",
		"any:\n  text: |\n    a\n  is: true\n  zone: UTC\n",
		"runbooks: {a b: {help: c, arguments: {x: {one of: [d]}, n: {number: true}}, lane: 'e/{x}', steps: [f: {http: 'POST http://g/{x}?{n}'}, h: {wait: 'http://i'}]}}",
		"hosts: {a: b}\nchannels: {c: '#d'}\nrunbooks: {e: {help: f, steps: [together: [g: {say: h}, i: {say: {text: j, channel: c}}], k: {ask: l}]}}\nlooks: {m: {help: n, http: 'http://o'}}",
		"any: [[[[{}]]]]", "\ufeffany: {}", "any: {<<: *a}", "? any\n: 1", "any: !!map {}", "\"any\": \x00", "any: {anything: {a: 1, b: x}}",
	} {
		f.Add(s)
	}
	known := Known{
		Specs: []job.Spec{
			{Name: "toy"},
			{Name: "deploy", Params: []job.Param{{Name: "to", Type: "text"}}},
			{Name: "restart", Params: []job.Param{{Name: "instance", Type: job.TypeInstance}}, Always: true},
			{Name: "status", Params: []job.Param{{Name: "what", Type: job.TypeThings, Optional: true}}},
		},
		Sections: map[string]any{"any": &everything{}},
	}
	editors := compiled(f, known)
	f.Fuzz(func(t *testing.T, content string) {
		r := &reader{problems: &Problems{File: "pawl.yaml"}, dir: t.TempDir(), env: func(string) (string, bool) { return "hush", true }}
		top, ok := r.parse([]byte(content))
		require.Equal(t, ok, len(r.problems.List) == 0 || top.node != nil)
		read := &Config{reader: r, sections: map[string]section{}}
		if c := read; ok {
			c.read(top, known)
			before := c.Err()
			c.Section("any").Decode(&everything{})
			require.Equal(t, before, c.Err(), "decoding twice finds the same")
			c.Section("any").Problem("list.map", "x")
		}
		if r.problems.err() == nil {
			if doc, ok := asJSON([]byte(content)); ok {
				require.NoError(t, editors.Validate(doc), "what is read is right for editors, too")
			}
			for _, b := range read.Runbooks {
				require.NoError(t, words.Check([]job.Spec{b.Spec}))
				sound(t, b.Runbook)
			}
		}
		var p *Problems
		if err := r.problems.err(); err != nil {
			require.ErrorAs(t, err, &p)
			for _, m := range p.List {
				require.Positive(t, m.Line)
				require.Positive(t, m.Column)
				require.LessOrEqual(t, m.Line, strings.Count(content, "\n")+strings.Count(content, "\r")+2) // YAML also ends lines with a lone CR
				require.NotEmpty(t, m.Text)
			}
			require.True(t, slices.IsSortedFunc(p.List, func(a, b Problem) int { return a.Line - b.Line }))
		}
	})
}

// compiled is what editors hold a file to.
func compiled(t testing.TB, known Known) *jsonschema.Schema {
	t.Helper()
	text := schema.JSON(schema.Title{Title: "pawl.yaml"}, Describe(known))
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("pawl.schema.json", doc))
	s, err := c.Compile("pawl.schema.json")
	require.NoError(t, err)
	return s
}

// asJSON is a file as a schema sees it; ok is false for what JSON cannot say.
func asJSON(content []byte) (doc any, ok bool) {
	var v any
	if yaml.Unmarshal(content, &v) != nil {
		return nil, false
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(text))
	return doc, err == nil
}

// sound holds what is true of every runbook that is accepted: each step does one thing, and its texts name arguments it has.
func sound(t *testing.T, b job.Runbook) {
	t.Helper()
	require.NotEmpty(t, b.Name)
	for _, stage := range b.Parts {
		require.NotEmpty(t, stage)
		for _, s := range stage {
			require.NotEmpty(t, s.Name)
			does := 0
			for _, one := range []bool{s.Script != nil, s.HTTP != nil, s.Jenkins != nil, s.Ask != nil, s.Wait != nil, s.Say != nil} {
				if one {
					does++
				}
			}
			require.Equal(t, 1, does)
			calls := slices.DeleteFunc([]*job.HTTPStep{s.HTTP, until(s.Wait)}, func(c *job.HTTPStep) bool { return c == nil })
			for _, call := range calls {
				call.Line, call.Expect.Holds = "", "" // braces mean something else in jq
			}
			text, err := json.Marshal(s)
			require.NoError(t, err)
			if s.Script == nil {
				require.Subset(t, b.Takes, job.Text(text).Names())
			}
			for _, call := range calls {
				u, err := url.Parse(fillWith(call.URL, "x"))
				require.NoError(t, err)
				require.Contains(t, []string{"http", "https"}, u.Scheme)
				require.NotEmpty(t, u.Hostname())
				require.Nil(t, u.User)
				other, err := url.Parse(fillWith(call.URL, "y"))
				require.NoError(t, err)
				require.Equal(t, u.Scheme+u.Host, other.Scheme+other.Host, "no argument chooses whom is called")
			}
		}
	}
}

func until(w *job.WaitStep) *job.HTTPStep {
	if w == nil {
		return nil
	}
	return w.Until
}

// FuzzDuration holds that what is read is what Go reads, where Go can read it.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"15m", "1h30m", "2 hours", "3d", "1 week 2 days", "0s", "-5s", "1.5h", "99999999999h", "", "m", "500ms"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDuration(text)
		if err != nil {
			require.Zero(t, d)
			return
		}
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.LessOrEqual(t, d, maxDuration)
		if goes, err := time.ParseDuration(text); err == nil {
			require.Equal(t, goes, d)
		}
	})
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "1h 30m": 90 * time.Minute, "2 hours": 2 * time.Hour, "3d": 72 * time.Hour,
		"1 week": 168 * time.Hour, "0s": 0, "500ms": 500 * time.Millisecond, "15 Min": 15 * time.Minute, "366d": maxDuration,
	} {
		d, err := parseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, d, text)
	}
	for _, text := range []string{"", "15", "m", "1.5h", "-1h", "15m!", "1 fortnight", "367d", "200d 200d", "999999999w"} {
		_, err := parseDuration(text)
		require.Error(t, err, text)
	}
}

// FuzzAddress holds that an address that is accepted can be taken apart again, and that none can pass for an option of
// a command.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"web", "pawl@web:22", "[::1]:22", "::1", "fe80::1%eth0", "::%/", "a@b@c", "-oProxyCommand=x", "pawl@-x", "web:0", "1.2.3.4:70000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if checkAddress(address) != nil {
			return
		}
		require.False(t, strings.HasPrefix(address, "-"))
		require.NotContains(t, address, "@-")
		require.False(t, strings.ContainsAny(address, " \t\r\n/'\"`$;&|<>()\\") && !strings.Contains(address, "$@"), address)
		require.LessOrEqual(t, strings.Count(address, "@"), 1)
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"web", "web.acme.test", "pawl@web", "pawl@web:2222", "127.0.0.1", "pawl@127.0.0.1:22", "::1", "[::1]", "[::1]:22", "pawl@[2001:db8::1]:22",
		"svc_pawl$@web", "fe80::1%eth0", "[fe80::1%eth0]:22", "under_score.test", "web.",
	} {
		require.NoError(t, checkAddress(good), good)
	}
	for _, bad := range []string{
		"", "@web", "pawl@", "web:", "web:0", "web:65536", "web:ssh", "we b", "-web", "pawl@-web", "-l@web", "a@b@c", "web..test", "[web]:22",
		"[::1]22", "[::1]:", "[127.0.0.1]:22", "[::1", "fe80::1%a b", "[fe80::1%$x]:22", "web/22", "ssh://web", "pawl:secret@web", strings.Repeat("a", 64),
	} {
		require.Error(t, checkAddress(bad), bad)
	}
}
