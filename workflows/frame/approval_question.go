package frame

import (
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// approvalQuestion is the question put to those who may agree.
func (f *F) approvalQuestion(says string) *question {
	need := f.req.Approve
	within := need.Within
	if within <= 0 {
		within = f.req.Timers.AskWithin
	}
	who := board.Handles(need.By)
	q := &question{choices: []Choice{approve, deny}, within: within, need: &need}
	q.message = func() board.Message { return f.approvalMessage(q, says) }
	asker, not := f.asker()
	q.problem = fmt.Sprintf("%s asks to *%s*%s.", asker, f.deed(), f.because())
	q.told = fmt.Sprintf("%s asked to %s%s.", asker, f.deed(), f.because())
	q.posed = func(at activities.Asked) {
		line := &f.board.Steps[f.approval.line]
		line.Name = fmt.Sprintf("%s agrees%s", oneOf(need, who), not)
		line.Detail = "until " + board.Time(q.until) + askedWhere(at)
	}
	q.posed(activities.Asked{})
	return q
}

// askedWhere says where the others are asked, when that is not where they all are.
func askedWhere(at activities.Asked) string {
	switch {
	case at.Where != "":
		return ", asked in " + at.Where
	case at.Instead != "":
		return ", asked here: I cannot write in " + at.Instead
	default:
		return ""
	}
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
	lines = append(lines, board.Mentions(q.need.By)+" "+q.problem)
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
			Value: job.DecisionValue(f.req.ID, q.n, c.Word),
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
