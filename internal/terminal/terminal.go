// Package terminal is the door for people at a terminal of the machine Pawl runs on: `pawl run toy`.
//
// It serves a Unix socket in the data directory. Who speaks is told by the kernel (SO_PEERCRED), never by the client; what
// a login may do is what the person behind it may, as pawl.yaml has them under `people:`. What is typed is read by the
// parser that reads Slack, and goes through the same door: authorised, recorded, started.
//
//	socket.go     where the socket is, and how it takes the place of a dead one
//	server.go     who serves it, and who is let in (peer_linux.go)
//	wire.go       what goes over it: JSON over HTTP
//	say.go        something typed: a look, a command, an answer
//	follow.go     a run as it goes on, an event a line
//	offers.go     what may be typed next, for completion
//	terminate.go  the end by force, for operators
//
// The client is package console. Nothing here knows Slack or Temporal: runs are looked at through an interface.
package terminal

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Options say what the door stands between. Everything but Every and Lives is required.
type Options struct {
	Socket string // its path
	Lives  string // folder in which processes of one data directory agree which of them serves it

	Door  job.Door
	Words *words.Parser

	// Who gives the person behind a login of this machine, with their groups. no is a sentence for whoever nobody is;
	// passing says that it may be otherwise in a moment.
	Who func(login string) (a job.Actor, no string, passing bool)
	// Look answers a command that only looks, and reports whether it is one.
	Look func(ctx context.Context, c job.Command) (board.Message, bool)
	// Again gives the command a run was asked for with, or says why it cannot be given again.
	Again func(ctx context.Context, run string) (c job.Command, why string, ok bool)
	// May says whether an actor may give a command, and who may; MayPart whether they may give some narrower form of it.
	May     func(a job.Actor, command string) (may bool, who []string)
	MayPart func(a job.Actor, command string) bool
	// Heard is what a run said to a decision that it has taken; empty when it has not said yet. moot says that the decision
	// changed nothing.
	Heard func(ctx context.Context, d job.Decision) (text string, moot bool)
	// Watch begins to look at a run. no is a sentence when there is none, or when it is not for this actor.
	Watch func(ctx context.Context, a job.Actor, run string) (w Watcher, no string)
	// Terminate ends a run by force and tells every step it takes. Whoever may is checked here.
	Terminate func(ctx context.Context, t Termination, tell func(string)) error

	// Open are the runs under way that concern an actor, for completion, the newest first.
	Open  func(ctx context.Context, a job.Actor) []OpenRun
	Specs []job.Spec
	Every time.Duration // between two looks at a run that is followed; 1 s
	Log   zerolog.Logger
}

// Watcher looks at one run. It is used by one goroutine.
type Watcher interface {
	// Look gives the run as it stands. An error means that nobody knows just now; it may be asked again.
	Look(ctx context.Context) (Sight, error)
}

// Sight is a run at a moment.
type Sight struct {
	Board board.Board // with the open question and the last words
	Mine  bool        // whoever looks may answer the open question
	Ended bool
	State board.State // how it ended
	Text  string      // the same in a sentence
	By    string      // who stopped it
}

// OpenRun is a run under way.
type OpenRun struct {
	ID    string
	Text  string   // what was typed
	Words []string // those that answer its open question; none when it has none
}

// Termination is a run to be ended by force.
type Termination struct {
	Run     string
	By      job.Actor
	Because string
	Anyway  bool // although it is not known whether its scripts have stopped
}

// Sentence is an error that is told to people as it is.
type Sentence string

// Error is the sentence.
func (s Sentence) Error() string { return string(s) }

// Says makes a Sentence, as fmt.Sprintf does.
func Says(format string, args ...any) error { return Sentence(fmt.Sprintf(format, args...)) }

func (o Options) withDefaults() Options {
	if o.Every <= 0 {
		o.Every = time.Second
	}
	return o
}
