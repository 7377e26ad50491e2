package frame

import (
	"encoding/json"
	"fmt"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Confirmation is what whoever asks for a run must agree to, having read the plan.
type Confirmation struct {
	Deed string // on the button: "Deploy these 7 changes"; empty: nothing has to be confirmed
	Asks string // above it: what is about to happen, in a sentence or two

	Lists []string // between them: what it is about, a line each
}

// goAhead is the word that is typed in the place of the button.
const goAhead = "proceed"

// confirm shows whoever asked what is about to happen, and waits for a yes. Nothing is held meanwhile. A schedule is not
// asked: nobody reads it at that moment.
func (f *F) confirm(b body, plan json.RawMessage) error {
	c, err := b.confirm(plan)
	if err != nil || c.Deed == "" || f.Who().Kind == job.Schedule {
		return err
	}
	if f.says, err = b.says(plan); err != nil {
		return err
	}
	f.board.Title, f.board.Wait = board.UpperFirst(f.deed()), "waiting for your word"
	f.board.Buttons = []board.Button{f.cancelButton("Not now")}
	f.board.Steps, f.fixed = nil, 0
	f.list(b, plan)
	q := &question{
		choices: []Choice{
			{Word: goAhead, Label: cutLabel(board.Clean(c.Deed)), Past: "said to go ahead", Primary: true},
			{Word: stopIt.Word, Label: "Not now", Past: "said not now"},
		},
		within: f.req.Timers.AskWithin, problem: board.Clean(c.Asks),
	}
	if need := f.req.Approve; need.Needed() {
		q.problem += fmt.Sprintf(" Then %s %s to agree.", board.LowerFirst(oneOf(need, board.Handles(need.By))), plural(need.Count(), "has", "have"))
	}
	q.message = func() board.Message { return f.confirmMessage(q, c.Lists) }
	f.lead()
	f.pose(q)
	f.board.State, f.board.Wait = board.Running, ""
	f.touch()
	switch {
	case q.cancel:
		return f.withdrawn()
	case q.expired:
		return &failure{state: board.Expired, problem: fmt.Sprintf("nobody said to go ahead within %s, so nothing was done.", board.Rough(q.within))}
	case q.answer.Choice != goAhead:
		return &failure{state: board.Cancelled, withdrawn: true, quiet: true, by: q.answer.Actor.Display()}
	}
	f.confirmed = true
	f.board.Buttons = []board.Button{f.cancelButton("Cancel")}
	return f.name(b, plan)
}

// pledged reports whether somebody said yes to the plan: then another plan needs another yes.
func (f *F) pledged() bool { return f.confirmed || f.req.Approve.Needed() }

func (f *F) confirmMessage(q *question, lists []string) board.Message {
	text := f.asked() + q.problem
	m := board.Message{
		Sentence: board.PlainText(q.problem), Lines: append([]string{text}, lists...),
		Hint: "Until " + board.Time(q.until) + ". Or type " + board.OneOf(q.words()) + " here.",
	}
	if f.approval.void != "" {
		m.Lines = append([]string{f.approval.void}, m.Lines...)
	}
	for _, c := range q.choices {
		button := board.Button{
			Label: c.Label, Says: c.Label + ": " + board.PlainText(f.deed()), Action: "decide", Value: job.DecisionValue(f.req.ID, q.n, c.Word),
		}
		if c.Primary {
			button.Style = board.Primary
		}
		m.Buttons = append(m.Buttons, button)
	}
	return m
}
