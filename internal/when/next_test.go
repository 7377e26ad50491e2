package when_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/when"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func parse(t testing.TB, text string) when.Schedule {
	t.Helper()
	s, err := when.Parse(text)
	require.NoError(t, err, text)
	return s
}

// TestWhenItComes holds the next moments of schedules in Prague, where clocks go forward at 2:00 on 2026-03-29 and back
// at 3:00 on 2026-10-25.
func TestWhenItComes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, after, next string }{
		{"daily at 6:00", "2026-11-22 05:59:59 +0100", "2026-11-22 06:00 +0100, 2026-11-23 06:00 +0100"},
		{"daily at 6:00", "2026-11-22 06:00:00 +0100", "2026-11-23 06:00 +0100"},
		{"weekdays at 6:00 and 18:30", "2026-11-20 06:00:00 +0100", "2026-11-20 18:30 +0100, 2026-11-23 06:00 +0100"},
		{"on the 31st at 6:00", "2026-08-31 06:00:00 +0200", "2026-10-31 06:00 +0100, 2026-12-31 06:00 +0100, 2027-01-31 06:00 +0100, 2027-03-31 06:00 +0200"},
		{"0 6 29 2 *", "2096-02-29 06:00:00 +0100", ""}, // 2100 is no leap year, and the calendar ends
		{"0 6 29 2 *", "2026-01-01 00:00:00 +0100", "2028-02-29 06:00 +0100, 2032-02-29 06:00 +0100"},
		{"0 6 13 * 5", "2026-11-01 00:00:00 +0100", "2026-11-06 06:00 +0100, 2026-11-13 06:00 +0100, 2026-11-20 06:00 +0100, 2026-11-27 06:00 +0100, 2026-12-04 06:00 +0100, 2026-12-11 06:00 +0100, 2026-12-13 06:00 +0100"},

		// There is no 2:30 on the day clocks go forward, and nothing is moved to 3:30.
		{"daily at 2:30", "2026-03-28 00:00:00 +0100", "2026-03-28 02:30 +0100, 2026-03-30 02:30 +0200"},
		{"sundays at 2:30", "2026-03-23 00:00:00 +0100", "2026-04-05 02:30 +0200"},
		{"every 30 minutes", "2026-03-29 01:00:00 +0100", "2026-03-29 01:30 +0100, 2026-03-29 03:00 +0200, 2026-03-29 03:30 +0200"},
		{"every 2 hours", "2026-03-29 00:00:00 +0100", "2026-03-29 04:00 +0200"}, // three hours later
		{"daily at 3:00", "2026-03-28 12:00:00 +0100", "2026-03-29 03:00 +0200"},

		// There are two 2:30 on the day clocks go back, and it comes at both.
		{"daily at 2:30", "2026-10-24 12:00:00 +0200", "2026-10-25 02:30 +0200, 2026-10-25 02:30 +0100, 2026-10-26 02:30 +0100"},
		{"sundays at 2:30", "2026-10-25 02:30:00 +0200", "2026-10-25 02:30 +0100, 2026-11-01 02:30 +0100"},
		{"daily at 3:00", "2026-10-24 12:00:00 +0200", "2026-10-25 03:00 +0100"},
		{"every 30 minutes", "2026-10-25 02:00:00 +0200", "2026-10-25 02:30 +0200, 2026-10-25 02:00 +0100, 2026-10-25 02:30 +0100, 2026-10-25 03:00 +0100"},

		// Go's own bounds of a zone are wrong on the last day of a leap year.
		{"daily at 6:00", "2028-12-31 06:00:00 +0100", "2029-01-01 06:00 +0100"},
		{"sundays at 23:30", "2028-12-31 12:00:00 +0100", "2028-12-31 23:30 +0100, 2029-01-07 23:30 +0100"},
		{"0 6 1 jul *", "2028-12-31 12:00:00 +0100", "2029-07-01 06:00 +0200"},

		// What goes evenly does not care.
		{"every 90 minutes", "2026-03-29 00:00:00 +0100", "2026-03-29 01:00 +0100, 2026-03-29 03:30 +0200, 2026-03-29 05:00 +0200"},
		{"every 90 minutes", "2026-03-29 01:00:00 +0100", "2026-03-29 03:30 +0200"},
	} {
		const layout = "2006-01-02 15:04 -0700"
		after, err := time.Parse("2006-01-02 15:04:05 -0700", c.after)
		require.NoError(t, err)
		s := parse(t, c.text)
		want := strings.Split(c.next, ", ")
		var got []string
		for _, n := range s.NextN(after, zone(t, "Europe/Prague"), len(want)) {
			got = append(got, n.Format(layout))
		}
		require.Equal(t, c.next, strings.Join(got, ", "), "%s after %s", c.text, c.after)
	}
}

func TestNothingAfterTheEndOfTheCalendar(t *testing.T) {
	t.Parallel()
	end := time.Date(2100, 12, 31, 23, 59, 0, 0, time.UTC)
	for _, text := range []string{"every minute", "every 7 minutes", "daily at 6:00"} {
		require.Zero(t, parse(t, text).Next(end, nil), text)
		require.Zero(t, parse(t, text).Next(time.Unix(1<<40, 0), nil), text)
		require.Empty(t, parse(t, text).NextN(end, nil, 3), text)
	}
	require.Equal(t, end, parse(t, "every minute").Next(end.Add(-time.Second), nil))
	require.Zero(t, when.Schedule{}.Next(time.Unix(0, 0), nil))
	require.Equal(t, "never", when.Schedule{}.String())
	require.Equal(t, time.Unix(0, 0).UTC(), parse(t, "hourly").Next(time.Time{}, nil), "it begins in 1970")
}

// TestNothingIsMissed compares Next with a look at the clock every minute, around changes of the clocks of all kinds.
func TestNothingIsMissed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		from string // UTC, some hours before the clocks change
	}{
		{"Europe/Prague", "2026-03-28"}, {"Europe/Prague", "2026-10-24"}, {"America/New_York", "2026-03-07"}, {"America/New_York", "2026-10-31"},
		{"America/Santiago", "2026-09-05"},    // forward at midnight
		{"America/Santiago", "2026-04-04"},    // back at midnight, to the day before
		{"Atlantic/Azores", "2026-03-28"},     // forward at midnight
		{"Asia/Beirut", "2026-03-28"},         // forward at midnight, east of Greenwich
		{"America/Havana", "2026-10-31"},      // back at 1:00, to midnight
		{"Australia/Lord_Howe", "2026-04-04"}, // by half an hour
		{"Australia/Lord_Howe", "2026-10-03"}, //
		{"America/St_Johns", "1995-10-28"},    // back at 0:01, to the day before
		{"Antarctica/Troll", "2026-03-28"},    // by two hours
		{"Pacific/Apia", "2011-12-29"},        // a day that was left out
		{"Africa/Casablanca", "2026-02-14"},   //
		{"Asia/Kathmandu", "2026-01-01"},      // 5:45 ahead
	} {
		t.Run(c.zone+" "+c.from, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, c.zone)
			from, err := time.Parse(time.DateOnly, c.from)
			require.NoError(t, err)
			end := from.Add(60 * time.Hour)
			for seed := range uint64(20) {
				line, fits := randomCron(rand.New(rand.NewPCG(seed, 3)))
				s := parse(t, line)
				var want []time.Time
				for at := from.Add(time.Minute); !at.After(end); at = at.Add(time.Minute) {
					if fits(at.In(loc)) {
						want = append(want, at.In(loc))
					}
				}
				got := s.NextN(from, loc, len(want)+1)
				if n := len(got); n > len(want) {
					require.True(t, got[n-1].After(end), "%s: %s is no moment of it", line, got[n-1])
					got = got[:n-1]
				}
				require.True(t, slices.EqualFunc(want, got, time.Time.Equal), "%s\nwant %v\ngot  %v", line, want, got)
			}
		})
	}
}

// randomCron is a cron line, and whether a clock fits it.
func randomCron(r *rand.Rand) (line string, fits func(time.Time) bool) {
	subset := func(lowest, highest, one int) (string, map[int]bool) {
		if r.IntN(3) == 0 {
			return "*", nil
		}
		set := map[int]bool{}
		var list []string
		for n := lowest; n <= highest; n++ {
			if r.IntN(one) == 0 || n == highest && len(set) == 0 {
				set[n] = true
				list = append(list, fmt.Sprint(n))
			}
		}
		return strings.Join(list, ","), set
	}
	minute, minutes := subset(0, 59, 8)
	hour, hours := subset(0, 23, 3)
	date, dates := subset(1, 31, 4)
	weekday, weekdays := subset(0, 6, 3)
	in := func(set map[int]bool, n int) bool { return set == nil || set[n] }
	return strings.Join([]string{minute, hour, date, "*", weekday}, " "), func(t time.Time) bool {
		onDay := in(dates, t.Day()) && in(weekdays, int(t.Weekday()))
		if dates != nil && weekdays != nil {
			onDay = dates[t.Day()] || weekdays[int(t.Weekday())]
		}
		return in(minutes, t.Minute()) && in(hours, t.Hour()) && onDay && t.Second() == 0
	}
}

// TestAnHourMoreOrLess holds that what comes next does not depend on how one came there: after any moment, it is the
// first of all moments that is later.
func TestAnHourMoreOrLess(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Prague")
	from := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)
	for _, text := range []string{"every 20 minutes", "daily at 2:00, 2:30 and 3:00", "every 7 minutes", "0 2 25 * 1"} {
		s := parse(t, text)
		moments := s.NextN(from, loc, 120)
		require.NotEmpty(t, moments)
		for offset := time.Duration(0); offset < 12*time.Hour; offset += 97 * time.Second {
			after := from.Add(offset)
			i := slices.IndexFunc(moments, func(m time.Time) bool { return m.After(after) })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, moments[i], s.Next(after, loc), "%s after %s", text, after)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	loc := zone(b, "Europe/Prague")
	for _, text := range []string{"weekdays at 6:00, 12:00 and 18:00", "0 6 29 2 */7"} {
		s, after := parse(b, text), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				s.Next(after, loc)
			}
		})
	}
}
