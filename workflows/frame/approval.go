package frame

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
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

// agreement is one person who agreed, and when.
type agreement struct {
	who job.Actor
	at  time.Time
}

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
	f.board.Title, f.board.Wait = upperFirst(f.deed()), "waiting for "+others(f.req.Approve.Count())
	f.board.Buttons = []board.Button{f.cancelButton("Withdraw")}
	f.showSteps(b, plan)
	q := f.approvalQuestion(says)
	f.lead()
	f.pose(q)
	f.approval.agreed = q.agreed
	line := &f.board.Steps[f.approval.line]
	switch {
	case f.inbox.cancelled():
		line.State = board.StepCancelled
		return f.withdrawn()
	case q.expired:
		line.State, line.Detail = board.StepNotDone, "nobody answered in time"
		return &failure{state: board.Expired, problem: fmt.Sprintf("nobody answered within %s, so nothing was done.", board.Rough(q.within))}
	case q.answer.Choice == deny.Word:
		line.State, line.Detail = board.StepFailed, "denied by "+q.answer.Actor.Display()
		return &failure{state: board.Denied, problem: f.deniedBy(q)}
	}
	line.State, line.Name, line.Detail = board.StepDone, "Agreed", agreedBy(q.agreed)
	f.board.State, f.board.Wait = board.Running, ""
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

// approvalQuestion is the question put to those who may agree.
func (f *F) approvalQuestion(says string) *question {
	need := f.req.Approve
	within := need.Within
	if within <= 0 {
		within = f.req.Timers.AskWithin
	}
	who := groups(need.By)
	q := &question{choices: []Choice{approve, deny}, within: within, need: &need}
	q.message = func() board.Message { return f.approvalMessage(q, says) }
	q.problem = fmt.Sprintf("%s asks to *%s*%s.", f.Who().Display(), f.deed(), f.because())
	q.told = fmt.Sprintf("%s asked to %s%s.", f.Who().Display(), f.deed(), f.because())
	q.posed = func(where string) {
		line := &f.board.Steps[f.approval.line]
		line.Name = fmt.Sprintf("%s agrees, not %s", oneOf(need, who), f.Who().Display())
		line.Detail = "until " + board.Time(q.until)
		if where != "" {
			line.Detail += ", asked in " + where
		}
	}
	q.posed("")
	return q
}

// deed is what the person asked for, in the words of the job: "force restart shop master blue".
func (f *F) deed() string {
	if f.what == "" {
		return f.req.Command.Name
	}
	return f.req.Command.Name + " " + f.what
}

// because is the reason that was given, as the end of a sentence.
func (f *F) because() string {
	reason := strings.TrimSpace(board.Clean(f.req.Command.Args[becauseArg]))
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(": %q", reason)
}

// becauseArg is the argument that holds a reason, in every job that has one.
const becauseArg = "because"

func others(n int) string {
	if n > 1 {
		return fmt.Sprintf("%d other people", n)
	}
	return "a second person"
}

func oneOf(need job.Approval, who string) string {
	if need.Count() > 1 {
		return fmt.Sprintf("%d of %s", need.Count(), who)
	}
	return "One of " + who
}

func (f *F) approvalMessage(q *question, says string) board.Message {
	lines := []string{}
	if f.approval.void != "" {
		lines = append(lines, f.approval.void)
	}
	lines = append(lines, mentions(q.need.By)+" "+q.problem)
	if says != "" {
		lines = append(lines, strings.Split(says, "\n")...)
	}
	if f.usual.Total > 0 {
		lines = append(lines, "Usually "+board.Rough(f.usual.Total)+".")
	}
	if n := q.need.Count(); n > 1 {
		lines = append(lines, fmt.Sprintf("%d different people have to agree.", n))
	}
	m := board.Message{
		Sentence: board.PlainText(q.problem + " " + says),
		Lines:    lines,
		Hint:     fmt.Sprintf("Until %s. Or type `approve %s`, or `deny %[2]s because ...`.", board.Time(q.until), f.req.ID),
	}
	for _, c := range q.choices {
		button := board.Button{
			Label: c.Label, Says: c.Label + ": " + board.PlainText(f.deed()), Action: "decide",
			Value: fmt.Sprintf("%s|%d|%s", f.req.ID, q.n, c.Word),
		}
		if c.Primary {
			button.Label = cutLabel("Approve " + f.deed())
			button.Style = board.Primary
		} else {
			button.Action = "reason"
		}
		m.Buttons = append(m.Buttons, button)
	}
	return m
}

// longestLabel is how many characters a button takes: https://docs.slack.dev/reference/block-kit/block-elements/button-element
const longestLabel = 75

func cutLabel(s string) string {
	if r := []rune(s); len(r) > longestLabel {
		return string(r[:longestLabel-3]) + "..."
	}
	return s
}

// hearApproval takes an answer to the question whether others agree. Who may answer was checked at the door; that it is
// somebody else, and somebody different each time, is held here for every door.
func (f *F) hearApproval(q *question, d job.Decision) {
	switch {
	case d.Actor.Same(f.Who()):
		f.tell(d, fmt.Sprintf("You asked for this, so it has to be someone else. %s knows. To take it back: `cancel`.", groups(q.need.By)))
	case !slices.ContainsFunc(d.Actor.Groups, func(g string) bool { return slices.Contains(q.need.By, g) }):
		f.tell(d, fmt.Sprintf("This one is for %s. They have been asked.", groups(q.need.By)))
	case d.Choice == deny.Word:
		q.answer = &d
		f.tell(d, fmt.Sprintf("Counted. It will not be done; %s is told.", f.Who().Display()))
	case q.agreedBefore(d.Actor) != nil:
		f.tell(d, fmt.Sprintf("You already approved this at %s.", board.Time(q.agreedBefore(d.Actor).at)))
	default:
		q.agreed = append(q.agreed, agreement{who: d.Actor, at: f.now()})
		if left := q.need.Count() - len(q.agreed); left > 0 {
			f.tell(d, fmt.Sprintf("Counted. %d more %s to agree.", left, plural(left, "person has", "people have")))
			f.touch()
			return
		}
		q.answer = &d
		f.tell(d, "Counted. I go ahead now: "+f.deed()+".")
	}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func (q *question) agreedBefore(a job.Actor) *agreement {
	for i := range q.agreed {
		if q.agreed[i].who.Same(a) {
			return &q.agreed[i]
		}
	}
	return nil
}

// howAgreed says in a few words how the question ended.
func (f *F) howAgreed(q *question) string {
	switch {
	case q.answer != nil && q.answer.Choice == deny.Word:
		return fmt.Sprintf("Denied by %s at %s%s.", q.answer.Actor.Display(), board.Time(f.now()), reasonOf(q.answer))
	case q.answer != nil:
		return "Approved by " + agreedBy(q.agreed) + "."
	case f.inbox.cancelled():
		return fmt.Sprintf("Withdrawn by %s at %s.", f.inbox.cancel.Actor.Display(), board.Time(f.now()))
	default:
		return "Nobody answered in time, so nothing was done."
	}
}

// agreedBy lists who agreed, and when the last of them did.
func agreedBy(list []agreement) string {
	return namesOf(list) + ", " + board.Time(list[len(list)-1].at)
}

func namesOf(list []agreement) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = board.Clean(a.who.Display())
	}
	return people(names)
}

func reasonOf(d *job.Decision) string {
	if reason := strings.TrimSpace(board.Clean(d.Because)); reason != "" {
		return fmt.Sprintf(": %q", reason)
	}
	return ""
}

func (f *F) deniedBy(q *question) string {
	return fmt.Sprintf("%s denied it%s. Nothing was done.", board.Clean(q.answer.Actor.Display()), reasonOf(q.answer))
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
	last := f.approval.agreed[len(f.approval.agreed)-1].at
	f.approval.void = fmt.Sprintf("The situation changed while it waited. %s agreed at %s, when: %s Now: %s That agreement no longer counts.",
		namesOf(f.approval.agreed), board.Time(last), firstLine(before), firstLine(says))
	f.board.Notes = append(f.board.Notes, fmt.Sprintf("The situation changed while it waited, so what %s agreed to no longer counts; it is asked again.", namesOf(f.approval.agreed)))
	workflow.GetLogger(f.ctx).Info("the situation changed after the approval; asking again")
	return false, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// groups names those who may agree, without notifying them.
func groups(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = "@" + board.Clean(n)
	}
	return oneOfThem(list)
}

// mentions names them and notifies them.
func mentions(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = board.MentionGroup(n)
	}
	return oneOfThem(list)
}

func oneOfThem(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
