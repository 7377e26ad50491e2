package slackbridge

import (
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// ByEmail gives the person with an e-mail address as the directory knows them now, with their groups: for a door that
// knows them by something else. no is a sentence for them when they may ask for nothing, as in Slack: no such member, a
// guest, deactivated. passing says that it is only not known just now: the directory was not read yet, or is too old to tell.
func (d *Directory) ByEmail(email string) (a job.Actor, no string, passing bool) {
	if err := d.Ready(); err != nil {
		return job.Actor{}, turnedAway(outdated).Sentence, true
	}
	id, gone := "", ""
	d.mu.RLock()
	for _, p := range d.book.Users {
		switch {
		case !strings.EqualFold(p.Email, email) || email == "":
		case standingOf(p, d.team, d.ent) == insider:
			id = p.ID
		default:
			gone = p.ID
		}
	}
	d.mu.RUnlock()
	if id == "" {
		id = gone
	}
	if id == "" {
		return job.Actor{}, "Nobody in Slack has the address " + board.Clean(email) + ". Correct it under people in pawl.yaml. Nothing was done.", false
	}
	a, s := d.who(id, "")
	if s != insider {
		return job.Actor{}, turnedAway(s).Sentence, s == outdated
	}
	return a, "", false
}
