package lives_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/lives"
)

// A process that somebody starts in the same moment has our open files between its fork and its exec. What we gave back is
// free all the same.
func TestWhatIsGivenBackIsFreeWhoeverIsStarted(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, over := context.WithCancel(t.Context())
	var starter sync.WaitGroup
	for range 4 {
		starter.Go(func() {
			for ctx.Err() == nil {
				_ = exec.CommandContext(ctx, self, "-test.run=^$").Run() // it may be killed at the end
			}
		})
	}
	dir := t.TempDir()
	for range 300 {
		h, err := lives.Hold(dir)
		require.NoError(t, err)
		h.Release()
		turn, err := lives.Take(dir, "a")
		require.NoError(t, err)
		require.NotNil(t, turn)
		turn.Give()
	}
	over()
	starter.Wait()
}
