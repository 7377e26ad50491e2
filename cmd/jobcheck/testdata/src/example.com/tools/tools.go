// want package:"non-deterministic"

// Package tools holds functions of jobs without declaring one: the flag names it.
package tools

import "time"

func later() time.Time { // want "later is not deterministic"
	return time.Now()
}
