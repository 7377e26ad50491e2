// want package:"non-deterministic"

// Package worker imports frame and declares no job: it may look at the clock.
package worker

import (
	"time"

	"github.com/pawl-ops/pawl/workflows/frame"
)

// Register takes a declared job.
func Register(frame.Definition) time.Time { return time.Now() }
