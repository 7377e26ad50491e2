package board

import (
	"fmt"
	"time"
)

// AboutLeft says how long something will still take, in figures a person can use: tens of seconds below a minute,
// whole minutes above.
func AboutLeft(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return "a few seconds left"
	case d < 55*time.Second:
		return fmt.Sprintf("about %d s left", int((d+5*time.Second)/(10*time.Second))*10)
	case d < 90*time.Second:
		return "about 1 minute left"
	default:
		return fmt.Sprintf("about %d minutes left", int((d+30*time.Second)/time.Minute))
	}
}
