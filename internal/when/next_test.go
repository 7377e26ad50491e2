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

		// What goes evenly does not care.
		{"every 90 minutes", "2026-03-29 00:00:00 +0100", "2026-03-29 01:00 +0100, 2026-03-29 03:30 +0200, 2026-03-29 05:00 +0200"},
		{"every 90 minutes", "2026-03-29 01:00:00 +0100", "2026-03-29 03:30 +0200"},
	} {
		comes(t, c.text, "Europe/Prague", c.after, c.next)
	}
}

// TestWhenClocksChange holds what comes on the days on which clocks change, and after them. What is expected was computed
// by Temporal's scheduler (server 1.32.1), mistakes included.
func TestWhenClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, zone, after, next string }{
		// Forward at 2:00: there is no 2:30.
		{"daily at 2:30", "Europe/Prague", "2026-03-27 12:00:00 +0100", "2026-03-28 02:30 +0100, 2026-03-30 02:30 +0200"},
		{"sundays at 2:30", "Europe/Prague", "2026-03-23 12:00:00 +0100", "2026-04-05 02:30 +0200, 2026-04-12 02:30 +0200"},
		{"daily at 3:00", "Europe/Prague", "2026-03-28 12:00:00 +0100", "2026-03-29 03:00 +0200, 2026-03-30 03:00 +0200"},
		{"every 2 hours", "Europe/Prague", "2026-03-28 22:00:00 +0100", "2026-03-29 00:00 +0100, 2026-03-29 04:00 +0200"},
		{"hourly at :15", "Europe/Prague", "2026-03-29 00:15:00 +0100", "2026-03-29 01:15 +0100, 2026-03-29 03:15 +0200"},
		{"daily at 2:30", "America/New_York", "2026-03-07 00:00:00 -0500", "2026-03-07 02:30 -0500, 2026-03-09 02:30 -0400"},

		// Back at 3:00, east of Greenwich: 2:30 comes once, and 1:30 a second time when it is 2:30.
		{"daily at 2:30", "Europe/Prague", "2026-10-24 12:00:00 +0200", "2026-10-25 02:30 +0100, 2026-10-26 02:30 +0100"},
		{"daily at 1:30", "Europe/Prague", "2026-10-24 12:00:00 +0200", "2026-10-25 01:30 +0200, 2026-10-25 02:30 +0200, 2026-10-26 01:30 +0100"},
		{"daily at 3:00", "Europe/Prague", "2026-10-24 12:00:00 +0200", "2026-10-25 03:00 +0100, 2026-10-26 03:00 +0100"},
		{"daily at 2:00, 2:15 and 2:30", "Europe/Prague", "2026-10-25 00:00:00 +0200", "2026-10-25 02:00 +0100, 2026-10-25 03:15 +0100, 2026-10-26 02:00 +0100"},
		{"hourly at :15", "Europe/Prague", "2026-10-25 00:15:00 +0200", "2026-10-25 01:15 +0200, 2026-10-25 02:15 +0200, 2026-10-25 03:15 +0100"},
		{"every 2 hours", "Europe/Prague", "2026-10-25 00:00:00 +0200", "2026-10-25 02:00 +0100, 2026-10-25 04:00 +0100"},

		// Back at 2:00, west of it: 1:30 comes twice.
		{"daily at 1:30", "America/New_York", "2026-10-31 12:00:00 -0400", "2026-11-01 01:30 -0400, 2026-11-01 01:30 -0500, 2026-11-02 01:30 -0500"},
		{"daily at 2:30", "America/New_York", "2026-10-31 12:00:00 -0400", "2026-11-01 02:30 -0500, 2026-11-02 02:30 -0500"},
		{"hourly at :15", "America/New_York", "2026-11-01 00:15:00 -0400", "2026-11-01 01:15 -0400, 2026-11-01 01:15 -0500, 2026-11-01 02:15 -0500"},

		// Forward at midnight, west of Greenwich: Sunday the 6th is taken for a Saturday.
		{"sundays at 9:00", "America/Santiago", "2026-09-04 12:00:00 -0400", "2026-09-13 09:00 -0300"},
		{"saturdays at 9:00", "America/Santiago", "2026-09-04 12:00:00 -0400", "2026-09-05 09:00 -0400, 2026-09-06 09:00 -0300, 2026-09-12 09:00 -0300"},
		{"daily at 0:30", "America/Santiago", "2026-09-04 12:00:00 -0400", "2026-09-05 00:30 -0400, 2026-09-07 00:30 -0300"},
		{"hourly at :15", "Australia/Lord_Howe", "2026-04-05 00:15:00 +1100", "2026-04-05 01:15 +1100, 2026-04-05 01:45 +1030, 2026-04-05 02:15 +1030"},

		// What goes evenly does not care.
		{"every 30 minutes", "Europe/Prague", "2026-10-25 02:00:00 +0200", "2026-10-25 02:30 +0200, 2026-10-25 02:00 +0100, 2026-10-25 02:30 +0100, 2026-10-25 03:00 +0100"},
	} {
		comes(t, c.text, c.zone, c.after, c.next)
	}
}

// comes holds what a schedule's next moments are.
func comes(t *testing.T, text, zoneName, after, next string) {
	t.Helper()
	from, err := time.Parse("2006-01-02 15:04:05 -0700", after)
	require.NoError(t, err)
	var got []string
	for _, n := range parse(t, text).NextN(from, zone(t, zoneName), len(strings.Split(next, ", "))) {
		got = append(got, n.Format("2006-01-02 15:04 -0700"))
	}
	require.Equal(t, next, strings.Join(got, ", "), "%s in %s after %s", text, zoneName, after)
}

// TestShows tells the moments of a schedule from those at which its scheduler is mistaken.
func TestShows(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Prague")
	s := parse(t, "daily at 1:30")
	moments := s.NextN(time.Date(2026, 10, 24, 12, 0, 0, 0, loc), loc, 3)
	require.True(t, s.Shows(moments[0], loc))
	require.False(t, s.Shows(moments[1], loc), "the clock shows 2:30")
	require.True(t, s.Shows(moments[2], loc))
	require.False(t, s.Shows(moments[2].Add(time.Second), loc))
	require.True(t, s.Shows(time.Date(2026, 1, 1, 1, 30, 0, 0, time.UTC), nil))

	or := parse(t, "0 6 13 * 5")
	for day, shows := range map[int]bool{6: true, 12: false, 13: true, 20: true} {
		require.Equal(t, shows, or.Shows(time.Date(2026, 11, day, 6, 0, 0, 0, loc), loc), day)
	}
	even := parse(t, "every 90 minutes")
	require.True(t, even.Shows(time.Unix(90*60, 0), loc))
	require.False(t, even.Shows(time.Unix(60*60, 0), loc))
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

// TestNothingIsMissed compares Next with a look at the clock every minute, where clocks do not change on the way.
func TestNothingIsMissed(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Prague", "America/New_York", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		loc := zone(t, zones[r.IntN(len(zones))])
		line, fits := randomCron(r)
		s := parse(t, line)
		from := time.Date(2024+r.IntN(6), time.Month(1+r.IntN(12)), 1+r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60), 0, loc)
		end := from.Add(50 * time.Hour)
		_, before := from.AddDate(0, 0, -2).Zone()
		if _, after := end.AddDate(0, 0, 2).Zone(); before != after {
			continue
		}
		for at := from.Truncate(time.Minute).Add(time.Minute); !at.After(end); at = at.Add(time.Minute) {
			if fits(at) {
				from = s.Next(from, loc)
				require.True(t, from.Equal(at), "seed %d: %s in %s comes at %s, and the next one found is %s", seed, line, loc, at, from)
				require.True(t, s.Shows(at, loc))
			}
		}
		require.True(t, s.Next(from, loc).After(end), "seed %d: %s in %s comes when it should not", seed, line, loc)
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
	from := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
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
