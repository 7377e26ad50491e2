package frame

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Choice is one answer a question offers: the word people type, the deed on its button, and how the answered question
// tells it ("tried again").
type Choice struct {
	Word, Label, Past string
	Primary           bool
	Skips             bool // the step is left undone
}

var (
	tryAgain = Choice{Word: "retry", Label: "Try again", Past: "tries again", Primary: true}
	skipIt   = Choice{Word: "skip", Label: "Go on without it", Past: "skipped it", Skips: true}
	stopIt   = Choice{Word: "stop", Label: "Stop and clean up", Past: "stopped it"}
)

// question is a question of a run, from the moment it is put.
type question struct {
	n       int
	wait    int // the number of this wait in the run
	choices []Choice
	within  time.Duration
	until   time.Time
	expiry  workflow.Future

	// One of these closes it: the first.
	over      bool
	answer    *job.Decision
	expired   bool
	cancel    bool   // the run was cancelled
	unasked   string // why nobody could be asked, for people
	elsewhere string // it was answered in another place, for people

	by      []string      // names from `people:` of those who may answer; empty: the person who asked for the run
	need    *job.Approval // others have to agree; nil: the person who asked for the run decides
	agreed  []agreement
	problem string                 // what is to be decided, for people
	told    string                 // the same once it was decided; empty: problem
	log     *activities.LogOf      // a log to read with it
	message func() board.Message   // the question as it is posted
	posed   func(activities.Asked) // told where it was posted; nil: nobody wants to know
	// announce announces it, in the place of a message of its own
	announce func(workflow.Context) workflow.Future

	posting workflow.Future // nil: it was closed before it was posted
}

func (q *question) closed() bool { return q.over }

func (q *question) offers(word string) bool {
	for _, c := range q.choices {
		if c.Word == word {
			return true
		}
	}
	return false
}

// words are those that answer it.
func (q *question) words() []string {
	words := make([]string, len(q.choices))
	for i, c := range q.choices {
		words[i] = c.Word
	}
	return words
}

// ask puts a numbered question to the person who asked for the run and waits for an answer, a cancel or the deadline.
// The answer is nil unless a person gave one.
func (f *F) ask(about outcome, choices ...Choice) (*question, *job.Decision) {
	q := &question{choices: choices, within: f.req.Timers.AskWithin, problem: about.problem, log: about.log}
	q.message = func() board.Message { return f.questionMessage(q, about.problem, about.quote) }
	f.pose(q)
	f.board.State = board.Running
	f.touch()
	return q, q.answer
}

// how says in a few words how a question was decided.
func (f *F) how(q *question) string {
	if q.need != nil {
		return f.howAgreed(q)
	}
	switch {
	case q.answer != nil:
		for _, c := range q.choices {
			if c.Word == q.answer.Choice {
				return fmt.Sprintf("%s %s.", q.answer.Actor.Display(), c.Past)
			}
		}
		return q.answer.Actor.Display() + " decided."
	case q.elsewhere != "":
		return q.elsewhere
	case q.cancel:
		return f.inbox.cancel.Actor.Display() + " cancelled."
	default:
		return "Nobody answered in time, so it was stopped."
	}
}

func (f *F) questionMessage(q *question, problem string, quote []string) board.Message {
	lines := []string{f.asked() + "I need a decision. " + problem}
	if f.safe != "" && !f.began {
		lines = append(lines, "Nothing is lost: "+board.LowerFirst(f.safe))
	}
	m := board.Message{
		Sentence: board.PlainText("I need a decision. " + problem),
		Lines:    lines,
		Quote:    quote,
		Hint:     "Until " + board.Time(q.until) + ", then it stops and cleans up. Or type " + board.OneOf(q.words()) + " here.",
	}
	for _, c := range q.choices {
		b := board.Button{
			Label: c.Label, Says: c.Label + ": " + board.PlainText(f.board.Title), Action: "decide",
			Value: job.DecisionValue(f.req.ID, q.n, c.Word),
		}
		if c.Primary {
			b.Style = board.Primary
		}
		m.Buttons = append(m.Buttons, b)
	}
	return m
}

func (f *F) cancelButton(label string) board.Button {
	return board.Button{
		Label: label, Says: label + ": " + board.PlainText(f.board.Title), Action: "decide",
		Value: job.DecisionValue(f.req.ID, 0, job.CancelChoice),
	}
}
