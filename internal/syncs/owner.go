package syncs

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Answer is a way to go on after trouble: the word that is typed and the deed on its button.
type Answer struct {
	Word  string `json:"word"`
	Label string `json:"label"`
}

// Owner is what stands in the thread for whoever mends it, with the answers to question number ask of the run that met
// the trouble last; none when it has ended.
func (st Standing) Owner(ask int, answers []Answer) board.Message {
	t := st.Trouble
	line := strings.TrimSpace(board.MentionGroup(st.Sync.Told.Owner) + " " + st.stopped())
	m := board.Message{Sentence: board.PlainText(line), Lines: []string{line}}
	if t.Fault.Shown != "" {
		m.Quote = strings.Split(t.Fault.Shown, "\n")
	}
	if t.Tries > 1 {
		m.Lines = append(m.Lines, fmt.Sprintf("Tried %d times since %s.", t.Tries, board.Time(t.First.In(st.Zone))))
	}
	var words []string
	m.Buttons = Buttons(st.Sync, t.Run, ask, answers)
	for _, a := range answers {
		words = append(words, a.Word)
	}
	if len(words) > 0 {
		m.Hint = "Or type " + board.OneOf(words) + " here."
	} else {
		m.Hint = "To try it now, type `sync run " + st.Sync.Name + "`."
	}
	return m
}

// Buttons are those of question number ask of a run of the sync that met trouble.
func Buttons(s job.Sync, run string, ask int, answers []Answer) (buttons []board.Button) {
	for i, a := range answers {
		b := board.Button{Label: a.Label, Says: a.Label + ": " + board.PlainText(s.Title), Action: "decide", Value: job.DecisionValue(run, ask, a.Word)}
		if i == 0 {
			b.Style = board.Primary
		}
		buttons = append(buttons, b)
	}
	return buttons
}

// stopped says what happened, for an engineer.
func (st Standing) stopped() string {
	t := st.Trouble
	where := ""
	if t.Fault.At != "" {
		where = " at " + board.Clean(t.Fault.At)
	}
	says := strings.TrimSuffix(board.Clean(t.Fault.Says), ".")
	return fmt.Sprintf("%s stopped%s. %s (*%s*). %s", st.Sync.Name, where, says, t.Fault.Class, st.untouched())
}

func (st Standing) untouched() string {
	if st.Sync.To.File != "" {
		return "The file was not touched."
	}
	return "The table was not touched."
}

// Recovered is what the owner reads when it is fine again, on a day. tried is who said that it be tried again, or empty.
func (st Standing) Recovered(day time.Time, tried string) string {
	how := "by itself"
	switch {
	case st.Good.Who.Kind != job.Schedule:
		how = "when " + board.Clean(st.Good.Who.Display()) + " ran it"
	case tried != "":
		how = "when " + board.Clean(tried) + " had it tried again"
	}
	return fmt.Sprintf("%s recovered %s %s.", st.Sync.Name, how, at(moment(st.Good.At, day, st.Zone)))
}

// Over is what the owner's message says once the trouble is over.
func (st Standing) Over(t Trouble, day time.Time) board.Message {
	old := st
	old.Trouble = &t
	line := old.stopped() + " *It has been fine since " + moment(st.Good.At, day, st.Zone) + ".*"
	return board.Message{Sentence: board.PlainText(line), Lines: []string{line}}
}
