package ledger_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
)

// Two openings of one file stand for two processes: the lock belongs to the opening.
func TestATurnIsHadByOneAtATime(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		a, err := at.dial(t.Context())
		require.NoError(t, err)
		defer a.Close()
		b, err := at.dial(t.Context())
		require.NoError(t, err)
		defer b.Close()

		done, err := a.Turn(t.Context(), "toy alice")
		require.NoError(t, err)
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err = b.Turn(short, "toy alice")
		var down *ledger.DownError
		require.ErrorAs(t, err, &down)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		other, err := b.Turn(t.Context(), "toy bob")
		require.NoError(t, err, "another name is another turn")
		other()
		done()

		var inside, most atomic.Int32
		var all sync.WaitGroup
		for _, l := range []*ledger.Ledger{a, b, a, b, a, b} {
			all.Go(func() {
				done, err := l.Turn(t.Context(), "toy alice")
				if !assertNoError(t, err) {
					return
				}
				defer done()
				most.Store(max(most.Load(), inside.Add(1)))
				inside.Add(-1)
			})
		}
		all.Wait()
		require.EqualValues(t, 1, most.Load())
	})
}

// The deadline is for the wait. What is done with the turn may take longer.
func TestATurnOutlivesTheWaitForIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		a, b := at.open(t), at.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		done, err := a.Turn(ctx, "toy alice")
		require.NoError(t, err)
		cancel()
		short, over := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer over()
		_, err = b.Turn(short, "toy alice")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		done()
		done, err = b.Turn(t.Context(), "toy alice")
		require.NoError(t, err)
		done()
	})
}

func assertNoError(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	return err == nil
}
