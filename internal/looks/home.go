package looks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// How much a Home shows. Somebody who is asked more than that needs another view than one on a phone.
const (
	homeAsks  = 10 // questions
	homeOpen  = 10 // runs under way
	homeEnded = 5  // runs that have ended
	homeRows  = 12 // of a phone's screen, for what may be said
)

// HomeOptions are what a Home is made from. All but Link are required.
type HomeOptions struct {
	Ledger *ledger.Ledger
	Specs  []job.Spec
	// May tells whether an actor may give a command by that name, in any of its forms, as for Help.
	May func(a job.Actor, command string) bool
	// Awaits gives the questions of a run that an actor may answer now and has not answered yet.
	Awaits func(context.Context, ledger.Run, job.Actor) ([]ledger.Waiting, error)
	// Again tells whether an actor may ask once more for what a run was asked for.
	Again func(job.Actor, ledger.Run) bool
	// Link gives the address of a message; nil: nothing is linked.
	Link func(context.Context, job.Posted) (string, error)
}

// Home is what a person finds when they come to Pawl rather than Pawl to them: what waits for them, what became of what
// they asked for, and what they can say. It comes from the ledger alone, also while the engine is down, and shows nobody
// what is asked of others.
type Home struct{ o HomeOptions }

// NewHome makes it.
func NewHome(o HomeOptions) *Home { return &Home{o: o} }

// Of is the Home of one person. An error says that the ledger does not answer.
func (h *Home) Of(ctx context.Context, a job.Actor) (board.Page, error) {
	open, err := h.o.Ledger.OpenRuns(ctx)
	if err != nil {
		return board.Page{}, fmt.Errorf("looking up what is going on: %w", err)
	}
	asks, err := h.asks(ctx, a, open)
	if err != nil {
		return board.Page{}, err
	}
	var own []ledger.Run
	for _, r := range open {
		if r.Actor.Same(a) {
			own = append(own, r)
		}
	}
	ended, err := h.ended(ctx, a, homeEnded+len(own))
	if err != nil {
		return board.Page{}, err
	}
	links := h.links(ctx, asks, own, ended)
	return board.Page{Sections: []board.Section{
		waitingForYou(a, asks, links), h.runs(a, own, ended, links), h.sayings(a),
	}}, nil
}

// asked is a question and the run that asks it.
type asked struct {
	run ledger.Run
	ledger.Waiting
}

// own reports whether the question is the actor's to answer before it is anybody else's.
func (q asked) own(a job.Actor) bool { return q.run.Actor.Same(a) || len(q.By) > 0 }

// asks are the questions that wait for the actor: those put to them before those they may answer for others, and of
// each the one that has waited longest first.
func (h *Home) asks(ctx context.Context, a job.Actor, open []ledger.Run) (all []asked, err error) {
	var others []asked
	for i := len(open) - 1; i >= 0; i-- { // the oldest first
		waits, err := h.o.Awaits(ctx, open[i], a)
		if err != nil {
			return nil, fmt.Errorf("looking up what waits for somebody: %w", err)
		}
		for _, w := range waits {
			if q := (asked{open[i], w}); q.own(a) {
				all = append(all, q)
			} else {
				others = append(others, q)
			}
		}
	}
	return append(all, others...), nil
}

func waitingForYou(a job.Actor, asks []asked, l links) board.Section {
	s := board.Section{Head: "Waiting for you"}
	for _, q := range asks[:min(len(asks), homeAsks)] {
		s.Items = append(s.Items, q.item(a, l))
	}
	switch hidden := len(asks) - homeAsks; {
	case len(asks) == 0:
		s.Items = append(s.Items, board.Message{Lines: []string{"Nothing waits for you."}})
	case hidden > 0:
		s.Items = append(s.Items, board.Message{Lines: []string{fmt.Sprintf("And %s. %s shows what is going on.", plural(hidden, "more question", "more questions"), code("runs"))}})
	}
	return s
}

// item is a question as it stands in its own place, and whose it is.
func (q asked) item(a job.Actor, l links) board.Message {
	m := board.Message{Lines: q.lines(), Buttons: q.Buttons}
	if name := board.Clean(q.run.Actor.Display()); q.run.Actor.Same(a) || !strings.HasPrefix(q.Text, name) {
		m.Head, m.ID = called(q.run)+" · "+whose(a, q.run), q.run.ID // otherwise the question itself says whose it is
	}
	var hint []string
	if !q.Until.IsZero() {
		hint = append(hint, "Until "+board.Day(q.Until)+".")
	}
	url := l[q.place(a)]
	if url != "" {
		hint = append(hint, board.Link(url, "Open the conversation")+".")
	}
	typed := slices.Clone(q.Words)
	for i := range typed {
		if i == 0 {
			typed[i] += " " + q.run.ID
		} else {
			typed[i] += " ..." // likewise
		}
	}
	hint = append(hint, "Or type "+board.OneOf(typed)+".")
	m.Hint = strings.Join(hint, " ")
	if len(m.Buttons) == 0 && url != "" { // of an earlier Pawl, which did not write down what it offers
		m.Buttons = []board.Button{{Label: "Answer there", Says: "Answer there: " + called(q.run), Action: "open", Value: url}}
	}
	return m
}

// lines are what the question says. Whom it mentions is left out: this person has been found.
func (q asked) lines() []string {
	text := strings.TrimSpace(q.Text)
	if len(q.Says) == 0 {
		return []string{text}
	}
	lines := make([]string, len(q.Says))
	for i, l := range q.Says {
		if lines[i] = l; text != "" && strings.HasSuffix(board.PlainText(l), text) {
			lines[i] = text
		}
	}
	return lines
}

// place is where the question can be seen by the actor: where it stands, or the board of their own run.
func (q asked) place(a job.Actor) job.Posted {
	if q.At.Zero() && q.run.Actor.Same(a) {
		return q.run.Board
	}
	return q.At
}

// sayings is what this person can say, as help tells it.
func (h *Home) sayings(a job.Actor) board.Section {
	m := help{specs: h.o.Specs, may: h.o.May, where: "In a run's thread"}.overview(a, homeRows)
	return board.Section{Head: "You can say", Items: []board.Message{{Lines: m.Lines}}}
}

// calledShown is how many characters of a command are shown.
const calledShown = 60

// called is a command as its run is called: without the reason, which its question tells.
func called(r ledger.Run) string {
	text, _, _ := strings.Cut(strings.ReplaceAll(board.PlainText(r.Text), "`", ""), " because ")
	if text = shortenedTo(strings.ReplaceAll(strings.ReplaceAll(text, "*", ""), "·", "-"), calledShown); text == "" {
		return r.Job
	}
	return text
}

// whose says who asked for a run.
func whose(a job.Actor, r ledger.Run) string {
	switch {
	case r.Actor.Same(a):
		return "you"
	case r.Actor.Kind == job.Schedule:
		return "by itself"
	default:
		return board.Clean(r.Actor.Display())
	}
}
