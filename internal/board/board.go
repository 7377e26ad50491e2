// Package board is the board of a run as a value, and the messages made from it.
//
// A Board says what a run is doing: a title, steps with their states, notes and buttons. Message turns it into what a
// person reads; Slack, a terminal and the transcripts of the tests render that same Message. Nothing in here talks to
// anybody.
//
// Text is plain UTF-8 in which `code` and *bold* are understood. References to people, times and links are tokens made
// by Mention, Time and Link; text from outside goes through Clean, which removes anything that could pass for a token.
package board

import (
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Board is the one message of a run that is edited in place.
type Board struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`           // "Refreshing your toy database"
	State   State     `json:"state"`           //
	Wait    string    `json:"wait,omitempty"`  // what it waits for while it is asking, when it is not just a decision
	Lead    []string  `json:"lead,omitempty"`  // sentences under the title
	Steps   []Step    `json:"steps,omitempty"` //
	Notes   []string  `json:"notes,omitempty"` // sentences under the steps
	Quote   []string  `json:"quote,omitempty"` // what a plan shows of the world, verbatim
	Buttons []Button  `json:"buttons,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// Worked is how long it worked, when that is less than from Started to Ended.
	Worked time.Duration `json:"worked,omitempty"`
	By     string        `json:"by,omitempty"` // who stopped it, for people; empty: nobody did

	// What the chat gets as messages of their own is here for whoever looks at the run from elsewhere. It is only in the
	// answer to a look, never in the history of a run.
	Ask  *Question `json:"ask,omitempty"`  // the open question
	Last *Message  `json:"last,omitempty"` // the last message, once it has ended
	Only []string  `json:"only,omitempty"` // sentences for nobody but who asked, once it has ended
}

// Question is an open question of a run.
type Question struct {
	Number  int       `json:"number"`
	Words   []string  `json:"words"` // that answer it: "retry", "stop"
	Until   time.Time `json:"until"`
	By      []string  `json:"by,omitempty"` // names from `people:` of those who answer it; empty: who asked for the run
	Message Message   `json:"message"`
}

// Took is how long it took, once it has ended.
func (b Board) Took() time.Duration {
	if b.Worked > 0 {
		return b.Worked
	}
	return b.Ended.Sub(b.Started)
}

// State is the state of a whole run.
type State string

// The states of a run.
const (
	Running   State = "running"
	Waiting   State = "waiting" // for a turn
	Asking    State = "asking"  // for a person
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Refused   State = "refused" // ended before anything happened
	Denied    State = "denied"  // somebody who had to agree did not
	Expired   State = "expired" // nobody agreed in time
	Planned   State = "planned" // only said what it would do
)

// Step is one line of the board.
type Step struct {
	Name    string        `json:"name"` // a human phrase
	State   StepState     `json:"state"`
	Detail  string        `json:"detail,omitempty"` // "1.5 GB in 41 s"
	Percent int           `json:"percent,omitempty"`
	Note    string        `json:"note,omitempty"` // a second line while it runs
	Tail    []string      `json:"tail,omitempty"` // last lines of its log while it runs
	Started time.Time     `json:"started,omitzero"`
	Took    time.Duration `json:"took,omitempty"`
	Usual   time.Duration `json:"usual,omitempty"` // median of earlier runs; 0 when unknown
	Parts   []job.Part    `json:"parts,omitempty"` // hosts, stages of a build
	Act     int           `json:"act,omitempty"`   // ordinal of the process behind it
}

// StepState is the state of a step.
type StepState string

// The states of a step.
const (
	StepToCome    StepState = "to come"
	StepRunning   StepState = "running"
	StepAsking    StepState = "asking"
	StepDone      StepState = "done"
	StepFailed    StepState = "failed"
	StepNotDone   StepState = "not done"
	StepCancelled StepState = "cancelled"
)

// Button is a deed a person can press. Its typed form is named by the message's Hint.
type Button struct {
	Label  string `json:"label"`           // says the deed: "Stop and clean up"
	Says   string `json:"says"`            // the whole sentence, for screen readers
	Action string `json:"action"`          // what it does: unique within a message
	Value  string `json:"value,omitempty"` // opaque to people
	Style  Style  `json:"style,omitempty"`
	Sure   string `json:"sure,omitempty"` // a question put before it counts
}

// Style is how loud a button looks. The safe choice is never Danger.
type Style string

// The styles.
const (
	Plain   Style = ""
	Primary Style = "primary"
	Danger  Style = "danger"
)

// Message is anything Pawl says: a board, a question, a result, an answer to a look.
type Message struct {
	Sentence string   `json:"sentence"`          // the whole state in one sentence: notifications and screen readers
	Head     string   `json:"head,omitempty"`    // first line, bold
	ID       string   `json:"id,omitempty"`      // the run's id, beside the head
	Lines    []string `json:"lines,omitempty"`   // the body
	Quote    []string `json:"quote,omitempty"`   // a few lines of a log, verbatim
	Buttons  []Button `json:"buttons,omitempty"` //
	Hint     string   `json:"hint,omitempty"`    // the typed form of the buttons, the deadline
	// RunID, Job, Kind and Key travel as metadata, so that the message can be found again.
	Key string `json:"key,omitempty"`
}

// Priority orders what is said when Slack's budget is short.
type Priority int

// The priorities, the most urgent first.
const (
	Final Priority = iota
	Ask
	First
	Change // the state of a step
	Tail
)
