package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// backups takes some of a Pawl that runs, by the program's own command.
func backups(ctx context.Context, f *fleet, times int) (took []time.Duration, size int64, err error) {
	for n := range times {
		file := filepath.Join(f.dir, fmt.Sprintf("backup-%d", n))
		cmd := exec.CommandContext(ctx, f.binary, "backup", "--data", f.data(), file)
		cmd.Env = f.world.Env(os.Environ())
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, 0, fmt.Errorf("backing up: %w: %s", err, strings.TrimSpace(string(out)))
		}
		took = append(took, time.Since(began))
		info, err := os.Stat(file)
		if err != nil {
			return nil, 0, fmt.Errorf("looking at the backup: %w", err)
		}
		size = info.Size()
	}
	return took, size, nil
}
