package activities

import (
	"context"
	"errors"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// AskInput is a question.
type AskInput struct {
	Run    RunRef `json:"run"`
	Number int    `json:"number"`
	Wait   int    `json:"wait"` // the number of this wait in the run
	// Problem is what is to be decided, for those who look up what is going on.
	Problem string     `json:"problem"`
	Post    board.Post `json:"post"`
}

// PostAsk posts a question as a new message, because an edit notifies nobody, and writes down who is waited for.
func (a *Activities) PostAsk(ctx context.Context, in AskInput) (job.Posted, error) {
	failpoint.Here("before the question", in.Run.ID)
	w := ledger.Waiting{For: ledger.ForPerson, Who: []string{in.Run.Actor.Display()}, Text: in.Problem, Ask: in.Number}
	if err := a.note(ctx, in.Run, ledger.KindWaiting(in.Wait), w); err != nil {
		return job.Posted{}, err
	}
	at, err := a.post(ctx, in.Run, in.Post)
	failpoint.Here("while asking", in.Run.ID)
	return at, err
}

// AnsweredInput is a question that was answered, or was not in time.
type AnsweredInput struct {
	Run     RunRef        `json:"run"`
	Wait    int           `json:"wait"`
	At      job.Posted    `json:"at"`
	Message board.Message `json:"message"`
}

// Answered edits a question into its answer.
func (a *Activities) Answered(ctx context.Context, in AnsweredInput) error {
	failpoint.Here("after the decision", in.Run.ID)
	if err := a.note(ctx, in.Run, ledger.KindWorking(in.Wait), nil); err != nil {
		return err
	}
	if in.At.Zero() {
		return nil
	}
	err := a.Poster.Edit(ctx, in.At, board.Ask, func() board.Message { return in.Message })
	if errors.Is(err, board.ErrGone) {
		return nil
	}
	return retryable(err)
}
