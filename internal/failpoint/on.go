//go:build failpoints

// Package failpoint marks the places between two effects where a crash must do no harm. In this build the process parks
// runs at named points, and waits there for its own death, or for that of another one.
//
// PAWL_PARK names the points, comma separated; the first run that is seen anywhere takes the first point, the next run
// the next one, and so on; a run without a point passes everywhere. "point@run" is for that run alone. PAWL_PARKED names a file to which
// "takes<TAB>point<TAB>run" is appended when a run has taken a point, and "parks<TAB>point<TAB>run" when it has arrived
// there. PAWL_UNPARK names a file: when it is there, all go on and nothing parks any more, in every process that was told
// so. After a restart without PAWL_PARK nothing parks.
package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	mu     sync.Mutex
	points []string
	loaded bool
	mine   = map[string]string{} // by run
)

// Here parks the calling goroutine when this is the point of that run.
func Here(point, run string) {
	if !arrives(point, run) {
		return
	}
	tell("parks", point, run)
	for !unparked() {
		time.Sleep(20 * time.Millisecond)
	}
}

func unparked() bool {
	file := os.Getenv("PAWL_UNPARK")
	if file == "" {
		return false
	}
	_, err := os.Stat(file)
	return err == nil
}

// Haste is how many times faster than Slack allows it is spoken to, by PAWL_HASTE: in a test whose Slack has no limits,
// many runs need not wait for each other's words.
func Haste() float64 {
	if times, err := strconv.ParseFloat(os.Getenv("PAWL_HASTE"), 64); err == nil && times > 0 {
		return times
	}
	return 1
}

// Minute is how long a minute is for what runs every minute, by PAWL_MINUTE: in a test nobody waits that long.
func Minute() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("PAWL_MINUTE")); err == nil && d >= time.Second {
		return d
	}
	return time.Minute
}

func tell(word, point, run string) {
	f, err := os.OpenFile(os.Getenv("PAWL_PARKED"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(f, "%s\t%s\t%s\n", word, point, run)
	_ = f.Close()
}

func arrives(point, run string) bool {
	mu.Lock()
	defer mu.Unlock()
	if !loaded {
		loaded = true
		if list := os.Getenv("PAWL_PARK"); list != "" {
			for _, p := range strings.Split(list, ",") {
				if name, run, fixed := strings.Cut(p, "@"); fixed {
					mine[run] = name
				} else {
					points = append(points, p)
				}
			}
		}
	}
	p, ok := mine[run]
	if !ok && len(points) > 0 {
		p, points = points[0], points[1:]
		mine[run] = p
		tell("takes", p, run)
	}
	return p == point && !unparked()
}
