package sandbox

import (
	"errors"
	"fmt"

	"github.com/pawl-ops/pawl/internal/lives"
)

// RunningError says that another process has the world open.
type RunningError struct {
	PID int    // 0 when the other process has not yet said
	URL string // of its chat page; empty likewise
}

func (e *RunningError) Error() string {
	text := "this demo is running already"
	if e.URL != "" {
		text += " at " + e.URL
	}
	if e.PID != 0 {
		text += fmt.Sprintf(", pid %d", e.PID)
	}
	return text
}

// hold takes the right to a world's directory without waiting, or returns a *RunningError: two worlds in one would both
// be its Slack and its hosts.
func hold(dir string) (*lives.Holding, error) {
	h, err := lives.Hold(dir)
	var held *lives.HeldError
	switch {
	case errors.As(err, &held):
		return nil, &RunningError{PID: held.PID, URL: held.URL}
	case err != nil:
		return nil, fmt.Errorf("opening the world: %w", err)
	}
	return h, nil
}
