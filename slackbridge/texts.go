package slackbridge

import (
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// What is told to whoever pressed a button that leads nowhere.
const (
	unknownButton   = "I do not understand this button any more. Nothing was done. Type the word instead."
	unreadableClick = "I could not read that press. Nothing was done. Type the word instead."
	chosenBefore    = "That choice was made already. Nothing was started a second time."
	noAgain         = "I cannot look up what that run was asked for. Nothing was started; type the command instead."
	troubled        = "Something went wrong on my side before I could do anything. Nothing was started."
)

// saying is a message of one sentence.
func saying(text string) board.Message {
	return board.Message{Sentence: text, Lines: []string{text}}
}

// turnedAway answers somebody who may ask for nothing.
func turnedAway(s standing) board.Message {
	switch s {
	case guest:
		return saying("I take commands from full members of this workspace only, not from guests. Nothing was done.")
	case stranger:
		return saying("I take commands from members of this workspace only. Nothing was done.")
	case left:
		return saying("This account is deactivated. Nothing was done.")
	case outdated:
		return saying("Nothing was done: I could not ask Slack for a while who is who, so I take no commands just now. This mends itself when Slack answers.")
	default:
		return saying("I do not know you yet and am looking you up. Nothing was done; type it again in a few seconds.")
	}
}

// turnedAwayHome is the Home tab of somebody who may ask for nothing: whom to ask instead.
func turnedAwayHome(s standing) board.Page {
	text := "I do not know you yet and am looking you up. This page fills itself in a moment."
	switch s {
	case guest:
		text = "I take commands from full members of this workspace only, not from guests. Ask whoever works with you here: they can start it for you."
	case stranger:
		text = "I take commands from members of this workspace only. Ask whoever works with you here: they can start it for you."
	case left:
		text = "This account is deactivated. Ask whoever looks after your workspace."
	case outdated:
		text = "I could not ask Slack for a while who is who, so I take no commands and show nothing just now. This mends itself when Slack answers."
	}
	return board.Page{Sections: []board.Section{{Head: "Pawl", Items: []board.Message{saying(text)}}}}
}

// troubledHome is the Home tab while nothing can be looked up.
func troubledHome() board.Page {
	return board.Page{Sections: []board.Section{{Head: "Pawl", Items: []board.Message{saying(
		"I cannot look up just now what waits for you and what you asked for: the ledger does not answer. What runs goes on. This page fills itself when it answers again.")}}}}
}

// unshownHome is the Home tab when Slack refuses what we would show.
func unshownHome() board.Page {
	return board.Page{Sections: []board.Section{{Head: "Pawl", Items: []board.Message{saying(
		"Slack does not take what I would show here. Type `runs` or `help` to me under Messages.")}}}}
}

// suggestion answers a text that is no command, with what may have been meant.
func suggestion(key job.Key, r words.Reply, can []string) board.Message {
	m := saying(r.Text)
	for _, s := range can {
		label, _, _ := strings.Cut(s, " because ") // a reason that was given goes along and is not chosen from
		m.Buttons = append(m.Buttons, board.Button{
			Label: label, Says: "Run the command " + s, Action: ActionCommand,
			Value: CommandValue(key, s),
		})
	}
	if len(m.Buttons) > 0 {
		m.Hint = "Or type it."
	}
	return m
}

// helpless stands in for help where no look gives it.
func helpless() board.Message { return saying("I cannot list commands just now.") }

// notYours refuses what only others may type.
func notYours(name string, who []string) board.Message {
	if len(who) == 0 {
		return saying(fmt.Sprintf("`%s` is not open to anyone here.", quoted(name)))
	}
	return saying(fmt.Sprintf("`%s` is for %s.", quoted(name), board.Handles(who)))
}

// runItNow asks about a command that reached us late.
func runItNow(c job.Command, age time.Duration) board.Message {
	m := saying(fmt.Sprintf("`%s` from %s reached me only now, %s later. I have not run it.", quoted(c.Text),
		board.Time(c.Typed), board.Span(age)))
	m.Buttons = []board.Button{{
		Label: "Run it now", Says: "Run " + c.Text + " now", Action: ActionCommand,
		Value: CommandValue(c.Key, c.Text), Style: board.Primary,
	}}
	m.Hint = "Or type it again."
	return m
}

// notNow says why nothing was started, and offers the same again.
func notNow(c job.Command, text string) board.Message {
	if text == "" {
		text = "Nothing was started."
	}
	m := saying(text)
	m.Buttons = []board.Button{{
		Label: "Try again", Says: "Try " + c.Text + " again", Action: ActionCommand,
		Value: CommandValue(c.Key, c.Text), Style: board.Primary,
	}}
	m.Hint = "Or type it again."
	return m
}

// refusal says that it is not allowed.
func refusal(text string) board.Message {
	if text == "" {
		text = "That is not allowed. Nothing was done."
	}
	return saying(text)
}

// joined points to the run that does already what was asked for.
func joined(s job.Started, link string) board.Message {
	text := s.Text
	if text == "" {
		text = "That runs already: `" + s.ID + "`."
	}
	m := saying(text)
	if link != "" {
		m.Lines = append(m.Lines, board.Link(link, "Follow it there"))
	}
	return m
}

// notConfirmed says that the outcome is open. It is never "no".
func notConfirmed(c job.Command) board.Message {
	return saying(fmt.Sprintf("`%s` is not confirmed yet: the engine did not answer in time. I keep asking and say here what became of it. There is no need to type it again.", quoted(c.Text)))
}

// confirmed is the good end of notConfirmed.
func confirmed(c job.Command, s job.Started) board.Message {
	return saying(fmt.Sprintf("Confirmed: `%s` runs as `%s`.", quoted(c.Text), s.ID))
}

// neverKnown is the end of notConfirmed when nothing became known.
func neverKnown(c job.Command) board.Message {
	m := saying(fmt.Sprintf("I still do not know whether `%s` was started: the engine does not answer. Asking once more cannot start it twice.", quoted(c.Text)))
	m.Buttons = []board.Button{{
		Label: "Ask once more", Says: "Ask once more for " + c.Text, Action: ActionCommand,
		Value: CommandValue(c.Key, c.Text), Style: board.Primary,
	}}
	m.Hint = "Or type `runs` to see what is going on."
	return m
}

// understood replaces an offer that was taken.
func understood(c job.Command, s job.Started) board.Message {
	return saying(fmt.Sprintf("`%s` runs as `%s`.", quoted(c.Text), s.ID))
}

// runsAgain tells whoever asked for the same once more.
func runsAgain(c job.Command, s job.Started) string {
	return fmt.Sprintf("`%s` runs again as `%s`.", quoted(c.Text), s.ID)
}

func runsAlready(s job.Started) string {
	return "It was started before and runs as `" + s.ID + "`. Nothing was started a second time."
}

// notForYou answers a press on somebody else's button.
func notForYou(owner job.Actor, typed string) string {
	return fmt.Sprintf("This button is for %s. Type `%s` yourself if you want it.", board.Clean(owner.Display()), quoted(typed))
}

// oldOffer answers a press on a button of yesterday.
func oldOffer(typed string) string {
	return fmt.Sprintf("This offer is more than a day old. Nothing was done. Type `%s` if you still want it.", quoted(typed))
}

// lateDecision answers a decision that reached us late.
func lateDecision(d words.Decision) string {
	return fmt.Sprintf("Your `%s` reached me too late to be safe: the question may be another one by now. Nothing was decided; type it again.", quoted(d.String()))
}

func decisionNotConfirmed(d job.Decision) string {
	return fmt.Sprintf("Your `%s` is not confirmed yet: the engine did not answer in time. I keep asking and tell you.", quoted(d.Choice))
}

func decisionConfirmed(d job.Decision) string {
	return fmt.Sprintf("Confirmed: your `%s` is recorded.", quoted(d.Choice))
}

func decisionNeverKnown(d job.Decision) string {
	return fmt.Sprintf("I still do not know whether your `%s` was recorded: the engine does not answer. Look at the run before you answer again.", quoted(d.Choice))
}

// typedReason says how an answer is typed, where no window can be opened.
func typedReason(run, choice string) string {
	return fmt.Sprintf("Slack did not open the window. Type it instead: `%s %s because ...`", choice, run)
}

// typedWhy says how a command is typed with what it lacks, where no window can be opened.
func typedWhy(typed string, want job.Param) string {
	rest := "<" + want.Name + ">"
	if want.Word != "" {
		rest = want.Word + " ..."
	}
	return fmt.Sprintf("Slack did not open the window. Type it instead: `%s %s`", quoted(typed), quoted(rest))
}

// quoted makes outside text fit between code ticks.
func quoted(s string) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(board.Clean(s), "`", "'")), " ")
	const most = 200
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
