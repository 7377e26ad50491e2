// Package console is what a person sits before who works with Pawl from a terminal: the client of package terminal.
//
//	client.go   requests to the socket, repeated with one key until the outcome is known
//	session.go  one command: say it, complete it, follow its run, answer its questions, end with its exit code
//	follow.go   following a run over restarts of Pawl
//	screen.go   a board drawn again in place; lines.go only what changed; stream.go JSON for scripts
//	text.go     texts of Pawl in the reader's own time zone and colours
//	tty.go      what kind of terminal it is
package console

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// Exit codes are those of package terminal.

// Options say how a session is led.
type Options struct {
	Socket string    // of Pawl
	In     *os.File  // what is typed; nil: nobody answers
	Out    io.Writer // what is shown
	Err    io.Writer // what is said about Pawl itself
	JSON   bool      // events as JSON lines instead of text
	Plain  bool      // lines as they change, also on a terminal
	Detach bool      // start it and leave
	Flags  string    // what leads to this Pawl on a command line, for the commands that are shown: " --data .pawl/pawl"; empty: nothing is needed
	Key    string    // makes it the same request when it is repeated; empty: a new one

	Patience time.Duration // how long Pawl may be away before it is given up; 0: 2 minutes while starting, 10 while following
}

// Error is a session that did not end well, with its exit code.
type Error struct {
	Exit int
	Says string // for people; empty when everything was said
}

// Error is the sentence.
func (e *Error) Error() string { return e.Says }

// exit is nil for the code of success.
func exit(code int) error {
	if code == terminal.ExitDone {
		return nil
	}
	return &Error{Exit: code}
}

func failing(code int, format string, args ...any) error {
	return &Error{Exit: code, Says: fmt.Sprintf(format, args...)}
}

// typed is a command as it is shown to be typed next: with what led here.
func (o Options) typed(format string, args ...any) string {
	return "pawl " + fmt.Sprintf(format, args...) + o.Flags
}

func newKey() string { return rand.Text() }
