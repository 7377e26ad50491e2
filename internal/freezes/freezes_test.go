package freezes_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/freezes"
)

func prague(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Prague")
	require.NoError(t, err)
	return zone
}

const at = "2006-01-02 15:04"

// span is a span as the tables below write it.
func span(s freezes.Span, ok bool) string {
	if !ok {
		return "-"
	}
	return s.From.Format(at) + " to " + s.To.Format(at)
}

func TestEveryWeek(t *testing.T) {
	t.Parallel()
	zone := prague(t)
	for _, c := range []struct{ text, now, in, next string }{
		// 2026-11-20 is a Friday.
		{"friday 16:00 to monday 6:00", "2026-11-20 15:59", "-", "2026-11-20 16:00 to 2026-11-23 06:00"},
		{"Friday 16:00  to Monday 6:00", "2026-11-20 16:00", "2026-11-20 16:00 to 2026-11-23 06:00", "2026-11-27 16:00 to 2026-11-30 06:00"},
		{"friday 16:00 to monday 6:00", "2026-11-23 05:59", "2026-11-20 16:00 to 2026-11-23 06:00", "2026-11-27 16:00 to 2026-11-30 06:00"},
		{"friday 16:00 to monday 6:00", "2026-11-23 06:00", "-", "2026-11-27 16:00 to 2026-11-30 06:00"},
		{"saturday to sunday", "2026-11-22 23:59", "2026-11-21 00:00 to 2026-11-23 00:00", "2026-11-28 00:00 to 2026-11-30 00:00"},
		{"weekends", "2026-11-22 23:59", "2026-11-22 00:00 to 2026-11-23 00:00", "2026-11-28 00:00 to 2026-11-29 00:00"},
		{"fridays", "2026-11-20 00:00", "2026-11-20 00:00 to 2026-11-21 00:00", "2026-11-27 00:00 to 2026-11-28 00:00"},
		{"wednesday 12:00", "2026-11-20 00:00", "-", "2026-11-25 12:00 to 2026-11-26 00:00"},
		{"daily 22:00 to 6:00", "2026-11-20 03:00", "2026-11-19 22:00 to 2026-11-20 06:00", "2026-11-20 22:00 to 2026-11-21 06:00"},
		{"weekdays 12:00 to 13:00", "2026-11-21 12:30", "-", "2026-11-23 12:00 to 2026-11-23 13:00"},
		{"monday 6:00 to monday 6:00", "2026-11-20 00:00", "2026-11-16 06:00 to 2026-11-23 06:00", "2026-11-23 06:00 to 2026-11-30 06:00"},
		{"monday 7:00 to monday 6:00", "2026-11-23 06:30", "-", "2026-11-23 07:00 to 2026-11-30 06:00"},
		// Clocks are set back on 2026-10-25 at 3:00 and forward on 2026-03-29 at 2:00.
		{"friday 16:00 to monday 6:00", "2026-10-25 12:00", "2026-10-23 16:00 to 2026-10-26 06:00", "2026-10-30 16:00 to 2026-11-02 06:00"},
		{"daily 22:00 to 6:00", "2026-03-29 05:30", "2026-03-28 22:00 to 2026-03-29 06:00", "2026-03-29 22:00 to 2026-03-30 06:00"},
		{"sunday 2:30 to 4:00", "2026-03-29 03:45", "2026-03-29 03:30 to 2026-03-29 04:00", "2026-04-05 02:30 to 2026-04-05 04:00"},
	} {
		times, err := freezes.Weekly(c.text, zone)
		require.NoError(t, err, c.text)
		now, err := time.ParseInLocation(at, c.now, zone)
		require.NoError(t, err)
		require.Equal(t, c.in, span(times.At(now.UTC())), "%s at %s", c.text, c.now)
		require.Equal(t, c.next, span(times.After(now.UTC())), "%s after %s", c.text, c.now)
	}
	weekend, err := freezes.Weekly("friday 16:00 to monday 6:00", zone)
	require.NoError(t, err)
	s, ok := weekend.At(time.Date(2026, 10, 25, 12, 0, 0, 0, zone))
	require.True(t, ok)
	require.Equal(t, 63*time.Hour, s.To.Sub(s.From), "an hour longer, for the clocks are set back")
	for _, text := range []string{"", "fridy 16:00 to monday 6:00", "friday 25:00 to monday 6:00", "friday 16:00 to", "daily to friday", "friday 16 to monday 6", "friday monday", "weekdays to friday", "friday 16:00 to monday 6:60"} {
		_, err := freezes.Weekly(text, zone)
		require.Error(t, err, text)
	}
}

func TestBetweenDates(t *testing.T) {
	t.Parallel()
	zone := prague(t)
	times, err := freezes.Between("2026-12-20", "2027-01-03", zone)
	require.NoError(t, err)
	for now, in := range map[string]string{
		"2026-12-19 23:59": "-", "2026-12-20 00:00": "2026-12-20 00:00 to 2027-01-04 00:00", "2027-01-03 23:59": "2026-12-20 00:00 to 2027-01-04 00:00", "2027-01-04 00:00": "-",
	} {
		moment, err := time.ParseInLocation(at, now, zone)
		require.NoError(t, err)
		require.Equal(t, in, span(times.At(moment)), now)
		require.Equal(t, moment.Before(time.Date(2026, 12, 20, 0, 0, 0, 0, zone)), span(times.After(moment)) != "-")
	}
	times, err = freezes.Between("2026-12-20 18:00", "2026-12-20T18:30", zone)
	require.NoError(t, err)
	require.Equal(t, "2026-12-20 18:00 to 2026-12-20 18:30", span(times.After(time.Time{})))
	for _, wrong := range [][2]string{{"2026-12-20", "2026-12-19"}, {"20.12.2026", "2027-01-03"}, {"2026-12-20", "soon"}, {"2026-12-20 18:00", "2026-12-20 18:00"}, {"2026-02-30", "2026-12-20"}} {
		_, err := freezes.Between(wrong[0], wrong[1], zone)
		require.Error(t, err, wrong)
	}
}

func calendar(events ...string) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Acme//EN\r\n")
	for i, e := range events {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20261101T000000Z\r\n%s\r\nEND:VEVENT\r\n", i, strings.ReplaceAll(e, "\n", "\r\n"))
	}
	return []byte(b.String() + "END:VCALENDAR\r\n")
}

func TestACalendar(t *testing.T) {
	t.Parallel()
	zone := prague(t)
	for name, c := range map[string]struct{ event, now, in, next string }{
		"once":                  {"SUMMARY:Inventory\nDTSTART;TZID=Europe/Prague:20261125T080000\nDTEND;TZID=Europe/Prague:20261125T120000", "2026-11-25 11:59", "2026-11-25 08:00 to 2026-11-25 12:00", "-"},
		"in UTC, with a length": {"DTSTART:20261125T080000Z\nDURATION:PT2H", "2026-11-25 09:00", "2026-11-25 09:00 to 2026-11-25 11:00", "-"},
		"without a zone":        {"DTSTART:20261125T080000\nDTEND:20261125T120000", "2026-11-25 07:59", "-", "2026-11-25 08:00 to 2026-11-25 12:00"},
		"whole days":            {"DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227", "2026-12-26 23:59", "2026-12-24 00:00 to 2026-12-27 00:00", "-"},
		"one whole day":         {"DTSTART;VALUE=DATE:20261224", "2026-12-24 12:00", "2026-12-24 00:00 to 2026-12-25 00:00", "-"},
		"weekly": {
			"DTSTART;TZID=Europe/Prague:20260904T160000\nDTEND;TZID=Europe/Prague:20260907T060000\nRRULE:FREQ=WEEKLY;BYDAY=FR", "2026-10-25 12:00",
			"2026-10-23 16:00 to 2026-10-26 06:00", "2026-10-30 16:00 to 2026-11-02 06:00",
		},
		"daily, three times": {"DTSTART:20261201T200000\nDTEND:20261201T210000\nRRULE:FREQ=DAILY;COUNT=3", "2026-12-03 20:30", "2026-12-03 20:00 to 2026-12-03 21:00", "-"},
		"until":              {"DTSTART:20261201T200000\nDTEND:20261201T210000\nRRULE:FREQ=DAILY;UNTIL=20261202T190000Z", "2026-12-02 19:00", "-", "2026-12-02 20:00 to 2026-12-02 21:00"},
		"the last Friday":    {"DTSTART;VALUE=DATE:20261127\nRRULE:FREQ=MONTHLY;BYDAY=-1FR", "2026-12-01 12:00", "-", "2026-12-25 00:00 to 2026-12-26 00:00"},
		"with exceptions": {
			"DTSTART:20261201T200000\nDTEND:20261201T210000\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE:20261202T200000,20261203T200000", "2026-12-02 20:30", "-", "2026-12-04 20:00 to 2026-12-04 21:00",
		},
		"more dates": {"DTSTART:20261201T200000\nDTEND:20261201T210000\nRDATE:20261210T200000", "2026-12-05 12:00", "-", "2026-12-10 20:00 to 2026-12-10 21:00"},
		"never":      {"DTSTART;VALUE=DATE:20261101\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "2026-11-25 09:00", "-", "-"},
		"over":       {"DTSTART;VALUE=DATE:20261101\nRRULE:FREQ=DAILY;UNTIL=20261001", "2026-11-25 09:00", "-", "-"},
		"cancelled":  {"STATUS:CANCELLED\nDTSTART:20261125T080000\nDTEND:20261125T120000", "2026-11-25 09:00", "-", "-"},
	} {
		times, err := freezes.Calendar(calendar(c.event), zone)
		require.NoError(t, err, name)
		now, err := time.ParseInLocation(at, c.now, zone)
		require.NoError(t, err)
		local := func(s freezes.Span, ok bool) string {
			s.From, s.To = s.From.In(zone), s.To.In(zone)
			return span(s, ok)
		}
		require.Equal(t, c.in, local(times.At(now)), name)
		require.Equal(t, c.next, local(times.After(now)), name)
	}
	moved := calendar("DTSTART:20261201T200000\nDTEND:20261201T210000\nRRULE:FREQ=DAILY;COUNT=3", "RECURRENCE-ID:20261202T200000\nDTSTART:20261202T220000\nDTEND:20261202T230000")
	moved = []byte(strings.Replace(string(moved), "UID:1", "UID:0", 1))
	times, err := freezes.Calendar(moved, zone)
	require.NoError(t, err)
	require.Equal(t, "-", span(times.At(time.Date(2026, 12, 2, 20, 30, 0, 0, zone))))
	require.Equal(t, "2026-12-02 22:00 to 2026-12-02 23:00", span(times.At(time.Date(2026, 12, 2, 22, 30, 0, 0, zone))))
}

func TestACalendarThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for content, says := range map[string]string{
		"":                "there is no calendar in it",
		"<html>no</html>": "it is no calendar: ",
		string(calendar("SUMMARY:Odd `one`\nDTSTART:20261125T080000\nDTEND:20261124T080000")): "the event `Odd 'one'`: it ends before it begins",
		string(calendar("SUMMARY:x")):                                              "the event `x`: it does not say when it begins",
		string(calendar("DTSTART:soon")):                                           "the event without a title: its beginning: ",
		string(calendar("DTSTART;TZID=Nowhere:20261125T080000")):                   "the event without a title: its beginning: unknown time zone Nowhere",
		string(calendar("DTSTART:20261125T080000\nRRULE:FREQ=SECONDLY")):           "the event without a title: its rule repeats it more often than daily",
		string(calendar("DTSTART:20261125T080000\nRRULE:FREQ=SOMETIMES")):          "the event without a title: its rule: ",
		string(calendar("DTSTART:20261125T080000\nRRULE:FREQ=DAILY;BYHOUR=1,2")):   "the event without a title: its rule names hours; an event begins when it says it does",
		string(calendar("DTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20301125")): "the event without a title: it is longer than a year",
	} {
		_, err := freezes.Calendar([]byte(content), time.UTC)
		require.ErrorContains(t, err, says)
	}
}

func TestOfSeveralFreezes(t *testing.T) {
	t.Parallel()
	zone := prague(t)
	weekend, err := freezes.Weekly("friday 16:00 to monday 6:00", zone)
	require.NoError(t, err)
	holidays, err := freezes.Between("2026-12-20", "2027-01-03", zone)
	require.NoError(t, err)
	events, err := freezes.Calendar(calendar("SUMMARY:Black Friday\nDTSTART;VALUE=DATE:20261127"), zone)
	require.NoError(t, err)
	all := freezes.All{
		{Name: "weekend", Because: "nobody is here", Environments: []string{"shop master"}, Times: weekend},
		{Name: "holidays", Times: holidays},
		{Name: "events", Times: events},
	}
	for _, c := range []struct{ environment, now, in, next string }{
		{"shop master", "2026-11-22 12:00", "weekend", "events"},
		{"shop staging", "2026-11-22 12:00", "-", "events"},
		{"shop master", "2026-11-27 17:00", "weekend", "weekend"},
		{"shop staging", "2026-11-27 17:00", "events", "holidays"},
		{"shop master", "2026-12-20 12:00", "holidays", "weekend"},
		{"shop staging", "2027-06-01 12:00", "-", "-"},
	} {
		now, err := time.ParseInLocation(at, c.now, zone)
		require.NoError(t, err)
		in, next := "-", "-"
		if f, ok := all.At(c.environment, now); ok {
			in = f.Name
			require.False(t, now.Before(f.From) || !now.Before(f.To))
		}
		if f, ok := all.Next(c.environment, now); ok {
			next = f.Name
			require.True(t, f.From.After(now))
		}
		require.Equal(t, [2]string{c.in, c.next}, [2]string{in, next}, "%s at %s", c.environment, c.now)
	}
	f, ok := all.At("shop staging", time.Date(2026, 11, 27, 12, 0, 0, 0, zone))
	require.True(t, ok)
	require.Equal(t, "Black Friday", f.Because, "the event says why, when the file does not")
}
