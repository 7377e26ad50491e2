package sandbox

import (
	"errors"
	"fmt"

	"github.com/pawl-ops/pawl/internal/lives"
)

// hold takes the right to a world's directory without waiting; while another process has it the error is a
// *lives.HeldError: two worlds in one would both be its Slack and its hosts.
func hold(dir string) (*lives.Holding, error) {
	h, err := lives.Hold(dir)
	switch {
	case errors.As(err, new(*lives.HeldError)):
		return nil, fmt.Errorf("this demo is %w", err)
	case err != nil:
		return nil, fmt.Errorf("opening the world: %w", err)
	}
	return h, nil
}
