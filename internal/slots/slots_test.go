package slots_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/job"
)

func of(t *testing.T, s job.Scheduled) slots.Slots {
	t.Helper()
	times, err := slots.Of(s)
	require.NoError(t, err)
	return times
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestTimesByTheClock(t *testing.T) {
	t.Parallel()
	s := of(t, job.Scheduled{When: "weekdays at 5:30", Zone: "Europe/Prague"})
	friday := at("2026-11-20T04:30:00Z")
	require.True(t, s.Shows(friday))
	require.Equal(t, at("2026-11-23T04:30:00Z"), s.Next(friday).UTC(), "Monday")
	require.Len(t, s.NextN(friday, 2), 2)
	require.Empty(t, s.Between(friday, at("2026-11-23T04:30:00Z")), "neither end counts")
	require.Len(t, s.Between(friday, at("2026-11-24T12:00:00Z")), 2)
	require.Len(t, s.Between(at("2020-01-01T00:00:00Z"), at("2026-11-24T12:00:00Z")), 286, "of more than 400 days the last")
}

// What the scheduler does by mistake on a day on which clocks change is no time of the schedule.
func TestTimesWhenClocksChange(t *testing.T) {
	t.Parallel()
	s := of(t, job.Scheduled{When: "daily at 1:30", Zone: "Europe/Prague"})
	autumn := at("2026-10-24T23:30:00Z")
	require.Equal(t, at("2026-10-26T00:30:00Z"), s.Next(autumn).UTC())
	require.False(t, s.Shows(autumn.Add(time.Hour)))
}

func TestTimesThatComeEvenly(t *testing.T) {
	t.Parallel()
	s := of(t, job.Scheduled{Every: 90 * time.Minute, When: "every 90 minutes", Zone: "Europe/Prague"})
	next := s.Next(at("2026-11-20T00:00:00Z"))
	require.Equal(t, int64(0), next.Unix()%5400)
	require.True(t, s.Shows(next))
	require.False(t, s.Shows(next.Add(time.Second)))
	require.Len(t, s.Between(next, next.Add(6*time.Hour)), 3)
}

func TestASchedulePeopleWroteWrong(t *testing.T) {
	t.Parallel()
	_, err := slots.Of(job.Scheduled{Name: "x", When: "sometimes", Zone: "UTC"})
	require.ErrorContains(t, err, `the times of schedule "x"`)
	_, err = slots.Of(job.Scheduled{Name: "x", When: "hourly", Zone: "Moon/Crater"})
	require.ErrorContains(t, err, "time zone")
}

func TestSaid(t *testing.T) {
	t.Parallel()
	now := at("2026-11-22T08:00:00Z")
	for moment, want := range map[string]string{
		"2026-11-22T17:00:00Z": "today at 18:00",
		"2026-11-22T23:30:00Z": "tomorrow at 00:30",
		"2026-11-21T04:30:00Z": "yesterday at 05:30",
		"2026-11-30T04:30:00Z": "Mon 30 Nov at 05:30",
		"2027-01-04T04:30:00Z": "Mon 4 Jan 2027 at 05:30",
		"2026-11-22T08:00:05Z": "today at 09:00",
	} {
		require.Equal(t, want, board.PlainText(slots.Said(at(moment), "Europe/Prague", now)))
	}
	require.Equal(t, "today at 08:00", board.PlainText(slots.Said(now, "no such zone", now)))
}
