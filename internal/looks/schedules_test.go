package looks_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

var sunday = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// timetable asks for these schedules, of which the ledger knows this.
func timetable(t *testing.T, all []job.Scheduled, entries ...ledger.Entry) board.Message {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	for _, e := range entries {
		_, err := l.Record(t.Context(), e)
		require.NoError(t, err)
	}
	m, err := looks.Schedules(l, all).Answer(t.Context(), looks.Request{Now: sunday})
	require.NoError(t, err)
	return m
}

func ended(name string, at time.Time, state board.State) []ledger.Entry {
	key, id := job.Slot{Schedule: name, At: at}.Key(), job.ID("run", job.Key(name), 6)
	list := []ledger.Entry{
		{At: at, Key: key, Kind: ledger.KindAllowed, Run: id, Job: "toy"},
		{At: at, Key: key, Kind: ledger.KindDue, Run: id, Job: ledger.OfSchedule(name), Data: job.Due{Schedule: name, At: at}},
	}
	if state != "" {
		list = append(list, ledger.Entry{At: at.Add(time.Minute), Key: key, Kind: ledger.KindOutcome, Run: id, Job: "toy", Data: ledger.Outcome{State: state}})
	}
	return list
}

func TestSchedulesSaysWhatComesAndHowItWent(t *testing.T) {
	t.Parallel()
	all := []job.Scheduled{
		{Name: "sync deals", When: "weekdays at 6:00, 12:00 and 18:00", Zone: "Europe/Prague", Sync: "deals"},
		{Name: "fresh staging", When: "daily at 5:30", Zone: "Europe/Prague"},
		{Name: "held", When: "hourly", Zone: "Europe/Prague", Paused: true},
		{Name: "quarters", Every: 15 * time.Minute, When: "every 15 minutes", Zone: "Europe/Prague"},
		{Name: "fair", When: "hourly", Zone: "Europe/Prague"},
	}
	var entries []ledger.Entry
	entries = append(entries, ended("sync deals", sunday.Add(-39*time.Hour), board.Failed)...)
	entries = append(entries, ended("fresh staging", sunday.Add(-210*time.Minute), board.Done)...)
	entries = append(entries, ended("quarters", sunday.Add(-5*time.Minute), "")...)
	entries = append(entries, ledger.Entry{Key: "h", Kind: ledger.KindHeld, Job: ledger.OfSchedule("fair"), Data: ledger.Held{Paused: true, By: "Bob", Because: "the fair"}})
	m := timetable(t, all, entries...)
	require.Equal(t, strings.TrimLeft(`
*quarters* · next today at 09:15, then 09:30 · runs since today at 08:55
*fresh staging* · next tomorrow at 05:30, then Tue 24 Nov at 05:30 · last done, today at 05:30
*sync deals* · next tomorrow at 06:00, then 12:00 · last *failed*, Fri 20 Nov at 18:00
*held* · paused in pawl.yaml
*fair* · paused by Bob: the fair
`, "\n"), m.Plain())
	require.Equal(t, "5 schedules, the next one in 15 minutes.", m.Sentence)
}

func TestSchedulesSaysHowToWriteOne(t *testing.T) {
	t.Parallel()
	m := timetable(t, nil)
	require.Contains(t, m.Plain(), "fresh staging: {run: deploy staging, when: weekdays at 5:30}")
	require.Equal(t, "Nothing runs by itself yet.", m.Sentence)
}

func TestSchedulesFitsOnAPhone(t *testing.T) {
	t.Parallel()
	var all []job.Scheduled
	for i := range 30 {
		all = append(all, job.Scheduled{Name: fmt.Sprintf("job %d", i), When: fmt.Sprintf("daily at 6:%02d", i), Zone: "UTC"})
	}
	m := timetable(t, all)
	require.Less(t, len(m.Lines), 15)
	require.Regexp(t, `^And \d+ more\.$`, m.Lines[len(m.Lines)-1])
}
