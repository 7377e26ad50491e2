package sshrun

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestLook(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t, func(o *Options) { o.Mask = strings.NewReplacer("hush", "***").Replace }), deadline(t)
		look := func(body string, args map[string]string) (string, int) {
			t.Helper()
			printed, exit, err := r.Look(ctx, job.Script{Name: "look", Host: m.host, Body: body, Args: args}, 5*time.Second, 1000)
			require.NoError(t, err)
			return string(printed), exit
		}
		evil := "'; touch ran; \"$(touch ran)` touch ran`\n\\"
		printed, exit := look("cat\nprintf '%s|%s|%s' \"$ARTICLE\" \"$limit\" \"$1\"; echo oops >&2; pwd | grep -q / && exit 3", map[string]string{"ARTICLE": evil, "limit": "touch ran", "code": "0", "MAX": "1"})
		require.Equal(t, evil+"|touch ran|oops\n", printed, "arguments are data, and the script has no input")
		require.Equal(t, 3, exit)
		printed, exit = look("echo hush", nil)
		require.Equal(t, "***\n", printed)
		require.Zero(t, exit)
		printed, _ = look("while :; do echo 0123456789; done", nil)
		require.Len(t, printed, 1000, "an endless script is cut off")
		printed, exit = look("syntax (", nil)
		require.NotZero(t, exit)
		require.Contains(t, strings.ToLower(printed), "syntax error")
		require.False(t, exists(m.path("ran")))
		entries, err := os.ReadDir(m.path("."))
		require.NoError(t, err)
		for _, e := range entries {
			require.NotEqual(t, ".pawl", e.Name(), "it leaves nothing behind")
		}
		_, _, err = r.Look(ctx, job.Script{Host: m.host, Body: "a\x00b"}, time.Second, 1)
		require.Error(t, err)
	})
}

// A look that hangs is given up, and its host stops it.
func TestALookThatHangs(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, m machine) {
		r, ctx := m.runner(t), deadline(t)
		printed, exit, err := r.Look(ctx, job.Script{Host: m.host, Body: "echo first; exec sleep 1000"}, 500*time.Millisecond, 1000)
		require.NoError(t, err)
		require.Equal(t, "first\n", string(printed))
		require.Equal(t, 124, exit)

		printed, exit, err = r.Look(ctx, job.Script{Host: m.host, Body: "trap '' TERM; echo deaf; while :; do sleep 0.1; done"}, time.Second, 1000)
		require.NoError(t, err)
		require.Contains(t, string(printed), "deaf\n")
		require.Equal(t, 137, exit, "it is stopped also when it does not want to be")

		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_, _, err = r.Look(ctx, job.Script{Host: m.host, Body: "echo"}, time.Second, 1000)
		require.ErrorIs(t, err, context.Canceled)
	})
}
