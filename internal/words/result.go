package words

import (
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Result is what a text means: a Command, a Decision, Again, a Reply or Ignore, and nothing else.
type Result interface{ result() }

// Command asks for a job or a look by name.
type Command struct {
	Name string            // the Spec's name
	Args map[string]string // by Param name; only what was typed, nil when nothing was
	Text string            // as it was typed, Slack's typography undone
	Plan bool              // only to say what it would do, and to stop
}

// Again asks for a run once more: what was typed then, for whoever asks now.
type Again struct {
	Run string // the run's id, lower case
}

// Decision answers a question of a run, or ends it.
type Decision struct {
	Run     string // the run's id, lower case
	Ask     int    // the number of the question; 0: the only open one
	Choice  string // cancel, retry, stop, approve, deny, anyway or pause
	Because string // the reason, when one was given
}

// String is the decision as it would be typed.
func (d Decision) String() string {
	parts := []string{d.Choice}
	if d.Run != "" {
		parts = append(parts, d.Run)
	}
	if d.Ask > 0 {
		parts = append(parts, strconv.Itoa(d.Ask))
	}
	if d.Because != "" {
		parts = append(parts, becauseWord, d.Because)
	}
	return strings.Join(parts, " ")
}

// Reply is something to say at once, without a run.
type Reply struct {
	Kind    Kind
	Text    string   // sentences for the person, as a board text; empty for Help, which a look answers
	Topic   string   // the command it is about, when there is one
	Suggest []string // whole commands the person may have meant, best first, at most three; each fits on a button

	// When something is to be chosen (Which), Suggest has up to five, in the order of the inventory, and may be longer
	// than a button: a reason that was given is part of each.

	Said string // what was said, in lower case and without punctuation, when nothing in it is known (Unknown)

	Want  job.Param // when only the words after a keyword are missing (Missing): whose they are, so that a window can ask
	Sofar Command   // with Want: the command without them
}

// Kind says why a text is answered at once.
type Kind string

// The kinds of replies.
const (
	Help    Kind = "help"     // help was asked for, or hello said; Topic is the command to explain, or empty
	Unknown Kind = "unknown"  // no command in it
	Missing Kind = "missing"  // a command or decision, but something it needs was not said
	Extra   Kind = "extra"    // a command or decision, and a word it does not take
	Retired Kind = "retired"  // a command that no longer exists, and what to do instead
	TooLong Kind = "too long" // more than MaxText characters

	Which    Kind = "which"     // a command that fits several things; Suggest has it for each
	NotThere Kind = "not there" // a command for something that nothing is called
)

// Ignore means that the text was not for Pawl, or needs no answer.
type Ignore struct{}

func (Command) result()  {}
func (Decision) result() {}
func (Again) result()    {}
func (Reply) result()    {}
func (Ignore) result()   {}

// choices are the words that decide about a run. They are no commands: who asked for a run may always end it.
func choices() []string {
	return []string{job.CancelChoice, "retry", "stop", "approve", "deny", "anyway", "pause", "skip", "proceed"}
}

const becauseWord = "because"
