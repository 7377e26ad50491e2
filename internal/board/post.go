package board

import (
	"errors"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Post is a message to be put into a place exactly once. Key identifies it; a second attempt finds the first.
type Post struct {
	Place    job.Place `json:"place"`
	Key      string    `json:"key"`      // "<run>/board", "<run>/ask/2", "<run>/result"
	Since    time.Time `json:"since"`    // no earlier message can be it: bounds the search
	Again    bool      `json:"again"`    // an earlier attempt may have got through: search before posting
	Priority Priority  `json:"priority"` //
	Message  Message   `json:"message"`
}

// ErrGone says that a message cannot be edited any more: it was deleted, or its conversation is archived or closed to us.
var ErrGone = errors.New("the message is gone")

// ErrNoPlace says that nothing can be posted at that place.
var ErrNoPlace = errors.New("nothing can be posted there")

// ThrottledError says that the surface refused for now. After is how long it wants to be left alone.
type ThrottledError struct{ After time.Duration }

func (e *ThrottledError) Error() string { return fmt.Sprintf("throttled for %s", e.After) }

// AmbiguousError says that a request may or may not have taken effect.
type AmbiguousError struct{ Cause error }

func (e *AmbiguousError) Error() string {
	return "not known whether it took effect: " + e.Cause.Error()
}

// Unwrap gives the cause.
func (e *AmbiguousError) Unwrap() error { return e.Cause }
