package job

import "time"

// Whose fault it is that data cannot be fetched or written.
const (
	FaultTheirs = "theirs" // the third party does not answer as it should: it will pass, or they have to mend it
	FaultAccess = "access" // we are not let in: a token ran out, a right is missing
	FaultOurs   = "ours"   // our configuration or our own database
	FaultData   = "data"   // what came cannot be what was meant: no JSON, no records, a cursor that goes in circles
)

// Fault is an error that says whose it is.
type Fault struct {
	Class string        `json:"class"`
	Says  string        `json:"says"`            // a sentence for people: "HubSpot answered 502 five times in 2 minutes."
	Shown string        `json:"shown,omitempty"` // the request and the beginning of the answer, for whoever mends it; masked, at most 500 bytes
	At    string        `json:"at,omitempty"`    // how far it had come: "page 32 of about 49"
	After time.Duration `json:"after,omitempty"` // they asked to be left alone for this long
	Final bool          `json:"final,omitempty"` // trying again without a change is pointless
	// Undone says that it certainly had no effect: what must not be done twice may be tried again.
	Undone bool  `json:"undone,omitempty"`
	Cause  error `json:"-"`
}

// Error is the sentence, and what is behind it.
func (f *Fault) Error() string {
	if f.Cause != nil {
		return f.Says + " (" + f.Cause.Error() + ")"
	}
	return f.Says
}

// Unwrap gives what is behind it.
func (f *Fault) Unwrap() error { return f.Cause }
