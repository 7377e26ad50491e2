package reference_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/app/reference"
	"github.com/pawl-ops/pawl/workflows"
)

var update = flag.Bool("update", false, "write the pages into docs")

// What is written in docs is what the code says.
func TestTheReferenceIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	jobs := workflows.All()
	editors, err := reference.Schema(jobs)
	require.NoError(t, err)
	page, err := reference.Configuration(jobs)
	require.NoError(t, err)
	for name, want := range map[string][]byte{
		"pawl.schema.json":           editors,
		"reference-configuration.md": page,
		"reference-jobs.md":          reference.Jobs(jobs),
	} {
		path := filepath.Join("../../docs", name)
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o600))
			require.NoError(t, os.Chmod(path, 0o644)) // a page that everybody reads
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err, "run: make generate")
		require.Equal(t, string(want), string(got), "docs/%s is not what the code says; run: make generate", name)
	}
}
