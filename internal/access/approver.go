package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Approval is one line of `approve:`: a command that needs other people's agreement, and whose.
type Approval struct {
	job.Approval
	Command string // canonical; covers every command that begins with these words
	Also    []Form // other ways to type some of it
	Line    int    // in pawl.yaml, 1-based
}

// nobody stands where lines name different people. It cannot be a name in `people:`.
const nobody = "-"

// Approver says who has to agree to a command, in its canonical text, besides the person who gives it; false when nobody
// has to. Of the lines that are about it the longest counts, and of equally long ones the highest in the file. Lines that
// only may be about it (`inactive` may be blue) count as well, all of them: then as many people have to agree as the
// strictest asks for, within the shortest time, and only who is named in every line. That somebody is, Contradiction
// checks when the lines are read; otherwise nobody could agree.
func Approver(lines []Approval, command string) (job.Approval, bool) {
	about := deciding(lines, command)
	if len(about) == 0 {
		return job.Approval{}, false
	}
	var all []job.Approval
	for _, l := range about {
		a := l.Approval
		a.Rule = l.rule()
		all = append(all, a)
	}
	return Strictest(all), true
}

// Contradiction finds a command to which nobody could agree, because the lines that are or may be about it have no name
// in common. Those lines come with it.
func Contradiction(lines []Approval) (command string, between []Approval, found bool) {
	for _, l := range lines {
		for _, f := range append([]Form{{Text: l.Command}}, l.Also...) {
			if a, ok := Approver(lines, f.Text); ok && Nobody(a) {
				return f.Text, deciding(lines, f.Text), true
			}
		}
	}
	return "", nil, false
}

// deciding are the lines that together say who must agree: the longest that is about the command, and all that may be.
func deciding(lines []Approval, command string) (about []Approval) {
	longest := -1
	for i, l := range lines {
		if !l.covers(command, false) {
			continue
		}
		if longest < 0 || cmp.Or(-cmp.Compare(l.words(), lines[longest].words()), cmp.Compare(l.Line, lines[longest].Line)) < 0 {
			longest = i
		}
	}
	if longest >= 0 {
		about = append(about, lines[longest])
	}
	for _, l := range lines {
		if !l.covers(command, false) && l.covers(command, true) {
			about = append(about, l)
		}
	}
	return about
}

// covers reports whether the line is about the command, or with partly whether it may be.
func (a Approval) covers(command string, partly bool) bool {
	return begins(command, a.Command) || slices.ContainsFunc(a.Also, func(f Form) bool {
		return (partly || !f.Partly) && f.covers(command)
	})
}

func (a Approval) words() int { return len(strings.Fields(a.Command)) }

func (a Approval) rule() string { return fmt.Sprintf("approve line %d", a.Line) }

// shorter is the shorter of two times, of which 0 is as long as any question.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
