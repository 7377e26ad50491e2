package activities

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Sight looks at one run again and again, as often as its owner likes: it costs the run no history. It is for one
// goroutine.
type Sight struct {
	Client client.Client
	Run    string // the run's id

	length int64 // of the history at the last query
	board  board.Board
}

// Seen is a run as it stands.
type Seen struct {
	Status   enumspb.WorkflowExecutionStatus
	First    string      // the engine's id of its first execution
	Written  board.Board // as the run itself has it
	Live     board.Board // with what its activities last said of themselves
	Restarts []string    // sentences of the keeper of its board about lives of Pawl that ended meanwhile
}

// Look looks once. What the run knows is asked only when its history grew: that takes a worker, and fails without one.
// Then what the engine itself says is in Seen all the same, beside the error.
func (s *Sight) Look(ctx context.Context) (Seen, error) {
	d, err := s.Client.DescribeWorkflowExecution(ctx, s.Run, "")
	if err != nil {
		return Seen{}, fmt.Errorf("describing run %s: %w", s.Run, err)
	}
	info := d.GetWorkflowExecutionInfo()
	seen := Seen{Status: info.GetStatus(), First: info.GetFirstRunId()}
	if n := info.GetHistoryLength(); n != s.length {
		v, err := s.Client.QueryWorkflow(ctx, s.Run, "", job.QueryBoard)
		if err != nil {
			return seen, fmt.Errorf("asking run %s for its board: %w", s.Run, err)
		}
		var b board.Board
		if err := v.Get(&b); err != nil {
			return seen, fmt.Errorf("reading the board of run %s: %w", s.Run, err)
		}
		s.board, s.length = b, n
	}
	seen.Written, seen.Live = s.board, s.board
	seen.Live.Steps = live(s.board.Steps, d.GetPendingActivities())
	seen.Restarts = restarts(d.GetPendingActivities())
	return seen, nil
}

// restarts is what the keeper of the board knows and the run does not yet.
func restarts(pending []*workflow.PendingActivityInfo) []string {
	for _, p := range pending {
		if p.GetActivityType().GetName() != "KeepBoard" || p.GetHeartbeatDetails() == nil {
			continue
		}
		var kept Kept
		if converter.GetDefaultDataConverter().FromPayloads(p.GetHeartbeatDetails(), &kept) == nil {
			return kept.Notes()
		}
	}
	return nil
}
