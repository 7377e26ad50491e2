package frame

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
)

// errListed ends a job's function at its first Do when its steps are only listed.
var errListed = errors.New("the steps are only listed")

// preview are the steps the job would begin with. The job's function is called for it and ended at its first
// Do: up to there it can do nothing but look at its plan.
func (f *F) preview(b body, plan json.RawMessage) []board.Step {
	var steps []board.Step
	only := &F{ctx: f.ctx, req: f.req, results: map[string]string{}, listing: &steps}
	_ = b.do(only, plan)
	return steps
}

// list puts what the job would do on the board, after the frame's own lines.
func (f *F) list(b body, plan json.RawMessage) {
	f.listed = true
	for _, s := range f.preview(b, plan) {
		s.Usual, s.Parts = f.usual.Steps[s.Name], nil // what it is done on stands beside it
		f.board.Steps = append(f.board.Steps, s)
	}
}

// planOnly shows what the job would do, and stops there.
func (f *F) planOnly(b body, plan json.RawMessage) error {
	_ = workflow.Await(f.ctx, func() bool { return f.keeper.placed }) // then it is known how long it usually takes
	says, err := b.says(plan)
	if err != nil {
		return err
	}
	f.says = says
	f.lead()
	f.list(b, plan)
	sample, err := b.shows(f.view(), plan)
	if err != nil {
		return unseen(err)
	}
	f.sample = sample.Says
	for _, line := range sample.Rows {
		f.board.Quote = append(f.board.Quote, board.Clean(line))
	}
	return &failure{state: board.Planned}
}

// finalPlan is the board of a run that only says what it would do.
func (f *F) finalPlan() {
	typed := strings.TrimSpace(strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(f.req.Command.Text), "plan"), ": "))
	if need := f.req.Approve; need.Needed() {
		f.board.Notes = append(f.board.Notes, fmt.Sprintf("Before it begins, %s %s to agree.", board.LowerFirst(oneOf(need, board.Handles(need.By))), plural(need.Count(), "has", "have")))
	}
	for _, line := range f.sample {
		f.board.Notes = append(f.board.Notes, board.Clean(line))
	}
	f.board.Title = "What would happen: " + f.deed()
	f.board.Notes = append(f.board.Notes, "Nothing was done. To do it, type `"+strings.ReplaceAll(board.Clean(typed), "`", "'")+"`.")
}
