// Package job is the vocabulary of Pawl: the words every other package shares, and nothing that does anything.
//
// A job is something that changes the world and can be run; a look is a read-only command. A person, a schedule or
// another service (an Actor) types a Command; what makes two requests the same request is its Key, and the short name
// people type for a run is its ID. A Spec says what may be typed. A Script is a program on a remote host. A Place is
// where a run speaks.
//
// The package imports only the standard library, so that adapters and a company's own jobs depend on nothing else.
package job

import (
	"strings"
	"time"
)

// Spec says what may be typed: the face of a job or a look in help, in completion and in access rules.
type Spec struct {
	Name     string   // as people type it: "force restart"
	Help     string   // one sentence
	Examples []string // whole commands
	Params   []Param  // what may follow the name
	Short    string   // what may stand for the name behind "plan", where it is no command itself: "sync"
	Retired  string   // a sentence: the command answers with it and leaves help
	Look     bool     // read-only: answered at once, never started as a run
	Always   bool     // a second person always has to agree; pawl.yaml must say who
	// CountsAs is the command that this one also is, for the access rules: "deploy {to}". Whoever may not give that one may
	// not give this one either, and who has to agree to that one has to agree to this one.
	CountsAs Text
	Single   bool // one open run a person: the second command is answered with a link to the first
}

// Param is one thing that may follow a command's name.
type Param struct {
	Name     string // how help names it
	Word     string // a keyword that introduces it ("because"); empty for a positional one
	Help     string
	Type     string // "text", "rest" (everything up to the end), "run" (a run's id), TypeChoice, TypeNumber, TypeInstance, TypeEnvironment or TypeThings
	Optional bool

	OneOf   []string // of TypeChoice: the words that may be typed, in the order in which they are offered
	Range   *Range   // of TypeNumber; nil: any whole number of at most 18 digits
	Default string   // what it is when it was not typed: it is Optional then, and filled in before anything is decided
	Window  bool     // free text that a window may ask for when it is missing, though no keyword introduces it
}

// Types of parameters that are recognised by what was typed, wherever it stands.
const (
	TypeChoice = "choice" // one of a few words
	TypeNumber = "number" // a whole number
)

// Range are the whole numbers that are accepted, both ends included.
type Range struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Verb is the last word of the command's name: the first part of its runs' ids.
func (s Spec) Verb() string {
	words := strings.Fields(s.Name)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// Command is a request that was understood: what to do, for whom, and where to answer.
type Command struct {
	Name   string            `json:"name"`             // the Spec's name
	Args   map[string]string `json:"args,omitempty"`   // by Param name
	Text   string            `json:"text"`             // as it was typed, Slack's typography undone
	Key    Key               `json:"key"`              // what makes it the same request
	Actor  Actor             `json:"actor"`            // who asked
	Place  Place             `json:"place"`            // where to answer
	Typed  time.Time         `json:"typed"`            // when the person sent it, by the door's clock
	Plan   bool              `json:"plan,omitempty"`   // only say what it would do, and stop
	Source string            `json:"source,omitempty"` // the door: slack, terminal, http, schedule, alert
}

// SourceTerminal is the Source of what came through the terminal of the machine Pawl runs on.
const SourceTerminal = "terminal"

// ActorKind says what kind of thing acts.
type ActorKind string

// The kinds of actors.
const (
	SlackUser ActorKind = "slack"
	CLIUser   ActorKind = "cli"
	APIKey    ActorKind = "api"
	Schedule  ActorKind = "schedule"
	System    ActorKind = "system" // Pawl itself: expiry, the sweeper
)

// Actor is who typed, pressed or called, as the directory knew them at that moment.
type Actor struct {
	Kind   ActorKind `json:"kind"`
	ID     string    `json:"id"`               // Slack user id, key name, schedule name; "os:jenkins" of an OS user without Slack
	Name   string    `json:"name"`             // short handle, lower case: "alice"
	Full   string    `json:"full,omitempty"`   // "Alice"
	Email  string    `json:"email,omitempty"`  // empty when unknown
	Groups []string  `json:"groups,omitempty"` // names from `people:` in pawl.yaml this actor belongs to
	// Login is the OS user who spoke, where it was at a terminal. The kernel said so, nobody typed it. Empty: another door.
	Login string `json:"login,omitempty"`
}

// Display is the actor's name as a sentence would use it, with the door where that is no chat: "Alice (terminal)".
func (a Actor) Display() string {
	if a.Login != "" {
		return a.Called() + " (terminal)"
	}
	return a.Called()
}

// Called is the actor's name alone.
func (a Actor) Called() string {
	switch {
	case a.Full != "":
		return a.Full
	case a.Name != "":
		return a.Name
	default:
		return a.ID
	}
}

// Same reports whether two actors are one person: four-eyes rules compare with it.
func (a Actor) Same(b Actor) bool { return a.Kind == b.Kind && a.ID == b.ID }

// Place is where a run speaks: a conversation, and in it the thread under the person's message.
type Place struct {
	Team    string `json:"team,omitempty"`
	Channel string `json:"channel"`
	Thread  string `json:"thread,omitempty"`  // ts of the message the thread hangs under
	Message string `json:"message,omitempty"` // ts of the person's message: reactions go there
	Direct  bool   `json:"direct,omitempty"`  // a direct message with Pawl
}

// Posted is a message that exists: where it is and its timestamp, which is its id.
type Posted struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// Zero reports whether nothing was posted yet.
func (p Posted) Zero() bool { return p.TS == "" }
