package rules

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// rulesThere is how many rules there are; 0 is "every package has a room".
const rulesThere = 8

func TestThisModuleKeepsItsRules(t *testing.T) {
	t.Parallel()
	tree, err := Read(os.DirFS(filepath.Join("..", "..")))
	require.NoError(t, err)
	require.Contains(t, tree.Packages, "job", "the module was not read")
	require.Contains(t, tree.Packages, "internal/rules")
	require.NotContains(t, tree.Packages, "cmd/jobcheck", "a module of its own")
	for _, finding := range Check(tree) {
		t.Error(finding)
	}
}

// Each archive under testdata is a small module; its file "want" lists the
// findings as they are printed, and is empty where a rule must stay silent.
func TestPlantedCases(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	require.NoError(t, err)
	proven := map[string]bool{}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		fsys, err := txtar.FS(archive)
		require.NoError(t, err)
		want, err := fs.ReadFile(fsys, "want")
		require.NoError(t, err, path)
		for rule := range rulesThere + 1 {
			mark := "(rule " + string(rune('0'+rule)) + ")"
			proven[mark] = proven[mark] || strings.Contains(string(want), mark)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			tree, err := Read(fsys)
			require.NoError(t, err)
			var got strings.Builder
			for _, finding := range Check(tree) {
				got.WriteString(finding.String() + "\n")
			}
			require.Equal(t, string(want), got.String())
		})
	}
	require.Len(t, proven, rulesThere+1)
	for mark, is := range proven {
		require.True(t, is, "no planted case breaks %s", mark)
	}
}

func TestReadSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ archive, says string }{
		"no go.mod":      {"-- a.go --\npackage a\n", "reading the module's name"},
		"no module line": {"-- go.mod --\ngo 1.26\n", "no module line"},
		"broken source":  {"-- go.mod --\nmodule m\n-- a.go --\npackage a\nimport (\n", "a.go:2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys, err := txtar.FS(txtar.Parse([]byte(c.archive)))
			require.NoError(t, err)
			_, err = Read(fsys)
			require.ErrorContains(t, err, c.says)
		})
	}
}
