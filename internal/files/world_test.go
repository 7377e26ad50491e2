package files

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/job"
)

func TestMain(m *testing.M) {
	if target := os.Getenv("PAWL_FILES_CHILD"); target != "" {
		os.Exit(child(target))
	}
	goleak.VerifyTestMain(m)
}

// deals is a sync of two columns into a file in a folder of the test's own.
func deals(t testing.TB, name string) job.Sync {
	t.Helper()
	return dealsInto(filepath.Join(t.TempDir(), name))
}

func dealsInto(path string) job.Sync {
	return job.Sync{
		Name: "deals", To: job.Sink{File: path},
		Columns: []job.Column{{Name: "id", Type: job.ColumnInteger}, {Name: "Stage", Type: job.ColumnText}},
	}
}

func row(values ...any) job.Row { return values }

// begin opens the file and begins a run.
func begin(t testing.TB, s job.Sync, run string, attempt int64) *File {
	t.Helper()
	f, err := Open(s)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	_, err = f.Begin(t.Context(), run, attempt)
	require.NoError(t, err)
	return f
}

// write writes one page.
func write(t testing.TB, f *File, over bool, rows ...job.Row) {
	t.Helper()
	require.NoError(t, f.Write(t.Context(), rows, behind(f.at.Position, over, len(rows))))
}

// behind is the position after n rows more.
func behind(at job.Position, over bool, n int) job.Position {
	at.Pages++
	at.Read += int64(n)
	at.Written += int64(n)
	at.Next, at.Over = fmt.Sprint("page ", at.Pages+1), over
	return at
}

func whole(t testing.TB, s job.Sync, run string, rows ...job.Row) job.Reconciled {
	t.Helper()
	f := begin(t, s, run, 1)
	write(t, f, true, rows...)
	did, err := f.Publish(t.Context())
	require.NoError(t, err)
	return did
}

func read(t testing.TB, s job.Sync) string {
	t.Helper()
	text, err := os.ReadFile(s.To.File)
	require.NoError(t, err)
	return string(text)
}

// beside are the files in our folder.
func beside(t testing.TB, f *File) []string {
	t.Helper()
	found, err := os.ReadDir(f.dir)
	require.NoError(t, err)
	var names []string
	for _, n := range found {
		names = append(names, n.Name())
	}
	return names
}

func requireFault(t testing.TB, err error, class string, says ...string) {
	t.Helper()
	var f *job.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, class, f.Class, f.Error())
	for _, s := range says {
		require.Contains(t, f.Says, s)
	}
}
