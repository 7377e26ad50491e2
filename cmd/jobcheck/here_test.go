package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A clock planted in this repository's own jobs, with the real frame and the
// real SDK around it: what holds with stand-ins has to hold here.
func TestAClockInOurOwnJobsFails(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "workflows", "toy.go"), "this test needs the repository around it")
	planted := filepath.Join(root, "workflows", "planted.go")
	var out, errs bytes.Buffer
	code := run(command{
		args: []string{"./workflows/..."}, dir: root, env: os.Environ(),
		overlay: map[string][]byte{planted: []byte(`package workflows

import "time"

func plantedLate() bool { return time.Now().Hour() > 22 }
`)},
		out: &out, errs: &errs,
	})
	require.Equal(t, exitFindings, code, errs.String())
	require.Equal(t, filepath.Join(root, "workflows", "planted.go")+":5:6: plantedLate is not deterministic: it calls time.Now (planted.go:5)\n",
		out.String(), "the planted clock and nothing else")
}
