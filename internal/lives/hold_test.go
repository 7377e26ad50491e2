package lives_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/lives"
)

// It runs alone, as the next but one does: a process that another test starts has our open files, and with them the
// lock, between its fork and its exec.
func TestWhoHoldsADirectory(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, lives.Held(dir), "nobody")
	require.NoError(t, lives.Held(filepath.Join(dir, "nowhere")), "there is nothing to hold")
	_, err := lives.Hold(filepath.Join(dir, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)

	h, err := lives.Hold(dir)
	require.NoError(t, err)
	refused := func() lives.HeldError {
		var held, seen *lives.HeldError
		_, err := lives.Hold(dir)
		require.ErrorAs(t, err, &held)
		require.ErrorAs(t, lives.Held(dir), &seen)
		require.Equal(t, held, seen)
		return *held
	}
	require.Equal(t, lives.HeldError{PID: os.Getpid()}, refused())
	require.NoError(t, h.Announce("http://127.0.0.1:8233"))
	require.Equal(t, lives.HeldError{PID: os.Getpid(), URL: "http://127.0.0.1:8233"}, refused())
	// A holder that has not said yet who it is holds it all the same.
	require.NoError(t, os.Truncate(filepath.Join(dir, "lock"), 12))
	require.Equal(t, lives.HeldError{}, refused())

	h.Release()
	require.FileExists(t, filepath.Join(dir, "lock"), "it is never removed: two processes would lock two files")
	require.NoError(t, lives.Held(dir))
	h, err = lives.Hold(dir)
	require.NoError(t, err)
	h.Release()
}

func TestWhatIsSaidOfAHolder(t *testing.T) {
	t.Parallel()
	require.EqualError(t, &lives.HeldError{}, "already running")
	require.EqualError(t, &lives.HeldError{PID: 7}, "already running, pid 7")
	require.EqualError(t, &lives.HeldError{PID: 7, URL: "http://127.0.0.1:8233"}, "already running at http://127.0.0.1:8233, pid 7")
}

// A look takes the lock for a moment. Whoever comes just then is not turned away.
func TestLooksKeepNobodyOut(t *testing.T) {
	dir := t.TempDir()
	over := make(chan struct{})
	var looker sync.WaitGroup
	looker.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				if err := lives.Held(dir); err != nil && !errors.As(err, new(*lives.HeldError)) {
					t.Error(err)
					return
				}
			}
		}
	})
	for range 200 {
		h, err := lives.Hold(dir)
		require.NoError(t, err)
		h.Release()
	}
	close(over)
	looker.Wait()
}

func TestWhatWasNeverBornIsTidied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, lives.Tidy(filepath.Join(dir, "nowhere"), time.Minute))
	old, young, other := filepath.Join(dir, ".begins-1"), filepath.Join(dir, ".begins-2"), filepath.Join(dir, "sweeper.lock")
	long := time.Now().Add(-2 * time.Minute)
	for _, path := range []string{old, young, other} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	require.NoError(t, os.Chtimes(old, long, long))
	require.NoError(t, os.Chtimes(other, long, long))
	require.NoError(t, lives.Tidy(dir, time.Minute))
	require.NoFileExists(t, old)
	require.FileExists(t, young, "it may be about to begin")
	require.FileExists(t, other)
}
