package syncs

import (
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
)

// Message is what stands in the sync's channel, as it is said on a day: whoever uses the data must see at once whether
// they may.
func (st Standing) Message(day time.Time) board.Message {
	m := board.Message{Head: st.head(day)}
	m.Lines = append(m.Lines, st.use(day))
	switch st.State {
	case Broken:
		m.Lines = append(m.Lines, st.why(day))
	case Late:
		m.Lines = append(m.Lines, st.yet(day))
	}
	if st.Lost != nil && st.State != Late {
		m.Lines = append(m.Lines, lost(*st.Lost, day, st.Zone))
	}
	if st.Paused != nil {
		m.Lines = append(m.Lines, st.paused())
	}
	m.Sentence = board.PlainText(m.Head) + ". " + board.PlainText(m.Lines[0])
	return m
}

// Before is what an earlier message of the same day says once a newer one stands under it.
func (st Standing) Before(day time.Time) board.Message {
	head := board.Clean(st.Sync.Title) + ": nothing fetched yet"
	if st.Good != nil {
		head = board.Clean(st.Sync.Title) + ": up to date, " + moment(st.Good.At, day, st.Zone)
	}
	m := board.Message{Head: head, Lines: []string{"What happened since is told in a newer message."}}
	m.Sentence = board.PlainText(m.Head) + ". " + m.Lines[0]
	return m
}

// head is the first line: the answer.
func (st Standing) head(day time.Time) string {
	title := board.Clean(st.Sync.Title)
	switch {
	case st.State == Broken && st.Trouble != nil:
		return title + ": not updated " + at(moment(st.Trouble.First, day, st.Zone))
	case st.State == Late:
		return title + ": late, not here since " + moment(st.Due, day, st.Zone)
	case !st.Began.IsZero() && st.Sync.Told.Each:
		return title + ": being fetched since " + moment(st.Began, day, st.Zone)
	case st.Good == nil:
		return title + ": nothing fetched yet"
	default:
		return title + ": up to date, " + moment(st.Good.At, day, st.Zone)
	}
}

// use is the second line: what the numbers are.
func (st Standing) use(day time.Time) string {
	switch {
	case st.Good == nil && st.State == Fine:
		return "There are no numbers from me yet." + st.then(day)
	case st.Good == nil:
		return "There are no numbers from me yet; what is there is not mine."
	case st.State != Fine:
		return fmt.Sprintf("What you see is of *%s* (%s). It is complete and safe to use, only older.", moment(st.Good.AsOf, day, st.Zone), rows(st.Good.Written))
	default:
		return Figures(st.Good.Reconciled) + "." + st.today(day) + st.then(day) + st.mended(day)
	}
}

// then says when it is fetched next.
func (st Standing) then(day time.Time) string {
	if st.Next.IsZero() {
		return ""
	}
	return " Next " + at(moment(st.Next, day, st.Zone)) + "."
}

// today are the other times of the same day.
func (st Standing) today(day time.Time) string {
	var times []string
	for i := len(st.Done) - 1; i >= 0; i-- {
		times = append(times, moment(st.Done[i], day, st.Zone))
	}
	switch {
	case len(times) == 0:
		return ""
	case len(times) >= maxDone:
		return fmt.Sprintf(" Before that %s.", at(times[len(times)-1]))
	default:
		return " Before that " + at(board.Listed(times, "and")) + "."
	}
}

func (st Standing) mended(day time.Time) string {
	if st.Mended == nil {
		return ""
	}
	return fmt.Sprintf(" (%s %s, and has been fine since.)", did(st.Mended.Fault, board.Clean(st.Sync.From.Name)), at(moment(st.Mended.First, day, st.Zone)))
}

// yet is the third line while it is late.
func (st Standing) yet(day time.Time) string {
	text := ""
	if st.Lost != nil {
		text = lost(*st.Lost, day, st.Zone) + " "
	}
	switch {
	case !st.Began.IsZero():
		text += "I am at it; this message changes when it is done."
	case !st.Next.IsZero():
		text += "The next try is " + at(moment(st.Next, day, st.Zone)) + "."
	default:
		text += "`sync run " + st.Sync.Name + "` fetches it now."
	}
	return text
}

// why is the third line while it is broken: whose fault, what happens next, who knows.
func (st Standing) why(day time.Time) string {
	text := whose(st.Trouble.Fault, board.Clean(st.Sync.From.Name))
	switch {
	case st.Paused != nil:
	case !st.Trouble.Next.IsZero():
		text += " I try again " + at(moment(st.Trouble.Next, day, st.Zone)) + "."
	case !st.Next.IsZero():
		text += " The next try is " + at(moment(st.Next, day, st.Zone)) + "."
	default:
		text += " It is not tried again by itself."
	}
	if owner := name(st.Sync.Told.Owner); owner != "" {
		text += " " + owner + " knows."
	}
	return text
}

// paused says who holds it and how it goes on.
func (st Standing) paused() string {
	text := "It is paused"
	if st.Paused.By != "" {
		text += " by " + board.Clean(st.Paused.By)
	} else {
		text += " in pawl.yaml"
	}
	if st.Paused.Because != "" {
		text += ": " + board.Clean(st.Paused.Because)
	}
	return text + ". `sync resume " + st.Sync.Name + "` lets it go on."
}

// lost says at which times nothing ran.
func lost(l ledger.Lost, day time.Time, zone *time.Location) string {
	why := "I was not there"
	if l.Why == ledger.LostBusy {
		why = "the run before was still going on"
	}
	if l.Count == 1 {
		return fmt.Sprintf("Nothing was fetched %s: %s.", at(moment(l.Last, day, zone)), why)
	}
	return fmt.Sprintf("Nothing was fetched at %d times from %s to %s: %s.", l.Count, moment(l.First, day, zone), moment(l.Last, day, zone), why)
}
