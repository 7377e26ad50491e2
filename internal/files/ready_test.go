package files

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// A look says whether the file may be written, and leaves nothing behind.
func TestALookSaysWhetherItMayBeWritten(t *testing.T) {
	t.Parallel()
	s := deals(t, "deals.csv")
	f, err := Open(s)
	require.NoError(t, err)
	there, err := f.Ready()
	require.NoError(t, err)
	require.False(t, there)
	left, err := os.ReadDir(filepath.Dir(s.To.File))
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, os.WriteFile(s.To.File, nil, 0o600))
	there, err = f.Ready()
	require.NoError(t, err)
	require.True(t, there)

	require.NoError(t, os.RemoveAll(filepath.Dir(s.To.File)))
	_, err = f.Ready()
	requireFault(t, err, job.FaultOurs, "is not there: make it")
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	closed := t.TempDir()
	require.NoError(t, os.Chmod(closed, 0o500))
	f, err = Open(dealsInto(filepath.Join(closed, "deals.csv")))
	require.NoError(t, err)
	_, err = f.Ready()
	requireFault(t, err, job.FaultOurs, "Pawl may not write")
}
