// Package workflows is what Pawl can do: one file, one job.
//
// A job is declared with frame.Define and named in All. Its functions are workflow code: the determinism check sees
// every one of them, and work on the world is left to activities.
package workflows

import (
	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// acts names the activities; it is never called through.
var acts *activities.Activities

// All is every job Pawl ships.
func All() []frame.Definition {
	return []frame.Definition{
		Toy, ToyUndo, Restart, ForceRestart, SyncRun, SyncPause, SyncResume, SchedulePause, ScheduleResume, ScheduleRun, Follow,
		Deploy, ForceDeploy, BreakGlass, Promote, Rollback, Lock, Unlock, Steal, TellMe,
	}
}
