package when

import "time"

// line is one cron line: some days, and some minutes of some hours.
type line struct {
	days
	group
}

// wall is what a clock on the wall shows. A value may be past its end: carry mends that.
type wall struct {
	year      int
	month     time.Month
	day       int
	hour      int
	minute    int
	secondRun bool // the hour is taken to run for the second time
	zone      *time.Location
}

// next walks the clock on from a moment until it shows a time of the line. It takes the very steps of Temporal's scheduler
// (service/worker/scheduler of its server 1.32), because that is what starts the runs; TestWhenClocksChange holds where
// they lead.
func (l line) next(after time.Time) time.Time {
	w := wall{after.Year(), after.Month(), after.Day(), after.Hour(), after.Minute(), after.Add(-time.Hour).Hour() == after.Hour(), after.Location()}
	begun := w
	for w.carry(); w.year <= lastYear; w.carry() {
		if !l.forward(&w) {
			continue
		}
		if w == begun { // this minute is over
			w.minute++
			continue
		}
		t := w.moment()
		if t.Hour() != w.hour { // the clock never shows this hour
			w.hour, w.minute = w.hour+1, 0
			continue
		}
		if w.secondRun {
			t = t.Add(time.Hour)
		}
		return t
	}
	return time.Time{}
}

// forward walks on to values that fit, from the month down to the minute, and reports whether it found some before one
// of them was past its end.
func (l line) forward(w *wall) bool {
	for l.months&(1<<w.month) == 0 {
		if w.toMonth(w.month + 1); w.month > time.December {
			return false
		}
	}
	for l.dates&(1<<w.day) == 0 || l.weekdays&(1<<w.moment().Weekday()) == 0 {
		if w.toDay(w.day + 1); w.day > w.lastDay() {
			return false
		}
	}
	for l.hours&(1<<w.hour) == 0 {
		if w.toHour(w.hour + 1); w.hour > 23 {
			return false
		}
	}
	for l.minutes&(1<<w.minute) == 0 {
		if w.minute++; w.minute > 59 {
			return false
		}
	}
	return true
}

// moment is when the clock shows this. Of two moments Go takes the first west of Greenwich and the second east of it;
// where there is none, one nearby.
func (w *wall) moment() time.Time {
	return time.Date(w.year, w.month, w.day, w.hour, w.minute, 0, 0, w.zone)
}

func (w *wall) toMonth(month time.Month) {
	w.month = month
	w.toDay(1)
}

func (w *wall) toDay(day int) {
	w.day = day
	w.toHour(0)
}

func (w *wall) toHour(hour int) { w.hour, w.minute, w.secondRun = hour, 0, false }

// lastDay is the last day of the month.
func (w *wall) lastDay() int { return time.Date(w.year, w.month+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// carry mends values that are past their ends. After the last minute of an hour that seems to last for two, the hour
// runs once more.
func (w *wall) carry() {
	if w.minute > 59 {
		this := time.Date(w.year, w.month, w.day, w.hour, 0, 0, 0, w.zone)
		following := time.Date(w.year, w.month, w.day, w.hour+1, 0, 0, 0, w.zone)
		w.secondRun = !w.secondRun && following.Sub(this) > time.Hour
		w.minute = 0
		if !w.secondRun {
			w.hour++
		}
	}
	if w.hour > 23 {
		w.hour, w.day = 0, w.day+1
	}
	if w.day > w.lastDay() {
		w.day, w.month = 1, w.month+1
	}
	if w.month > time.December {
		w.month, w.year = time.January, w.year+1
	}
}
