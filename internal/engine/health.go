package engine

import (
	"context"
	"fmt"
	"syscall"

	"go.temporal.io/sdk/client"
)

// SpaceError says that the disk of the data directory is nearly full. Runs
// under way need the rest, so that new ones should not be started.
type SpaceError struct {
	Dir         string
	Free, Floor uint64 // bytes
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%d MiB free on the disk of %s, at least %d MiB are needed before new runs start", e.Free>>20, e.Dir, e.Floor>>20)
}

// Healthy reports whether new runs may start: Temporal answers before ctx ends
// and, when it is embedded, the disk has more than Options.FreeSpace left (if
// not, the error is a *SpaceError).
func (e *Engine) Healthy(ctx context.Context) error {
	if err := e.reachable(ctx); err != nil {
		return err // at once; a question would wait for the engine to come back
	}
	if _, err := e.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("asking Temporal whether it is well: %w", err)
	}
	if e.dir == "" {
		return nil
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(e.dir, &disk); err != nil {
		return fmt.Errorf("measuring the disk of %s: %w", e.dir, err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < e.freeSpace {
		return &SpaceError{Dir: e.dir, Free: free, Floor: e.freeSpace}
	}
	return nil
}
