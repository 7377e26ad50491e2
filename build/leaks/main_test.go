package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/pawl-ops/pawl/internal/leakcheck"
	"github.com/stretchr/testify/require"
)

func TestAPlantedSecretFailsAndCleanOutputPasses(t *testing.T) {
	dir := t.TempDir()
	clean, dirty, noted := filepath.Join(dir, "clean"), filepath.Join(dir, "dirty"), filepath.Join(dir, "secrets")
	require.NoError(t, os.WriteFile(clean, []byte("ok\n"), 0o600))
	require.NoError(t, os.WriteFile(dirty, []byte("ok\nthe word is "+"swordfish\n"), 0o600))
	t.Setenv("PAWL_SECRETS", noted)
	leakcheck.Use(t, "swordfish")

	for name, c := range map[string]struct {
		args []string
		code int
		out  string
		errs string
	}{
		"clean":              {[]string{"-secrets", noted, clean}, 0, "no secret in 1 files; looked for 1 by value", ""},
		"dirty":              {[]string{"-secrets", noted, clean, dirty}, 1, dirty + `: line 2: a secret of a test that begins with "swor"`, ""},
		"nothing to look at": {nil, 2, "", "no file to look into"},
		"a missing file":     {[]string{filepath.Join(dir, "gone")}, 2, "", "opening output"},
		"unreadable secrets": {[]string{"-secrets", dirty, clean}, 2, "", "reading the secrets used"},
		"no such flag":       {[]string{"-x"}, 2, "", "not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, c.code, run(c.args, &out, &errs))
			require.Contains(t, out.String(), c.out)
			require.Contains(t, errs.String(), c.errs)
		})
	}
}
