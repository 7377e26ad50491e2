package frame

import (
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// asks is what a step asks people.
type asks struct {
	question string
	by       []string // names from `people:`; empty: who may answer the run's other questions
	within   time.Duration
	goOn     Choice
}

// Ask is a step that asks people whether to go on: those named by, or who may answer the run's other questions. It ends the
// run when they say no, or nothing within the time. The label is that of the button to go on.
func Ask(name, question string, by []string, within time.Duration, label string, options ...Option) Step {
	if label == "" {
		label = "Go on"
	}
	s := Step{name: name, asks: &asks{question: board.Clean(question), by: by, within: within, goOn: Choice{Word: "proceed", Label: board.Clean(label), Past: "said to go on", Primary: true}}}
	for _, o := range options {
		o(&s)
	}
	return s
}

// askPeople puts the question of a step. An answer to go on is that of a step that is done.
func (f *F) askPeople(w *effort) (*question, *job.Decision) {
	within := w.asks.within
	if within <= 0 {
		within = f.req.Timers.AskWithin
	}
	q := &question{choices: []Choice{w.asks.goOn, stopIt}, within: within, problem: w.asks.question, by: w.asks.by}
	q.message = func() board.Message {
		m := f.questionMessage(q, w.asks.question, nil)
		if len(q.by) > 0 {
			who := board.MentionGroup(q.by[0])
			for _, name := range q.by[1:] {
				who += " " + board.MentionGroup(name)
			}
			m.Lines[0] = who + " " + f.Who().Display() + " needs a decision of yours. " + w.asks.question
			m.Sentence = board.PlainText(fmt.Sprintf("%s needs a decision. %s", f.Who().Display(), w.asks.question))
		}
		return m
	}
	q.posed = func(at activities.Asked) {
		detail := "until " + board.Time(q.until) + askedWhere(at)
		if len(q.by) > 0 {
			detail = "asks " + board.Handles(q.by) + ", " + detail
		}
		f.board.Steps[w.n].Detail = detail
	}
	w.overrule = &Choice{Word: w.asks.goOn.Word, Past: w.asks.goOn.Past}
	f.pose(q)
	f.board.State = board.Running
	f.touch()
	return q, q.answer
}
