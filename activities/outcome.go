package activities

import (
	"context"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
)

// OutcomeInput is how a run ended.
type OutcomeInput struct {
	Run   RunRef                   `json:"run"`
	State board.State              `json:"state"`
	Text  string                   `json:"text"`
	Took  time.Duration            `json:"took"`
	Steps map[string]time.Duration `json:"steps,omitempty"`
	By    string                   `json:"by,omitempty"` // who stopped it
}

// RecordOutcome writes the outcome into the ledger. It is the last thing a run does.
func (a *Activities) RecordOutcome(ctx context.Context, in OutcomeInput) error {
	failpoint.Here("before the outcome", in.Run.ID)
	return a.noteAt(ctx, a.Now(), in.Run, ledger.KindOutcome, in.Text, ledger.Outcome{State: in.State, Text: in.Text, Took: in.Took, Steps: in.Steps, By: in.By})
}
