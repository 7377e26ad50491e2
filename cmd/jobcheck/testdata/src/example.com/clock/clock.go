// Package clock is somebody's own package that jobs call.
package clock

import (
	"time"

	"github.com/pawl-ops/pawl/workflows/frame"
)

// Stamp hides the clock one call deep.
func Stamp() string { return time.Now().String() }

// Box hides the clock in a method of a generic type.
type Box[T any] struct{ V T }

// Age hides the clock.
func (Box[T]) Age() int64 { return time.Now().Unix() }

// Zero is fine.
func (b Box[T]) Zero() T { var z T; return z }

// Once and Twice hide the clock deeper.
func Once() string { return Stamp() }

// Twice calls Once.
func Twice() string { return Once() }

// Made makes activities, which may look at the clock.
func Made(frame.Setup) any { return time.Now() }
