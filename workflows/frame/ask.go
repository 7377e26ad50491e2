package frame

import (
	"fmt"
	"strings"
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
}

var (
	tryAgain = Choice{Word: "retry", Label: "Try again", Past: "tries again", Primary: true}
	stopIt   = Choice{Word: "stop", Label: "Stop and clean up", Past: "stopped it"}
)

// question is the open question of a run.
type question struct {
	n       int
	choices []Choice
	within  time.Duration
	until   time.Time
	expiry  workflow.Future
	answer  *job.Decision // the one that closed it
	expired bool

	need    *job.Approval // others have to agree; nil: the person who asked for the run decides
	agreed  []agreement
	problem string               // what is to be decided, for people
	told    string               // the same once it was decided; empty: problem
	log     *activities.LogOf    // a log to read with it
	message func() board.Message // the question as it is posted
	posed   func(where string)   // told where it was posted; nil: nobody wants to know
}

func (q *question) closed() bool { return q.answer != nil || q.expired }

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

// pose numbers a question, posts it, waits until it is closed and edits it into its answer.
func (f *F) pose(q *question) {
	f.inbox.asked++
	f.waits++
	wait := f.waits
	timer, stopTimer := workflow.WithCancel(f.ctx)
	q.n, q.until, q.expiry = f.inbox.asked, f.now().Add(q.within), workflow.NewTimer(timer, q.within)
	f.inbox.ask = q
	f.wake(f.ctx).SendAsync(nil)
	defer stopTimer()

	f.keeper.live = false
	f.board.State = board.Asking
	if q.posed != nil {
		q.posed("")
	}
	f.touch()
	over := func() bool { return q.closed() || f.inbox.cancelled() }
	// A question stands under its board, in the place the board has found.
	_ = workflow.Await(f.ctx, func() bool { return f.keeper.placed || over() })
	var posting workflow.Future
	if !over() {
		posting = f.postQuestion(q, wait)
	}
	_ = workflow.Await(f.ctx, over)
	f.inbox.past[q.n] = f.how(q)
	var at activities.Asked
	if posting != nil {
		if err := posting.Get(f.ctx, &at); err != nil {
			workflow.GetLogger(f.ctx).Error("the question has no place", "error", err)
		}
	}
	f.inbox.ask = nil
	if posting != nil {
		f.answered(q, wait, at.Posted)
	}
}

// postQuestion posts it where those who may answer can see it.
func (f *F) postQuestion(q *question, wait int) workflow.Future {
	in := activities.AskInput{
		Run: f.ref(), Number: q.n, Wait: wait, Problem: board.PlainText(q.problem), Words: q.words(), Board: f.at, Log: q.log,
		Post: board.Post{Place: f.place, Key: f.key("ask", q.n), Since: f.board.Started, Priority: board.Ask, Message: q.message()},
	}
	if q.need != nil {
		in.By = q.need.By
	}
	posting := workflow.ExecuteActivity(speaking(f.ctx), acts.PostAsk, in)
	if q.posed != nil {
		workflow.Go(f.ctx, func(ctx workflow.Context) {
			var at activities.Asked
			if posting.Get(ctx, &at) == nil && !q.closed() {
				q.posed(at.Where)
				f.touch()
			}
		})
	}
	return posting
}

// answered edits the question into its answer and tells the ledger that nobody is waited for any more.
func (f *F) answered(q *question, wait int, at job.Posted) {
	problem, how := q.problem, f.inbox.past[q.n]
	if q.told != "" {
		problem = q.told
	}
	in := activities.AnsweredInput{Run: f.ref(), Wait: wait, At: at, Message: board.Message{
		Sentence: board.PlainText(problem + " " + how), Lines: []string{problem + " *" + how + "*"},
	}}
	if err := workflow.ExecuteActivity(speaking(f.ctx), acts.Answered, in).Get(f.ctx, nil); err != nil {
		workflow.GetLogger(f.ctx).Warn("editing a question into its answer", "error", err)
	}
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
	case f.inbox.cancelled():
		return f.inbox.cancel.Actor.Display() + " cancelled."
	default:
		return "Nobody answered in time, so it was stopped."
	}
}

func (f *F) questionMessage(q *question, problem string, quote []string) board.Message {
	lines := []string{board.Mention(f.Who()) + " I need a decision. " + problem}
	if f.safe != "" && !f.began {
		lines = append(lines, "Nothing is lost: "+lowerFirst(f.safe))
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
			Value: fmt.Sprintf("%s|%d|%s", f.req.ID, q.n, c.Word),
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
		Value: fmt.Sprintf("%s|0|%s", f.req.ID, job.CancelChoice),
	}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
