package terminal

import (
	"time"

	"github.com/pawl-ops/pawl/internal/board"
)

// The paths of the socket. Requests and answers are JSON; Follow and Terminate answer with an Event a line.
const (
	PathSay       = "/v1/say"       // POST Said, answers Reply
	PathFollow    = "/v1/follow"    // GET ?run=, answers Events
	PathOffers    = "/v1/offers"    // GET ?typed=, answers []Offer
	PathTerminate = "/v1/terminate" // POST TerminateRequest, answers Events
)

// Exit codes of the commands that use the door. They are documented in docs/terminal.md.
const (
	ExitDone      = 0 // the run succeeded, the look answered, the answer counts
	ExitFailed    = 1 // the run failed, or Pawl could not be reached, or the outcome is not known
	ExitUsage     = 2 // what was typed was not understood
	ExitRefused   = 3 // not allowed, or nobody agreed
	ExitCancelled = 4 // a person cancelled or stopped it
	ExitDetached  = 5 // it still runs, nobody follows it any more
)

// Limits of what is read from the socket, in bytes.
const (
	mostBody = 64 << 10 // words.MaxText characters and a reason, encoded
	mostKey  = 100
)

// Said is something that was typed.
type Said struct {
	Words  string `json:"words"`         // as it would be typed in Slack
	Key    string `json:"key"`           // makes it the same request when it is sent again; 8 to 100 letters, digits, "-", "_", "."
	Run    string `json:"run,omitempty"` // the run it is about, where its id is left out
	Ask    int    `json:"ask,omitempty"` // the question of that run that it answers
	Detach bool   `json:"detach,omitempty"`
}

// Kinds of replies.
const (
	KindAnswer   = "answer"   // of a look, or to an answer that counts
	KindQuestion = "question" // something is missing, or was not understood
	KindRefused  = "refused"
	KindStarted  = "started"
	KindJoined   = "joined"  // the person's earlier run is under way
	KindNotNow   = "not now" // nothing was started; it may work later
	KindUnknown  = "unknown" // not known: to be sent again with its key
)

// Reply is what came of it.
type Reply struct {
	Kind    string        `json:"kind"`
	Message board.Message `json:"message,omitzero"`
	Run     string        `json:"run,omitempty"`     // with KindStarted and KindJoined
	Board   bool          `json:"board,omitempty"`   // its board is in the person's direct message
	Ask     int           `json:"ask,omitempty"`     // with KindUnknown: the question an answer was taken for
	Suggest []string      `json:"suggest,omitempty"` // with KindQuestion: whole commands to choose from
	Want    string        `json:"want,omitempty"`    // with KindQuestion: what is missing, when that is all
	Sofar   string        `json:"sofar,omitempty"`   // with Want: what stands before it
	Exit    int           `json:"exit"`              // the exit code, unless the run is followed
}

// Types of events.
const (
	EventBoard   = "board"   // the board has changed
	EventTrouble = "trouble" // nobody can say how it stands just now; Text says why
	EventTold    = "told"    // a sentence: a step of a termination
	EventBeat    = "beat"    // nothing: the other end lives
	EventEnd     = "end"     // the run has ended; nothing follows
)

// Event is a line of a stream.
type Event struct {
	Type  string       `json:"type"`
	At    time.Time    `json:"at"`
	Run   string       `json:"run,omitempty"`
	Board *board.Board `json:"board,omitempty"` // with EventBoard, and EventEnd where it is known
	Mine  bool         `json:"mine,omitempty"`  // with EventBoard: the open question is for whoever follows
	Text  string       `json:"text,omitempty"`
	State board.State  `json:"state,omitempty"` // with EventEnd
	By    string       `json:"by,omitempty"`    // with EventEnd: who stopped it
	Exit  int          `json:"exit"`            // with EventEnd
}

// Offer is something that may be typed next.
type Offer struct {
	Word string `json:"word"`
	Help string `json:"help,omitempty"`
}

// TerminateRequest asks for an end by force.
type TerminateRequest struct {
	Run     string `json:"run"`
	Because string `json:"because"`
	Anyway  bool   `json:"anyway,omitempty"`
}

// failure is the answer to a request that is not taken. With status 503 it may be taken in a moment.
type failure struct {
	Error string `json:"error"`
	Exit  int    `json:"exit"`
}

// exitOf is the exit code that a run's end has.
func exitOf(state board.State, by string) int {
	switch state {
	case board.Done, board.Planned:
		return ExitDone
	case board.Refused, board.Denied, board.Expired:
		return ExitRefused
	case board.Cancelled:
		return ExitCancelled
	}
	if by != "" {
		return ExitCancelled
	}
	return ExitFailed
}
