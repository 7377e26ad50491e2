package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/jenkins"
	"github.com/pawl-ops/pawl/job"
)

// RunbookInput is a runbook and what was said after its name.
type RunbookInput struct {
	Runbook job.Runbook       `json:"runbook"`
	Args    map[string]string `json:"args,omitempty"`
}

// CheckRunbook looks whether what a runbook needs is there, before anything is done: its Jenkins jobs exist and can tell
// their builds apart. A Jenkins that does not answer now may do so when it is needed.
func (a *Activities) CheckRunbook(ctx context.Context, in RunbookInput) (string, error) {
	for _, stage := range in.Runbook.Parts {
		for _, s := range stage {
			if s.Jenkins == nil {
				continue
			}
			if a.Jenkins == nil {
				return "", Refuse("There is no Jenkins in pawl.yaml any more.")
			}
			params := map[string]string{}
			for name, text := range s.Jenkins.Params {
				params[name] = text.Fill(in.Args, nil)
			}
			name := s.Jenkins.Job
			if branch := s.Jenkins.Branch.Fill(in.Args, nil); branch != "" {
				name = jenkins.Branch(name, branch)
			}
			_, err := a.Jenkins.Check(ctx, name, s.Jenkins.RunID, params)
			var fault *job.Fault
			if errors.As(err, &fault) && jenkins.OutcomeOf(err) == jenkins.Refused {
				return "", Refuse(fullStop(board.Clean(fault.Says)) + " Nothing was done.")
			}
		}
	}
	return "", nil
}

// sayWithin is how far back a first try of a sentence is looked for.
const sayWithin = 72 * time.Hour

// SayInput is a sentence of a runbook.
type SayInput struct {
	Run     RunRef    `json:"run"`
	Key     string    `json:"key"`  // of its step
	Step    string    `json:"step"` // the step's name
	Text    string    `json:"text"`
	Channel string    `json:"channel,omitempty"` // by its name; empty: the run's own thread
	Place   job.Place `json:"place,omitzero"`    // where that is
}

// Say posts a sentence, once.
func (a *Activities) Say(ctx context.Context, in SayInput) (string, error) {
	defer beating(ctx)()
	failpoint.Here("before it is said", in.Run.ID)
	p := board.Post{
		Place: in.Place, Key: in.Run.First + "/" + in.Key, Since: a.Now().Add(-sayWithin), Priority: board.Ask,
		Message: board.Message{Sentence: board.PlainText(in.Text), Lines: []string{in.Text}},
	}
	where := ""
	if in.Channel != "" {
		place, err := a.Poster.Place(in.Channel)
		if err != nil {
			return "", temporal.NewNonRetryableApplicationError("I cannot write in "+board.Clean(in.Channel)+": invite me there, or name another channel in pawl.yaml", NoPlaceType, err)
		}
		p.Place, where = place, "in "+board.Clean(in.Channel)
	}
	_, err := a.post(ctx, in.Run, p)
	failpoint.Here("after it is said", in.Run.ID)
	return where, err
}
