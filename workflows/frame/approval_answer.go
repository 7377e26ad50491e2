package frame

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// agreement is one person who agreed, and when.
type agreement struct {
	who job.Actor
	at  time.Time
}

// hearApproval takes an answer to the question whether others agree. Who may answer was checked at the door; that it is
// somebody else, and somebody different each time, is held here for every door.
func (f *F) hearApproval(q *question, d job.Decision) {
	switch {
	case d.Actor.Same(f.Who()):
		f.tell(d, board.NotByWhoAsked(q.need.By))
	case !slices.ContainsFunc(d.Actor.Groups, func(g string) bool { return slices.Contains(q.need.By, g) }):
		f.tell(d, board.NotAsked(q.need.By))
	case d.Choice == deny.Word:
		f.close(q, func() { q.answer = &d })
		f.counted(d, fmt.Sprintf("Counted. It will not be done; %s is told.", f.Who().Display()))
	case q.agreedBefore(d.Actor) != nil:
		f.counted(d, fmt.Sprintf("You already approved this at %s.", board.Time(q.agreedBefore(d.Actor).at)))
	default:
		q.agreed = append(q.agreed, agreement{who: d.Actor, at: f.now()})
		if left := q.need.Count() - len(q.agreed); left > 0 {
			f.counted(d, fmt.Sprintf("Counted. %d more %s to agree.", left, plural(left, "person has", "people have")))
			f.touch()
			return
		}
		f.close(q, func() { q.answer = &d })
		f.counted(d, "Counted. I go ahead now: "+f.deed()+".")
	}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func (q *question) agreedBefore(a job.Actor) *agreement {
	for i := range q.agreed {
		if q.agreed[i].who.Same(a) {
			return &q.agreed[i]
		}
	}
	return nil
}

// howAgreed says in a few words how the question ended.
func (f *F) howAgreed(q *question) string {
	switch {
	case q.answer != nil && q.answer.Choice == deny.Word:
		return fmt.Sprintf("Denied by %s at %s%s.", q.answer.Actor.Display(), board.Time(f.now()), reasonOf(q.answer))
	case q.answer != nil:
		return "Approved by " + agreedBy(q.agreed) + "."
	case q.unasked != "":
		return "Nobody could be asked, so nothing was done."
	case q.cancel:
		return fmt.Sprintf("Withdrawn by %s at %s.", f.inbox.cancel.Actor.Display(), board.Time(f.now()))
	default:
		return "Nobody answered in time, so nothing was done."
	}
}

// agreedBy lists who agreed, and when the last of them did.
func agreedBy(list []agreement) string {
	return namesOf(list) + ", " + board.Time(list[len(list)-1].at)
}

func namesOf(list []agreement) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = board.Clean(a.who.Display())
	}
	return people(names)
}

func reasonOf(d *job.Decision) string {
	if reason := strings.TrimSpace(board.Clean(d.Because)); reason != "" {
		return fmt.Sprintf(": %q", reason)
	}
	return ""
}

func (f *F) deniedBy(q *question) string {
	return fmt.Sprintf("%s denied it%s. Nothing was done.", board.Clean(q.answer.Actor.Display()), reasonOf(q.answer))
}
