package activities

import (
	"context"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// What can happen to a sync that people may have to be told.
const (
	NewsBegan   = "began"   // it began to fetch
	NewsTrouble = "trouble" // it cannot go on
	NewsBetter  = "better"  // it goes on after trouble
	NewsEnded   = "ended"   // well or not
	NewsLate    = "late"    // its run should have ended by now
	NewsLost    = "lost"    // nothing ran at some of its times
	NewsHeld    = "held"    // its times were paused or resumed
)

// SyncNews is something that happened to a sync.
type SyncNews struct {
	Run     RunRef         `json:"run,omitzero"` // zero: it is about no run
	Sync    string         `json:"sync"`
	What    string         `json:"what"`
	Due     job.Due        `json:"due,omitzero"`
	Trouble ledger.Trouble `json:"trouble,omitzero"` // with NewsTrouble
	Lost    ledger.Lost    `json:"lost,omitzero"`    // with NewsLost
	Ask     int            `json:"ask,omitempty"`    // the number of the question that trouble puts
	Wait    int            `json:"wait,omitempty"`   // the number of that wait in the run
}

// AnnounceSync writes down what happened and brings what people read in the sync's channel up to date. Doing it twice is
// doing it once.
func (a *Activities) AnnounceSync(context.Context, SyncNews) (Asked, error) {
	return Asked{}, nil
}
