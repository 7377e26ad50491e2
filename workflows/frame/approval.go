package frame

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
)

// Approval says whether somebody else has to agree before a job begins.
type Approval int

// A job either leaves it to pawl.yaml, or insists: then pawl.yaml only says who, and Pawl does not start without.
const (
	AsConfigured Approval = iota
	Always
)

var (
	approve = Choice{Word: "approve", Label: "Approve", Past: "agrees", Primary: true}
	deny    = Choice{Word: "deny", Label: "Deny", Past: "denied it"}
)

// approval is what a run knows of the agreement it needs.
type approval struct {
	line   int         // index of its line on the board
	agreed []agreement // to the plan that counts at the moment
	void   string      // why an earlier agreement no longer counts
}

// agree asks others whether this plan may be carried out, and waits. Nothing is held meanwhile: neither a lane nor
// anything in the world.
func (f *F) agree(b body, plan json.RawMessage) error {
	says, err := b.says(plan)
	if err != nil {
		return err
	}
	f.says = says
	f.board.Title, f.board.Wait = board.UpperFirst(f.deed()), "waiting for "+others(f.req.Approve.Count())
	f.board.Buttons = []board.Button{f.cancelButton("Withdraw")}
	f.showSteps(b, plan)
	q := f.approvalQuestion(says)
	f.lead()
	f.pose(q)
	f.approval.agreed = q.agreed
	line := &f.board.Steps[f.approval.line]
	switch {
	case q.cancel:
		line.State = board.StepCancelled
		return f.withdrawn()
	case q.unasked != "":
		line.State, line.Detail = board.StepNotDone, "nobody could be asked"
		return &failure{state: board.Refused, unasked: true, problem: "nobody could be asked, so nothing was done: " + q.unasked}
	case q.expired:
		line.State, line.Detail = board.StepNotDone, "nobody answered in time"
		return &failure{state: board.Expired, problem: fmt.Sprintf("nobody answered within %s, so nothing was done.", board.Rough(q.within))}
	case q.answer.Choice == deny.Word:
		line.State, line.Detail = board.StepFailed, "denied by "+q.answer.Actor.Display()
		return &failure{state: board.Denied, problem: f.deniedBy(q)}
	}
	line.State, line.Name, line.Detail = board.StepDone, "Agreed", agreedBy(q.agreed)
	f.board.State, f.board.Wait = board.Running, ""
	if f.inbox.cancelled() { // after it was agreed, and before anything began
		return f.cancelled(0)
	}
	f.board.Buttons = []board.Button{f.cancelButton("Cancel")}
	f.touch()
	return f.name(b, plan)
}

// showSteps puts what is going to happen on the board: the agreement, and after it the job's own steps.
func (f *F) showSteps(b body, plan json.RawMessage) {
	f.board.Steps = nil
	f.approval.line = 0
	f.board.Steps = append(f.board.Steps, board.Step{State: board.StepAsking})
	f.fixed = len(f.board.Steps)
	f.list(b, plan)
}

// withdrawn is the end when the request was taken back before anybody agreed.
func (f *F) withdrawn() *failure {
	fail := f.cancelled(0)
	fail.withdrawn = true
	return fail
}

// still compares the plan people agreed to with the one made now, when everything that must be held is held. A
// different one voids the agreement: it was given to something else.
func (f *F) still(b body, agreed, now json.RawMessage) (bool, error) {
	before, err := b.says(agreed)
	if err != nil {
		return false, err
	}
	says, err := b.says(now)
	if err != nil {
		return false, err
	}
	if bytes.Equal(agreed, now) {
		line := board.Step{Name: "Still as shown? Yes", State: board.StepDone, Detail: firstLine(says)}
		f.board.Steps = slices.Insert(f.board.Steps, f.fixed, line)
		f.fixed++
		f.touch()
		return true, nil
	}
	instead, err := b.instead(now)
	if err != nil {
		return false, err
	}
	note := "The situation changed while it waited, so it is asked again."
	f.approval.void = fmt.Sprintf("The situation changed while it waited. Before: %s Now: %s", firstLine(before), firstLine(says))
	if n := len(f.approval.agreed); n > 0 {
		f.approval.void = fmt.Sprintf("The situation changed while it waited. %s agreed at %s, when: %s Now: %s That agreement no longer counts.",
			namesOf(f.approval.agreed), board.Time(f.approval.agreed[n-1].at), firstLine(before), firstLine(says))
		note = fmt.Sprintf("The situation changed while it waited, so what %s agreed to no longer counts; it is asked again.", namesOf(f.approval.agreed))
	}
	if instead != "" {
		note += fmt.Sprintf(" As things are now, `%s` would do.", instead)
	}
	f.board.Notes = append(f.board.Notes, note)
	workflow.GetLogger(f.ctx).Info("the situation changed after the approval; asking again")
	return false, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
