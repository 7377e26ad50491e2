package when_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/when"
)

// TestWhatPeopleWrite reads texts, and holds what they are in canonical words and as cron lines.
func TestWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, says, cron string }{
		{"every minute", "every minute", ""},
		{"every 2 minutes", "every 2 minutes", ""},
		{"every 15m", "every 15 minutes", ""},
		{"Every 15 Min", "every 15 minutes", ""},
		{"every 30 minutes", "every 30 minutes", ""},
		{"every 60 minutes", "hourly", "0 * * * *"},
		{"every hour", "hourly", "0 * * * *"},
		{"every 1 hour", "hourly", "0 * * * *"},
		{"hourly", "hourly", "0 * * * *"},
		{"hourly at :15", "hourly at :15", "15 * * * *"},
		{"every hour at :45, :15", "hourly at :15 and :45", "15,45 * * * *"},
		{"every 2h", "every 2 hours", "0 */2 * * *"},
		{"every 6 hours at :05", "every 6 hours at :05", "5 */6 * * *"},
		{"every 12 hours", "daily at 0:00 and 12:00", "0 0,12 * * *"},
		{"every 24 hours", "daily at 0:00", "0 0 * * *"},
		{"every 7 minutes", "every 7 minutes", ""},
		{"every 1h30m", "every 90 minutes", ""},
		{"every 1 hour and 30 minutes", "every 90 minutes", ""},
		{"every 5 hours", "every 5 hours", ""},
		{"daily at 6:00", "daily at 6:00", "0 6 * * *"},
		{"daily at 6", "daily at 6:00", "0 6 * * *"},
		{"every day at 6:00 and 18:00", "daily at 6:00 and 18:00", "0 6,18 * * *"},
		{"daily at noon and midnight", "daily at 0:00 and 12:00", "0 0,12 * * *"},
		{"daily at 12am, 12pm, 7 pm and 7:30pm", "daily at 0:00, 12:00, 19:00 and 19:30", "0 0,12,19 * * * | 30 19 * * *"},
		{"weekdays at 6:00, 12:00 and 18:00", "weekdays at 6:00, 12:00 and 18:00", "0 6,12,18 * * 1-5"},
		{"on weekdays at 5:30", "weekdays at 5:30", "30 5 * * 1-5"},
		{"every weekday at 5:30", "weekdays at 5:30", "30 5 * * 1-5"},
		{"monday to friday at 5:30", "weekdays at 5:30", "30 5 * * 1-5"},
		{"mon-fri at 5:30", "weekdays at 5:30", "30 5 * * 1-5"},
		{"weekends at 9", "weekends at 9:00", "0 9 * * 0,6"},
		{"weekdays and saturdays at 9", "mondays, tuesdays, wednesdays, thursdays, fridays and saturdays at 9:00", "0 9 * * 1-6"},
		{"friday to monday at 9", "mondays, fridays, saturdays and sundays at 9:00", "0 9 * * 0,1,5,6"},
		{"mondays at 9:30", "mondays at 9:30", "30 9 * * 1"},
		{"monday, wednesday and friday at 7pm", "mondays, wednesdays and fridays at 19:00", "0 19 * * 1,3,5"},
		{"every tue & thurs 8:00", "tuesdays and thursdays at 8:00", "0 8 * * 2,4"},
		{"weekdays and weekends at 9", "daily at 9:00", "0 9 * * *"},
		{"on the 1st at 6:00", "on the 1st at 6:00", "0 6 1 * *"},
		{"the 1st and 15th of the month at 6:00", "on the 1st and 15th at 6:00", "0 6 1,15 * *"},
		{"monthly on the 22nd and the 3rd at 6:00", "on the 3rd and 22nd at 6:00", "0 6 3,22 * *"},
		{"31st of every month at 6", "on the 31st at 6:00", "0 6 31 * *"},

		{"*/5 * * * *", "every 5 minutes", ""},
		{"0 6,18 * * *", "daily at 6:00 and 18:00", "0 6,18 * * *"},
		{"30 5 * * MON-FRI", "weekdays at 5:30", "30 5 * * 1-5"},
		{"0 9 * * 7", "sundays at 9:00", "0 9 * * 0"},
		{"0 9 * * 5-7", "fridays, saturdays and sundays at 9:00", "0 9 * * 0,5,6"},
		{"0 9 * * fri-sun", "fridays, saturdays and sundays at 9:00", "0 9 * * 0,5,6"},
		{"0 9 1-31 1-12 0-7", "daily at 9:00", "0 9 * * *"},
		{"  */15   8-17 * *   1-5 ", "*/15 8-17 * * 1-5", "*/15 8-17 * * 1-5"},
		{"0-59/15,7 * * * *", "hourly at :00, :07, :15, :30 and :45", "0,7,15,30,45 * * * *"},
		{"0 0 1 jan *", "0 0 1 1 *", "0 0 1 1 *"},
		{"0 6 13 * 5", "0 6 13 * 5", "0 6 13 * * | 0 6 * * 5"}, // Fridays, and the 13th
		{"0 6 1-31/2 * 5", "0 6 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 5", "0 6 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * * | 0 6 * * 5"},
		{"0 6 */2 * 5", "0 6 */2 * 5", "0 6 */2 * 5"},    // odd dates that are Fridays
		{"0 6 13 * */2", "0 6 13 * */2", "0 6 13 * */2"}, // the 13th, on every other weekday from Sunday on
		{"0 6 *,5 * 5", "fridays at 6:00", "0 6 * * 5"},
		{"0 6 */2,4 * 5,6", "0 6 */2,4 * 5,6", "0 6 */2,4 * 5,6"},
		{"0 6 31 feb 5", "0 6 * 2 5", "0 6 * 2 5"}, // there is no such date, but there are Fridays
		{"0 6 29 2 *", "0 6 29 2 *", "0 6 29 2 *"},
		{"0 6 * */2 *", "0 6 * */2 *", "0 6 * */2 *"},
		{"1-3,5 0 * * *", "daily at 0:01, 0:02, 0:03 and 0:05", "1-3,5 0 * * *"},
		{"0 0-22/2 * * *", "every 2 hours", "0 */2 * * *"},
	} {
		s, err := when.Parse(c.text)
		require.NoError(t, err, c.text)
		require.Equal(t, c.says, s.String(), c.text)
		require.Equal(t, c.cron, strings.Join(s.Cron(), " | "), c.text)
		require.Equal(t, c.cron == "", s.Every() > 0, c.text)

		again, err := when.Parse(s.String())
		require.NoError(t, err, c.text)
		require.Equal(t, s, again, c.text)
	}
}

// TestWhatIsNotUnderstood holds what people are told. What is accepted follows where it helps.
func TestWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	all := " (accepted: " + strings.Join(when.Accepted(), "; ") + ")"
	for text, says := range map[string]string{
		"":                               "the times are missing…",
		" , ":                            "`,` is not understood…",
		"wekdays at 6:00":                "`wekdays` is not understood; did you mean `weekdays`?…",
		"everyday":                       "`everyday` does not say at what time; write it like `weekdays at 6:00 and 18:00`",
		"weekdays":                       "`weekdays` does not say at what time; write it like `weekdays at 6:00 and 18:00`",
		"weekdays at":                    "something is missing after `at`; write it like `weekdays at 6:00 and 18:00`…",
		"weekdays at 6:00 and":           "something is missing after `and`; write it like `weekdays at 6:00 and 18:00`…",
		"weekdays at dawn":               "`dawn` is not understood…",
		"weekdays at 18.30":              "`18.30` is not understood; did you mean `18:30`?…",
		"weekdays at 25:00":              "`25:00` is no time of day; write it like 6:00, 18:30 or 7pm",
		"weekdays at 6:60":               "`6:60` is no time of day; write it like 6:00, 18:30 or 7pm",
		"weekdays at 13pm":               "`13pm` is no time of day; write it like 6:00, 18:30 or 7pm",
		"weekdays at 0 am":               "`0am` is no time of day; write it like 6:00, 18:30 or 7pm",
		"weekdays at 24:00":              "`24:00` is 0:00 of the next day; write that",
		"weekdays at 6 and 7pm":          "`6` beside times with am and pm could be either; write `6am` or `6pm`",
		"at 6:00":                        "say first on which days, and then at what time, such as `daily at 6:00`…",
		"mondays at 9 and fridays at 10": "days and times are said once: first the days, then the times, such as `weekdays at 6:00 and 18:00`; for others make a schedule of its own",
		"daily at 6:00 sharp":            "`sharp` is one word too many…",
		"every 15 minutes on weekdays":   "`on weekdays` cannot be said in words; a cron line can: every 15 minutes of the working day is */15 8-17 * * 1-5…",
		"every":                          "something is missing after `every`; write it like `weekdays at 6:00`…",
		"every 15":                       "`15` is not understood…",
		"every 15 parsecs":               "`parsecs` is not understood…",
		"every 15 minuets":               "`minuets` is not understood; did you mean `minutes`?…",
		"every 30 seconds":               "seconds are too short; the shortest is `every minute`",
		"every 0 minutes":                "`every 0 minutes` is too short; the shortest is `every minute`",
		"every 36 hours":                 "`every 36 hours` does not say on which days; write them: `daily at 6:00`, `mondays and thursdays at 6:00`, `on the 1st and 15th at 6:00`",
		"every 2 days at 6:00":           "`every 2 days` does not say on which days; write them: `daily at 6:00`, `mondays and thursdays at 6:00`, `on the 1st and 15th at 6:00`",
		"every other monday at 6:00":     "`every other` cannot be said: no calendar says which one is the first; write the days, such as `mondays and thursdays at 6:00`",
		"hourly at 15":                   "`hourly at 15` does not say which minutes of the hour; write them like `hourly at :15 and :45`",
		"hourly at :60":                  "`hourly at :60` does not say which minutes of the hour; write them like `hourly at :15 and :45`",
		"last day of the month at 18:00": "the last day of a month has another date each time and cannot be said; write `on the 1st at 0:00`, which is the moment it is over",
		"on the last day at 18:00":       "the last day of a month has another date each time and cannot be said; write `on the 1st at 0:00`, which is the moment it is over",
		"on the 1th at 6:00":             "`1th` is not understood; did you mean `1st`?…",
		"on the 32nd at 6:00":            "`32nd` is no day of a month; they go from the 1st to the 31st",
		"on the 1st monday at 6:00":      "`on the 1st monday` of a month has another date each time and cannot be said; write dates, such as `on the 1st and 15th at 6:00`",
		"on the 1st of january at 6:00":  "`on the 1st of january at 6:00` cannot be said; dates are those of every month; one month needs a cron line: 0 6 1 1 * is 6:00 on the 1st of January",
		"monthly at 6:00":                "`monthly at 6:00` does not say on which day; write it like `on the 1st and 15th at 6:00`",
		"weekly":                         "`weekly` does not say on which day; write `mondays at 6:00`",
		"nightly":                        "`nightly` does not say at what time; write `daily at 2:00`",
		"yearly":                         "`yearly` has no words; write a cron line: 0 6 1 1 * is 6:00 on the 1st of January",
		"on the first at 6:00":           "write numbers for dates: `on the 1st at 6:00`",

		"* * * *":        "a cron line has 5 fields (minute, hour, day of the month, month, weekday), and this one has 4…",
		"0 0 6 * * *":    "a cron line has 5 fields (minute, hour, day of the month, month, weekday), and this one has 6…",
		"60 * * * *":     "`60` in the minute; it goes from 0 to 59",
		"0 24 * * *":     "`24` in the hour; it goes from 0 to 23",
		"0 0 0 * *":      "`0` in the day of the month; it goes from 1 to 31",
		"0 0 * 13 *":     "`13` in the month; it goes from 1 to 12 or from jan to dec",
		"0 0 * * mno":    "`mno` in the weekday; it goes from 0 to 7 or from sun to sat; did you mean `mon`?",
		"0 0 * * 8":      "`8` in the weekday; it goes from 0 to 7 or from sun to sat",
		"0 0 L * *":      "`l` in the day of the month; it goes from 1 to 31",
		"10-5 * * * *":   "`10-5` in the minute runs backwards; write the smaller value first",
		"5/10 * * * *":   "`5/10` in the minute: a step needs a range, such as 5-59/10",
		"*/0 * * * *":    "`*/0` is no step for the minute; steps go from 1 to 59",
		"*/60 * * * *":   "`*/60` is no step for the minute; steps go from 1 to 59",
		"0 */x * * *":    "`*/x` is no step for the hour; steps go from 1 to 23",
		"1,,2 * * * *":   "nothing where a minute is expected; it goes from 0 to 59",
		"1-2-3 * * * *":  "`1-2-3` in the minute; it goes from 0 to 59",
		"*5 * * * *":     "`*5` in the minute; it goes from 0 to 59",
		"0 0 31 2 *":     "`0 0 31 2 *` never comes: there is no such day in any year",
		"0 0 30,31 2 *":  "`0 0 30,31 2 *` never comes: there is no such day in any year",
		"0 0 31 4 */2":   "`0 0 31 4 */2` never comes: there is no such day in any year",
		"every \xff":     "this is no text of a schedule…",
		"6,18 7 nothing": "a cron line has 5 fields (minute, hour, day of the month, month, weekday), and this one has 3…",
	} {
		_, err := when.Parse(text)
		require.EqualError(t, err, strings.Replace(says, "…", all, 1), text)
	}
	_, err := when.Parse(strings.Repeat("daily ", 100))
	require.EqualError(t, err, "this is no text of a schedule"+all)
}

func TestTheExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	for _, text := range when.Accepted() {
		text = strings.TrimPrefix(text, "a cron line such as ")
		s, err := when.Parse(text)
		require.NoError(t, err, text)
		require.NotZero(t, s.Next(time.Unix(0, 0), nil), text)
	}
}

// FuzzParse holds what is true of every text: it is refused with a sentence, or has a canonical text that is read as the
// same schedule, cron lines that come no more often than it does, and a time at which it comes.
func FuzzParse(f *testing.F) {
	for _, text := range append(when.Accepted(), "0 6 13 * 5", "0 6 */2,4 * */3", "every 1h 7m", "every 2 hours at :05 and :50", "59 23 29 feb 1", "mon-sun 6pm", "on the 31st 24:00") {
		f.Add(strings.TrimPrefix(text, "a cron line such as "))
	}
	after := time.Date(2026, 11, 22, 4, 50, 30, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := when.Parse(text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			require.Equal(t, when.Schedule{}, s)
			return
		}
		again, err := when.Parse(s.String())
		require.NoError(t, err, s.String())
		require.Equal(t, s, again)

		next := s.Next(after, nil)
		require.True(t, next.After(after), "%s comes", s)
		require.Zero(t, next.Second())
		if s.Every() > 0 {
			require.Empty(t, s.Cron())
			return
		}
		var earliest time.Time
		for _, line := range s.Cron() {
			one, err := when.Parse(line)
			require.NoError(t, err, line)
			if n := one.Next(after, nil); earliest.IsZero() || n.Before(earliest) {
				earliest = n
			}
		}
		require.Equal(t, next, earliest, "the lines together are the schedule")
	})
}
