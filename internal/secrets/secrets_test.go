package secrets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/secrets"
)

func TestASecretIsInAVariableOrInAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	good := file("good", "xoxb-1\n", 0o640)
	for name, c := range map[string]struct {
		value, file string
		want        string
		warns, errs string
	}{
		"nowhere":                {},
		"in the variable":        {value: " xoxb-1 ", want: "xoxb-1"},
		"in the file":            {file: good, want: "xoxb-1"},
		"in both":                {value: "xoxb-1", file: good, errs: "TOKEN and TOKEN_FILE are both set, and only one can count: unset one of them"},
		"an empty variable":      {value: " ", file: good, want: "xoxb-1"},
		"a file that is not":     {file: dir + "/none", errs: "TOKEN_FILE: the file " + dir + "/none cannot be read: no such file or directory"},
		"a folder":               {file: dir, errs: "cannot be read: is a directory"},
		"an empty file":          {file: file("empty", "\n", 0o600), errs: "is empty: write the secret into it, on one line"},
		"far too large":          {file: file("large", strings.Repeat("x", 64<<10+1), 0o600), errs: "cannot be read: it is larger than 64 KiB"},
		"readable by all":        {file: file("open", "xoxb-1", 0o644), want: "xoxb-1", warns: "everybody on this machine may read the file " + dir + "/open: chmod o= it"},
		"the secret as its file": {file: "xoxb-1", errs: "TOKEN_FILE: the file cannot be read: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"TOKEN": c.value, "TOKEN_FILE": c.file}
			got, warning, err := secrets.Find(func(name string) (string, bool) { v := env[name]; return v, v != "" }, "TOKEN")
			require.Equal(t, c.want, got.Reveal())
			if c.warns == "" {
				require.Empty(t, warning)
			}
			require.Contains(t, warning, c.warns)
			if c.errs == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.errs)
			require.NotContains(t, err.Error(), "xoxb")
		})
	}
}
