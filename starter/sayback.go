package starter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// What is said to somebody whose decision does not count, or not yet.
const (
	sayUnconfirmed = "Not confirmed yet: I do not know whether your answer was recorded."
	sayCannotWrite = "Not recorded: I cannot write down who decides what at the moment, and without that it does not count."
	sayStartingUp  = "Not recorded yet: the engine does not answer."
	sayRecorded    = "Recorded. Pawl's worker is down; it takes effect when it is back."
	sayNotTaken    = "Not recorded: the part of me that runs things did not take it."
)

// deed says a choice in the words of the one who hears that it counts, and of those who hear it later.
type deed struct{ counted, past string }

func deeds() map[string]deed {
	return map[string]deed{
		"retry":          {"I try again", "asked for another try"},
		"stop":           {"I stop and clean up", "stopped this"},
		"pause":          {"I pause it", "said to pause"},
		"anyway":         {"I go on all the same", "said to go on"},
		"skip":           {"I go on without it", "said to go on without it"},
		"proceed":        {"I go on", "said to go on"},
		"approve":        {"you agree", "approved this"},
		"deny":           {"you do not agree", "denied this"},
		job.CancelChoice: {"I cancel it", "cancelled this"},
	}
}

// sayInvalidDecision says what is wrong with a decision that no door should have let through; empty when nothing is.
func sayInvalidDecision(d job.Decision) string {
	switch _, known := deeds()[d.Choice]; {
	case !known:
		return fmt.Sprintf("I don't know the answer %s.", code(d.Choice))
	case d.Actor.ID == "" || d.Actor.Kind == "":
		return "I don't know who you are, so it does not count."
	case d.Key == "":
		return "The answer came without anything that tells it from the next one, so it does not count."
	}
	return ""
}

func sayNoRun(d job.Decision) string {
	if d.Run == "" {
		return fmt.Sprintf("Nothing runs in this thread. Say %s and the id; `runs` shows what is going on.", code(d.Choice))
	}
	return fmt.Sprintf("I don't know %s. `runs` shows what is going on.", code(d.Run))
}

func sayCounted(r ledger.Run, d job.Decision) string {
	text := fmt.Sprintf("Recorded for %s: %s.", code(r.ID), deeds()[d.Choice].counted)
	if d.Choice != job.CancelChoice && d.Ask == 0 && onlyAsk(r) == 0 {
		text += " I see no open question there just now, so it may change nothing."
	}
	return text
}

// sayAgain answers the same decision delivered once more.
func sayAgain(r ledger.Run, d job.Decision) string {
	if isAgreement(d) {
		return sayRecorded
	}
	return sayCounted(r, d)
}

// sayNotYours says who may decide.
func (s *Starter) sayNotYours(r ledger.Run, d job.Decision, known answers) string {
	if by := r.Terms.Approve.By; isAgreement(d) && len(by) > 0 {
		if d.Actor.Same(r.Actor) || known.byHand != nil && d.Actor.Same(*known.byHand) {
			return board.NotByWhoAsked(by)
		}
		return board.NotAsked(by)
	}
	if isAgreement(d) {
		return fmt.Sprintf("%s needs nobody's agreement.", code(r.ID))
	}
	if by := known.by[d.Ask]; d.Choice != job.CancelChoice && len(by) > 0 {
		return fmt.Sprintf("This one is for %s.", board.Handles(by))
	}
	var who []string
	if r.Actor.Kind != job.Schedule { // nobody is called like one
		who = append(who, board.Clean(r.Actor.Display()))
	}
	groups := r.Terms.Asks.Groups
	if d.Choice == job.CancelChoice {
		policy, _ := s.policy()
		groups = append(slices.Clone(groups), access.DecideAll(policy, d.Actor, s.words.Counted(r.Job, r.Terms.Args)).Who...)
		slices.Sort(groups)
		groups = slices.Compact(groups)
	}
	if len(groups) > 0 {
		who = append(who, board.Handles(groups))
	}
	if len(who) == 0 {
		return "This one is for nobody here: no line under `may:` in pawl.yaml names who may type it."
	}
	return fmt.Sprintf("This one is for %s.", strings.Join(who, " or "))
}

// sayDecided says who decided before, and when.
func sayDecided(c counted, to job.Actor) string {
	who := board.Clean(c.by.Display())
	if c.by.Same(to) {
		who = "You already"
	}
	text := fmt.Sprintf("%s %s at %s", who, deeds()[c.Choice].past, board.Time(c.at))
	if c.Because != "" {
		return text + fmt.Sprintf(": %q", board.Clean(c.Because))
	}
	return text + "."
}

func sayClosed(r ledger.Run) string {
	return fmt.Sprintf("That question of %s is closed already.", code(r.ID))
}

func sayEnded(r ledger.Run) string {
	text := fmt.Sprintf("%s has ended already", code(r.ID))
	if !r.Ended.IsZero() {
		text += ", at " + board.Time(r.Ended)
	}
	if r.Outcome.Text != "" {
		return text + ": " + strings.TrimSuffix(r.Outcome.Text, ".") + "."
	}
	return text + "."
}

func sayNeverStarted(r ledger.Run) string {
	return fmt.Sprintf("%s was never started, so there is nothing to decide.", code(r.ID))
}
