package job

import (
	"context"
	"strconv"
)

// Verdict is how an attempt to start ended. The three outcomes are never confused: Unknown is not "no".
type Verdict string

// The verdicts.
const (
	Accepted Verdict = "accepted" // the run exists; Redelivery says whether it did before
	Refused  Verdict = "refused"  // not allowed, and that is final
	Joined   Verdict = "joined"   // the person's earlier run of this job is still open: look there
	NotNow   Verdict = "not now"  // definitely nothing was started, for a reason that may pass: trying again has the same key
	Unknown  Verdict = "unknown"  // not confirmed: keep trying with the same key, do not acknowledge
)

// Started is what the door answers to a command.
type Started struct {
	Verdict    Verdict
	ID         string // the run's id when Accepted or Joined
	Redelivery bool   // Accepted, and this very request had started it before
	Board      Posted // the board, when Joined and known
	Text       string // for people, when not Accepted
}

// Decision is an answer to a question of a run, or a cancel.
type Decision struct {
	Run     string `json:"run"`               // the run's id; empty: the run of this thread
	Ask     int    `json:"ask"`               // the number of the question; 0: the only open one
	Choice  string `json:"choice"`            // retry, stop, approve, deny, skip, cancel
	Because string `json:"because,omitempty"` // a reason, when one was given
	Actor   Actor  `json:"actor"`
	Key     Key    `json:"key"`
	Place   Place  `json:"place"`
	Source  string `json:"source,omitempty"`
}

// CancelChoice is the choice that ends a run rather than answering a question.
const CancelChoice = "cancel"

// DecisionValue is what a button carries that decides about a run: its id, the number of its question (0 for a cancel) and
// the choice.
func DecisionValue(run string, ask int, choice string) string {
	return run + "|" + strconv.Itoa(ask) + "|" + choice
}

// Answer is what the presser of a button or the typist of an answer gets back at once.
type Answer struct {
	Counted bool   // recorded durably
	Text    string // for the person; empty when the thread itself will show it
	Pending bool   // counted, and the run itself answers when it takes it; Text is for when it does not soon, see Heard
	Ask     int    // with Retry: the question it was taken for; sent again, it is for that one
	Retry   bool   // not counted, and unknown: the same decision may be sent again with its key
}

// Door is the one way in that every door leads to: starter implements it.
type Door interface {
	// Start authorises, records and starts. It never blocks longer than the start deadline.
	Start(ctx context.Context, c Command) Started
	// Decide records an answer or a cancel durably before it returns Counted.
	Decide(ctx context.Context, d Decision) Answer
	// Heard waits until the run has taken a decision that was counted, and reports whether it did before ctx ended.
	Heard(ctx context.Context, d Decision) bool
}
