package slots

import (
	"fmt"
	"time"
)

// Said is a time as people say it in the schedule's own zone: "today at 18:00", "tomorrow at 5:30", "Mon 30 Nov at 5:30".
func Said(t time.Time, zone string, now time.Time) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	t, now = t.In(loc), now.In(loc)
	of := fmt.Sprintf("%d:%02d", t.Hour(), t.Minute())
	if t.Second() != 0 {
		of += fmt.Sprintf(":%02d", t.Second())
	}
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
