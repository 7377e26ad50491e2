package when

import "time"

// Next is the first moment after another at which the schedule comes, in the time zone loc (nil: UTC). It is the zero
// time when there is none up to the year 2100. Moments before 1970 are taken for 1970. It is what Temporal's scheduler
// does with Cron and Every, also on the days on which clocks change: see the package.
func (s Schedule) Next(after time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	if epoch := time.Unix(0, 0); after.Before(epoch) {
		after = epoch.Add(-time.Nanosecond)
	}
	var next time.Time
	if s.every > 0 {
		step := int64(s.every / time.Second)
		next = time.Unix((max(after.Unix(), 0)/step+1)*step, 0)
	}
	for _, d := range s.days {
		for _, g := range s.groups() {
			if t := (line{d, g}).next(after.In(loc)); !t.IsZero() && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	if next.IsZero() || next.UTC().Year() > lastYear {
		return time.Time{}
	}
	return next.In(loc)
}

// NextN are the next n moments, or as many as there are.
func (s Schedule) NextN(after time.Time, loc *time.Location, n int) []time.Time {
	var list []time.Time
	for len(list) < n {
		if after = s.Next(after, loc); after.IsZero() {
			break
		}
		list = append(list, after)
	}
	return list
}

// Shows reports whether a clock in the time zone loc (nil: UTC) shows a time of the schedule at this moment. It does at
// every moment that Next gives, but for some of a day on which clocks change.
func (s Schedule) Shows(t time.Time, loc *time.Location) bool {
	if loc == nil {
		loc = time.UTC
	}
	if s.every > 0 {
		return t.Nanosecond() == 0 && t.Unix()%int64(s.every/time.Second) == 0
	}
	t = t.In(loc)
	for _, d := range s.days {
		if d.months&(1<<t.Month()) != 0 && d.dates&(1<<t.Day()) != 0 && d.weekdays&(1<<t.Weekday()) != 0 {
			return t.Second() == 0 && t.Nanosecond() == 0 && s.hours[t.Minute()]&(1<<t.Hour()) != 0
		}
	}
	return false
}
