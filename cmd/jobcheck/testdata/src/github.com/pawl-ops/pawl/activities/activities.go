// Package activities stands in for Pawl's.
package activities

import (
	"context"
	"time"
)

// Activities are looks at the world.
type Activities struct{}

// Inspect looks at the clock, as activities may.
func (*Activities) Inspect(_ context.Context, name string) (string, error) {
	return name + time.Now().String(), nil
}
