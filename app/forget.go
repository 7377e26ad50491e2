package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/sandbox"
)

// forget ends what an earlier demo left running and removes what it made, and nothing else that lies in the directory.
func forget(ctx context.Context, data, world string) error {
	if err := sandbox.Clean(ctx, world); err != nil {
		return fmt.Errorf("removing the demo before: %w", err)
	}
	if _, err := untilEnded(ctx, filepath.Join(data, "pawl")); err != nil {
		return fmt.Errorf("removing the demo before: %w", err)
	}
	for _, name := range []string{"pawl", "pawl.log"} {
		if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
			return fmt.Errorf("removing the demo before: %w", err)
		}
	}
	return nil
}

// untilEnded waits until no process of Pawl uses the data directory: one whose demo was killed still brings to an end
// what it is doing, and would go on writing beside its successor. It reports whether there was one to wait for.
func untilEnded(ctx context.Context, data string) (waited bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, drainWithin+5*time.Second)
	defer cancel()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		err := inUse(data)
		if err == nil {
			return waited, nil
		}
		waited = true
		select {
		case <-ctx.Done():
			return waited, fmt.Errorf("pawl is %w", err)
		case <-t.C:
		}
	}
}

// inUse says which process uses a data directory: the one with the engine, or a part that runs beside it.
func inUse(data string) error {
	if err := lives.Held(data); err != nil {
		return err
	}
	all, err := lives.All(engine.LivesDir(data))
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Alive {
			return &lives.HeldError{PID: o.PID}
		}
	}
	return nil
}
