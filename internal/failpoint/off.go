//go:build !failpoints

// Package failpoint marks the places between two effects where a crash must do no harm. In an ordinary build Here does
// nothing and costs nothing; built with the tag failpoints, the process parks there until it is killed.
package failpoint

import "time"

// Here does nothing in this build.
func Here(string, string) {}

// Minute is a minute in this build.
func Minute() time.Duration { return time.Minute }

// Haste is 1 in this build.
func Haste() float64 { return 1 }
