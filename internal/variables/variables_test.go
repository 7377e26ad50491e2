package variables_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/variables"
)

const root = "../.."

var update = flag.Bool("update", false, "write the list into docs/environment.md")

// The page has the list as it is here; -update writes it.
func TestTheDocumentationHasTheList(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root, "docs/environment.md")
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	at := strings.Index(string(page), "## ")
	require.Positive(t, at)
	if *update {
		require.NoError(t, os.WriteFile(file, append(page[:at:at], variables.Markdown()...), 0o600))
		return
	}
	require.Equal(t, variables.Markdown(), string(page)[at:], "docs/environment.md from its first heading on: go test ./internal/variables -update")
}

// ours looks like a name that Pawl may read.
var ours = regexp.MustCompile(`^(SLACK|PAWL|TEMPORAL)_[A-Z_]*[A-Z]$`)

func TestWhatIsReadIsOnTheList(t *testing.T) {
	t.Parallel()
	found := read(t, root)
	require.Contains(t, found, "SLACK_API_URL", "read as an argument")
	require.Contains(t, found, "TEMPORAL_ADDRESS", "read through a function of our own")
	require.Contains(t, found, "PAWL_LEDGER", "read by a constant")
	for name, where := range found {
		require.True(t, variables.Known(name), "%s, in %s, is not in internal/variables", name, where)
	}
}

func TestWhatIsReadIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n\nimport \"os\"\n\nvar a, b = os.Getenv(\"ANYTHING\"), f(\"PAWL_HIDDEN\")\n"), 0o600))
	require.Equal(t, map[string]string{"ANYTHING": "a.go", "PAWL_HIDDEN": "a.go"}, read(t, dir))
	require.False(t, variables.Known("ANYTHING"))
}

// read finds the names of variables in the program below dir: what os is asked for, and texts that look like such a name.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	// Not part of the program that people run, or only of its pretend world.
	beside := regexp.MustCompile(`^(sandbox|build|cmd|deploy|tools|internal/(e2e|bench|failpoint|testneed|leakcheck|pgtest|hosttools|rules|variables))(/|$)`)
	outward := regexp.MustCompile(`^internal/(sshrun|jenkins)/`) // what these name so is given to scripts and builds
	others := map[string]bool{
		"DISPLAY": true, "WAYLAND_DISPLAY": true, // whether the demo can open a page
		"PAWL_RUN_ID": true, // a parameter of a build in Jenkins
	}
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(dir, path)
		switch {
		case err != nil || relErr != nil:
			return err
		case d.IsDir() && (name != "." && strings.HasPrefix(name, ".") || d.Name() == "testdata" || beside.MatchString(name)):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		note := func(e ast.Expr, always bool) {
			lit, ok := e.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && (always || ours.MatchString(text) && !outward.MatchString(name)) && !others[text] {
				found[text] = name
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Getenv" || f.Sel.Name == "LookupEnv") {
					note(call.Args[0], true)
				}
			}
			if e, ok := n.(ast.Expr); ok {
				note(e, false)
			}
			return true
		})
		return nil
	}))
	return found
}

// What Temporal's own package reads is on the list: its names are texts in its source.
func TestWhatTemporalsPackageReadsIsOnTheList(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.temporal.io/sdk/contrib/envconfig").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*.go"))
	require.NoError(t, err)
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`"(TEMPORAL_[A-Z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			seen++
			name := m[1]
			if strings.HasSuffix(name, "_") {
				name += "ANY"
			}
			require.True(t, variables.Known(name), "%s is not in internal/variables", m[1])
		}
	}
	require.Greater(t, seen, 10)
}
