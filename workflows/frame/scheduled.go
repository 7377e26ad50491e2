package frame

import (
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// A scheduled run speaks in a channel, and nobody asked for it: its board is a message of its own there, and everything
// else stands in the thread under the board. Nobody is called unless something is wrong, and then the people it acts for.

// alone reports whether the board hangs under nobody's message.
func (f *F) alone() bool {
	p := f.req.Command.Place
	return p.Thread == "" && !p.Direct && !f.req.Due.Zero()
}

// under makes the thread under the board the place for everything else that is said.
func (f *F) under(at job.Posted) {
	if f.alone() && !f.place.Direct && !at.Zero() && at.Channel == f.place.Channel {
		f.place.Thread = at.TS
	}
}

// top is where the board itself stands.
func (f *F) top() job.Place {
	p := f.place
	if f.alone() && !p.Direct {
		p.Thread = ""
	}
	return p
}

// addressee begins the last message: who is told, and the space after them. Of a scheduled run it is the name it acts for,
// and only when something is wrong.
func (f *F) addressee() string {
	who := f.Who()
	switch {
	case who.Kind != job.Schedule:
		return board.Mention(who) + " "
	case f.failed == nil || len(who.Groups) == 0:
		return ""
	case f.board.State == board.Failed, f.board.State == board.Expired, f.failed.unasked:
		return board.MentionGroup(who.Groups[0]) + " "
	}
	return ""
}

// asked begins a question: who is to answer it, and the space after them.
func (f *F) asked() string {
	who := f.Who()
	switch {
	case who.Kind != job.Schedule:
		return board.Mention(who) + " "
	case len(who.Groups) == 0:
		return ""
	}
	return board.MentionGroup(who.Groups[0]) + " "
}

// scheduledBy says which schedule a run is of; empty when it is of none.
func (f *F) scheduledBy() string {
	switch due := f.req.Due; {
	case due.Zero():
		return ""
	case due.By != "":
		return board.Clean(due.By) + " had the " + f.Who().Display() + " run now."
	default:
		text := "By the " + f.Who().Display() + ", due at " + board.Time(due.At) + "."
		if !due.Next.IsZero() && due.Next.Sub(due.At) < day {
			text += " Next at " + board.Time(due.Next) + "."
		}
		return text
	}
}

// day is how far ahead a time of day says which moment is meant.
const day = 24 * time.Hour

// asker is who asks others to agree, and what they are told that it must not be.
func (f *F) asker() (who, not string) {
	switch by := f.req.Due.By; {
	case f.req.Due.Zero():
		return f.Who().Display(), ", not " + f.Who().Display()
	case by != "":
		return board.Clean(by), ", not " + board.Clean(by)
	default:
		return "The " + f.Who().Display(), ""
	}
}

// quietly reports whether the end needs no message of its own: nobody waits for the success of a scheduled run.
func (f *F) quietly() bool { return f.alone() && f.failed == nil }

// inShort is what the board of a scheduled run says beside its title when it is done: what others read in the last message.
func (f *F) inShort() []string {
	lines := []string{f.scheduledBy()}
	if f.detail != "" {
		lines = append(lines, board.UpperFirst(strings.TrimSuffix(f.detail, "."))+".")
	}
	if n := len(f.approval.agreed); n > 0 {
		lines = append(lines, namesOf(f.approval.agreed)+" agreed.")
	}
	return append(lines, f.say...)
}
