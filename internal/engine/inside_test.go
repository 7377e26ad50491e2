package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	sdklog "go.temporal.io/sdk/log"
)

func TestCertificateIsRenewedInTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	serial := func(dir string, now time.Time) string {
		id, err := loadIdentity(dir, now)
		require.NoError(t, err)
		return id.pair.Leaf.SerialNumber.String()
	}
	dir := t.TempDir()
	first := serial(dir, now)
	require.Equal(t, first, serial(dir, now.AddDate(4, 0, 0)), "kept while it lasts")
	second := serial(dir, now.AddDate(6, 0, 0))
	require.NotEqual(t, first, second, "less than half of its life is left")
	require.NotEqual(t, second, serial(dir, now), "not yet valid: the clock was set back")

	path := filepath.Join(dir, certificateFile)
	third := serial(dir, now)
	require.NoError(t, os.Chmod(path, 0o640))
	require.NotEqual(t, third, serial(dir, now), "others could read the key")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, os.WriteFile(path, []byte("half a cert"), 0o600))
	_, err = loadIdentity(dir, now)
	require.ErrorContains(t, err, "removing it makes the next start write a new one")
}

func TestSDKLinesCarryTheRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := NewLogger(zerolog.New(&out).Level(zerolog.InfoLevel))
	l.Debug("not seen", "WorkflowID", "x")
	l = sdklog.With(l, "WorkflowID", "toy-k4m7q2", "WorkflowType", "toy", "RunID", "r")
	l.Warn("slow", "ActivityType", "Attach", "Error", errors.New("broken pipe"), "TaskQueue", "pawl", 7, "odd key", "last")
	require.JSONEq(t, `{"level":"warn","run":"toy-k4m7q2","job":"toy","execution":"r","activity_type":"Attach","error":"broken pipe","task_queue":"pawl","7":"odd key","last":"(missing)","message":"slow"}`, out.String())
}

func FuzzSnake(f *testing.F) {
	for _, key := range []string{"ActivityType", "WorkflowID", "wf-task-queue", "", "HTTPServer", "a b.c", "é"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		once := snake(key)
		require.Equal(t, once, snake(once), "a name that is right stays as it is")
	})
}
