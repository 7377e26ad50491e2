package ledger

import "fmt"

// DownError says that the ledger could not be read or written. Of a Record that ended so it is not known whether it
// took effect; doing it again finds out, because an entry exists at most once.
type DownError struct {
	Doing string // what was tried: "recording allowed"
	Cause error
}

func (e *DownError) Error() string { return fmt.Sprintf("%s in the ledger: %v", e.Doing, e.Cause) }

// Unwrap gives the cause.
func (e *DownError) Unwrap() error { return e.Cause }

// NewerError says that a newer Pawl wrote the ledger, which this one must not touch.
type NewerError struct {
	Path         string // where the ledger is, for people
	Schema, Know int64  // the number of its last migration, and of the last one this Pawl knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("opening the ledger %s: a newer Pawl wrote it (schema %d, this one knows %d): start that version again, or restore the ledger from before it", e.Path, e.Schema, e.Know)
}
