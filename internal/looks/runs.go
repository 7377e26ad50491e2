package looks

import (
	"context"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// runsShown is how many runs fit on a phone.
const runsShown = 8

// linksWithin bounds how long finding the links may hold the answer up; without them it says the ids.
const linksWithin = time.Second

func runsSpec() job.Spec {
	return job.Spec{Name: "runs", Look: true, Help: "What is going on, and who waits for whom.", Examples: []string{"runs"}}
}

// RunsOption changes how Runs answers.
type RunsOption func(*runs)

// Links makes the ids lead to the boards. link gives the address of a message; where it cannot, the id stands alone.
func Links(link func(context.Context, job.Posted) (string, error)) RunsOption {
	return func(r *runs) { r.link = link }
}

// Runs lists what is under way, the newest first: who asked for what, since when, and whom or what it waits for.
func Runs(l *ledger.Ledger, options ...RunsOption) Look {
	r := &runs{ledger: l}
	for _, o := range options {
		o(r)
	}
	return Look{Spec: runsSpec(), Answer: r.answer}
}

type runs struct {
	ledger *ledger.Ledger
	link   func(context.Context, job.Posted) (string, error)
}

func (r *runs) answer(ctx context.Context, q Request) (board.Message, error) {
	open, err := r.ledger.OpenRuns(ctx)
	if err != nil {
		return board.Message{}, fmt.Errorf("looking up what is going on: %w", err)
	}
	if len(open) == 0 {
		return r.quiet(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, linksWithin)
	defer cancel()
	m := board.Message{Head: fmt.Sprintf("Going on now: %d", len(open)), Sentence: sentence(open)}
	for _, run := range open[:min(len(open), runsShown)] {
		m.Lines = append(m.Lines, r.line(ctx, run, q.Now))
		for _, w := range run.Waits {
			m.Lines = append(m.Lines, board.Indent+waiting(w))
		}
	}
	if hidden := len(open) - runsShown; hidden > 0 {
		m.Lines = append(m.Lines, fmt.Sprintf("And %d more.", hidden))
	}
	return m, nil
}

// quiet is the answer when nothing is under way: that, and what was last.
func (r *runs) quiet(ctx context.Context) (board.Message, error) {
	m := board.Message{Sentence: "Nothing is going on.", Lines: []string{"Nothing is going on."}}
	last, err := r.ledger.Recent(ctx, 1)
	if err != nil {
		return board.Message{}, fmt.Errorf("looking up what was last: %w", err)
	}
	if len(last) == 1 && !last[0].Open() {
		run := last[0]
		m.Lines = append(m.Lines, fmt.Sprintf("The last one was %s for %s, %s at %s.",
			code(run.Text), board.Clean(run.Actor.Display()), outcome(run.Outcome.State), board.Time(run.Ended)))
	}
	return m, nil
}

func (r *runs) line(ctx context.Context, run ledger.Run, now time.Time) string {
	return fmt.Sprintf("%s · %s · %s · since %s, %s", r.id(ctx, run), board.Clean(run.Actor.Display()), code(run.Text),
		board.Time(run.Started), board.Rough(now.Sub(run.Started)))
}

func (r *runs) id(ctx context.Context, run ledger.Run) string {
	if r.link != nil && !run.Board.Zero() && ctx.Err() == nil {
		if url, err := r.link(ctx, run.Board); err == nil {
			return board.Link(url, run.ID)
		}
	}
	return code(run.ID)
}

// questionShown is how many characters of a question are shown.
const questionShown = 100

// waiting says whom or what a run waits for. What it says about its turn is meant for whoever asked for it, and old
// when the queue has moved: only names are taken from there.
func waiting(w ledger.Waiting) string {
	who := make([]string, len(w.Who))
	for i, name := range w.Who {
		who[i] = board.Clean(name)
	}
	var text string
	switch {
	case w.For == ledger.ForTurn && len(who) > 0:
		text = "waiting for its turn, after " + board.Listed(who, "and")
	case w.For == ledger.ForTurn:
		text = "waiting for its turn"
	case w.For == ledger.ForPerson && len(who) > 0:
		text = "waiting for a decision of " + board.Listed(who, "or")
	case w.For == ledger.ForPerson:
		text = "waiting for a decision"
	default:
		text = "waiting"
	}
	if w.Text == "" || w.For == ledger.ForTurn {
		return text
	}
	question := []rune(board.PlainText(w.Text))
	if len(question) > questionShown {
		question = append(question[:questionShown-3], []rune("...")...)
	}
	return text + ": " + string(question)
}

// outcome is how a run ended, as the middle of a sentence.
func outcome(s board.State) string {
	if s == "" {
		return "over"
	}
	return string(s)
}

// sentence is the whole answer for somebody who reads only a notification.
func sentence(open []ledger.Run) string {
	blocked := 0
	for _, run := range open {
		if len(run.Waits) > 0 {
			blocked++
		}
	}
	text := fmt.Sprintf("%d runs are going on", len(open))
	if len(open) == 1 {
		text = "1 run is going on"
	}
	if blocked > 0 {
		text += fmt.Sprintf(", %d of them waiting", blocked)
	}
	return text + "."
}
