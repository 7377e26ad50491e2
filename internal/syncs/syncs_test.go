package syncs_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/syncs"
	"github.com/pawl-ops/pawl/job"
)

var prague = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Prague")
	if err != nil {
		panic(err)
	}
	return zone
}()

// at is a time of a day in November 2026, in Prague.
func at(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, prague) }

var (
	deals = job.Sync{
		Name: "deals", Title: "HubSpot deals into the pipeline table", From: job.Source{Name: "HubSpot"}, To: job.Sink{Table: "pipeline"},
		Told: job.Told{Channel: "#sales-data", Owner: "jana"},
	}
	thrice = job.Scheduled{Name: "sync deals", Sync: "deals", When: "daily at 6:00, 12:00 and 18:00", Zone: "Europe/Prague"}
	clock  = job.Actor{Kind: job.Schedule, ID: "sync deals", Name: "sync deals"}
)

// past is a ledger in which something happened to deals.
type past struct {
	*ledger.Ledger
	t *testing.T
	n int
}

func newPast(t *testing.T) *past {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return &past{Ledger: l, t: t}
}

func (p *past) was(when time.Time, about, kind string, who job.Actor, data any) {
	p.t.Helper()
	p.n++
	_, err := p.Record(p.t.Context(), ledger.Entry{At: when, Key: job.Key("k" + string(rune('a'+p.n))), Kind: kind, Run: "run-k4m7q2", Job: about, Actor: who, Data: data})
	require.NoError(p.t, err)
}

func (p *past) written(when time.Time, who job.Actor, rows int64) {
	p.was(when, ledger.OfSync("deals"), ledger.KindSynced, who, job.Reconciled{
		Position: job.Position{Read: rows, Written: rows}, New: 44, Unchanged: rows - 44, Before: rows - 44, AsOf: when.Add(-time.Minute),
	})
}

func (p *past) trouble(when time.Time, class string, next time.Time) {
	p.was(when, ledger.OfSync("deals"), ledger.KindTrouble, clock, ledger.Trouble{
		Fault: job.Fault{Class: class, Says: "HubSpot answered 502 five times in 2 minutes.", At: "page 32 of about 49", Shown: "GET /deals -> 502"}, Next: next,
	})
}

func (p *past) stand(now time.Time) syncs.Standing {
	p.t.Helper()
	st, err := syncs.Stand(p.t.Context(), p, deals, thrice, prague, now)
	require.NoError(p.t, err)
	return st
}

// says is what people read of it at a moment.
func (p *past) says(now time.Time) string {
	p.t.Helper()
	return p.stand(now).Message(now).Plain()
}

const title = "*HubSpot deals into the pipeline table"

func TestMayIUseTheNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		past func(*past)
		says string
		line string
	}{
		"nothing yet": {
			func(*past) {},
			title + ": nothing fetched yet*\nThere are no numbers from me yet. Next at 18:00.\n",
			"*deals* · nothing fetched yet · next 18:00",
		},
		"up to date": {
			func(p *past) {
				p.written(at(19, 18, 2), clock, 4812)
				p.written(at(20, 6, 2), clock, 4850)
				p.written(at(20, 12, 2), clock, 4856)
			},
			title + ": up to date, 12:02*\n4,856 rows, 44 new, none rejected. Before that at 06:02. Next at 18:00.\n",
			"*deals* · up to date, 12:02 · 4,856 rows · next 18:00",
		},
		"broken, with numbers of yesterday": {
			func(p *past) {
				p.written(at(19, 18, 2), clock, 4812)
				p.trouble(at(20, 6, 2), job.FaultTheirs, at(20, 14, 15))
			},
			title + ": not updated at 06:02*\nWhat you see is of *yesterday 18:01* (4,812 rows). It is complete and safe to use, only older.\n" +
				"HubSpot does not answer properly; the fault is on their side. I try again at 14:15. Jana knows.\n",
			"*deals* · *not newer than yesterday 18:01* · HubSpot does not answer properly; the fault is on their side · next 18:00",
		},
		"broken, tried again at its next time": {
			func(p *past) {
				p.written(at(16, 18, 2), clock, 4812)
				p.trouble(at(20, 6, 2), job.FaultAccess, time.Time{})
			},
			title + ": not updated at 06:02*\nWhat you see is of *Mon 16 Nov 18:01* (4,812 rows). It is complete and safe to use, only older.\n" +
				"HubSpot does not let me in any more. The next try is at 18:00. Jana knows.\n",
			"*deals* · *not newer than Mon 16 Nov 18:01* · HubSpot does not let me in any more · next 18:00",
		},
		"mended": {
			func(p *past) {
				p.written(at(19, 18, 2), clock, 4812)
				p.trouble(at(20, 6, 2), job.FaultTheirs, at(20, 6, 17))
				p.trouble(at(20, 6, 17), job.FaultTheirs, at(20, 6, 32))
				p.written(at(20, 6, 33), clock, 4856)
			},
			title + ": up to date, 06:33*\n4,856 rows, 44 new, none rejected. Next at 18:00. (HubSpot did not answer properly at 06:02, and has been fine since.)\n",
			"*deals* · up to date, 06:33 · 4,856 rows · next 18:00",
		},
		"late": {
			func(p *past) {
				p.written(at(19, 18, 2), clock, 4812)
				p.was(at(20, 12, 1), ledger.OfSync("deals"), ledger.KindBegan, clock, job.Due{})
				p.was(at(20, 12, 30), ledger.OfSchedule("sync deals"), ledger.KindLate, clock, job.Due{Schedule: "sync deals", At: at(20, 12, 0)})
			},
			title + ": late, not here since 12:00*\nWhat you see is of *yesterday 18:01* (4,812 rows). It is complete and safe to use, only older.\n" +
				"I am at it; this message changes when it is done.\n",
			"*deals* · *not newer than yesterday 18:01* · next 18:00",
		},
		"paused": {
			func(p *past) {
				p.written(at(20, 6, 2), clock, 4812)
				p.was(at(20, 7, 0), ledger.OfSchedule("sync deals"), ledger.KindHeld, job.Actor{}, ledger.Held{Paused: true, By: "Jana", Because: "HubSpot moves"})
			},
			title + ": up to date, 06:02*\n4,812 rows, 44 new, none rejected.\nIt is paused by Jana: HubSpot moves. `sync resume deals` lets it go on.\n",
			"*deals* · up to date, 06:02 · 4,812 rows · paused",
		},
		"left out, and made up for": {
			func(p *past) {
				p.written(at(19, 18, 2), clock, 4812)
				p.was(at(20, 13, 0), ledger.OfSchedule("sync deals"), ledger.KindLost, clock, ledger.Lost{First: at(20, 6, 0), Last: at(20, 12, 0), Count: 2, Why: ledger.LostAway, Once: true})
				p.written(at(20, 13, 1), clock, 4856)
			},
			title + ": up to date, 13:01*\n4,856 rows, 44 new, none rejected. Next at 18:00.\nNothing was fetched at 2 times from 06:00 to 12:00: I was not there.\n",
			"*deals* · up to date, 13:01 · 4,856 rows · next 18:00",
		},
		"left out, and about to be made up for": {
			func(p *past) {
				p.written(at(20, 6, 2), clock, 4812)
				p.was(at(20, 13, 0), ledger.OfSchedule("sync deals"), ledger.KindLost, clock, ledger.Lost{First: at(20, 12, 0), Last: at(20, 12, 0), Count: 1, Why: ledger.LostAway, Once: true})
			},
			title + ": up to date, 06:02*\n4,812 rows, 44 new, none rejected. Next at 18:00.\nNothing was fetched at 12:00: I was not there.\n",
			"*deals* · up to date, 06:02 · 4,812 rows · next 18:00",
		},
		"left out": {
			func(p *past) {
				p.written(at(19, 18, 2), clock, 4812)
				p.was(at(20, 12, 30), ledger.OfSchedule("sync deals"), ledger.KindLost, clock, ledger.Lost{First: at(20, 6, 0), Last: at(20, 12, 0), Count: 2, Why: ledger.LostAway})
			},
			title + ": late, not here since 12:00*\nWhat you see is of *yesterday 18:01* (4,812 rows). It is complete and safe to use, only older.\n" +
				"Nothing was fetched at 2 times from 06:00 to 12:00: I was not there. The next try is at 18:00.\n",
			"*deals* · *not newer than yesterday 18:01* · next 18:00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPast(t)
			c.past(p)
			now := at(20, 14, 0)
			require.Equal(t, c.says, p.says(now))
			require.Equal(t, c.line, board(p.stand(now).Line(now)))
		})
	}
}

func TestWhoMendsItReadsWhatIsBehindIt(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.written(at(19, 18, 2), clock, 4812)
	p.trouble(at(20, 6, 2), job.FaultTheirs, at(20, 6, 17))
	st := p.stand(at(20, 6, 3))
	require.Equal(t, "@jana deals stopped at page 32 of about 49. HubSpot answered 502 five times in 2 minutes (*theirs*). The table was not touched.\n"+
		"    GET /deals -> 502\n[ Try now ]   [ Pause ]\nOr type `retry` or `pause` here.\n",
		st.Owner(1, []syncs.Answer{{Word: "retry", Label: "Try now"}, {Word: "pause", Label: "Pause"}}).Plain())
	require.Equal(t, "run-k4m7q2|1|retry", st.Owner(1, []syncs.Answer{{Word: "retry", Label: "Try now"}}).Buttons[0].Value)

	p.trouble(at(20, 6, 17), job.FaultTheirs, time.Time{})
	st = p.stand(at(20, 6, 18))
	require.Contains(t, st.Owner(0, nil).Plain(), "Tried 2 times since 06:02.\n")
	require.Contains(t, st.Owner(0, nil).Plain(), "To try it now, type `sync run deals`.")

	p.written(at(20, 6, 19), job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice"}, 4856)
	st = p.stand(at(20, 6, 20))
	require.Equal(t, "deals recovered when Alice ran it at 06:19.", board(st.Recovered(at(20, 6, 20), "")))
	require.Contains(t, st.Over(*st.Mended, at(20, 6, 20)).Plain(), "It has been fine since 06:19")
}

// What went wrong on an earlier day is no news of today.
func TestWhatWasMendedYesterdayIsNotToldToday(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.trouble(at(19, 6, 2), job.FaultTheirs, time.Time{})
	p.written(at(19, 6, 19), clock, 4812)
	p.written(at(20, 6, 2), clock, 4856)
	require.NotContains(t, p.says(at(20, 7, 0)), "HubSpot did not answer")
	require.Nil(t, p.stand(at(20, 7, 0)).Trouble)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	p := newPast(t)
	p.written(at(19, 18, 2), clock, 4812)
	p.trouble(at(20, 6, 2), job.FaultTheirs, time.Time{})
	p.was(at(20, 12, 5), ledger.OfSchedule("sync deals"), ledger.KindLost, clock, ledger.Lost{First: at(20, 12, 0), Last: at(20, 12, 0), Count: 1, Why: ledger.LostBusy})
	p.written(at(20, 13, 0), job.Actor{Kind: job.SlackUser, ID: "U1", Name: "alice", Full: "Alice"}, 4856)
	lines, err := syncs.History(t.Context(), p, "deals", "sync deals", prague, at(20, 14, 0), 3)
	require.NoError(t, err)
	for i, l := range lines {
		lines[i] = board(l)
	}
	require.Equal(t, []string{
		"13:00 · 4,856 rows, 44 new, none rejected, run by Alice",
		"12:05 · Nothing was fetched at 12:00: the run before was still going on.",
		"06:02 · *theirs*: HubSpot answered 502 five times in 2 minutes.",
	}, lines)
}
