package slots

import (
	"time"

	"github.com/pawl-ops/pawl/internal/board"
)

// Said is a time as people say it: "today at 18:00", "tomorrow at 05:30", "Mon 30 Nov at 05:30". The day is that of the zone;
// the time of day is shown in each reader's own, where the surface can.
func Said(t time.Time, zone string, now time.Time) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	t, now = t.In(loc), now.In(loc)
	of := board.Time(t)
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	switch day(t) {
	case day(now):
		return "today at " + of
	case day(now.AddDate(0, 0, 1)):
		return "tomorrow at " + of
	case day(now.AddDate(0, 0, -1)):
		return "yesterday at " + of
	}
	if t.Year() != now.Year() {
		return t.Format("Mon 2 Jan 2006") + " at " + of
	}
	return t.Format("Mon 2 Jan") + " at " + of
}
