package starter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// step is how often the schedules of these tests come: about every quarter of an hour, and not while the tests run.
var step = func() time.Duration {
	for step := 15 * time.Minute; step < 25*time.Minute; step += time.Minute {
		if past := time.Duration(time.Now().Unix()) * time.Second % step; past > time.Minute && past < step-4*time.Minute {
			return step
		}
	}
	panic("every one of them comes within four minutes")
}()

// schedules are those of the doors of these tests.
func schedules() []job.Scheduled {
	every := func(name, run string, change func(*job.Scheduled)) job.Scheduled {
		s := job.Scheduled{
			Name: name, Run: run, When: "every quarter of an hour", Every: step, Zone: "Europe/Prague", Overlap: job.OverlapSkip, Missed: job.MissedSkip,
			Channel: "#ops", Late: time.Hour,
		}
		if change != nil {
			change(&s)
		}
		return s
	}
	return []job.Scheduled{
		every("sync deals", "restart deals", func(s *job.Scheduled) { s.Sync = "deals" }),
		every("green", "restart green", nil),
		every("as sales", "restart blue", func(s *job.Scheduled) { s.As = "sales" }),
		every("as oncall", "force restart blue", func(s *job.Scheduled) { s.As = "oncall" }),
		every("once", "restart green", func(s *job.Scheduled) { s.Missed = job.MissedOnce }),
		every("both", "restart green", func(s *job.Scheduled) { s.Overlap, s.Every = job.OverlapBoth, time.Minute }),
		every("by file", "restart green", func(s *job.Scheduled) { s.Paused = true }),
		every("nonsense", "dance", nil),
		every("prague", "restart green", func(s *job.Scheduled) { s.Every, s.When = 0, "daily at 1:30" }),
	}
}

// quarter is the n'th of their times before or after the last one.
func quarter(n int) time.Time {
	return time.Unix(time.Now().Unix()/int64(step/time.Second)*int64(step/time.Second), 0).UTC().Add(time.Duration(n) * step)
}

// slot is a time that came just now.
func slot(name string, at time.Time) job.Slot {
	return job.Slot{Schedule: name, At: at, Began: time.Now()}
}

// held writes down how a schedule stands since a time.
func (d *door) held(t *testing.T, name string, since time.Time, paused bool) {
	t.Helper()
	_, err := d.ledger.Record(t.Context(), ledger.Entry{
		At: since, Key: job.Key("schedule/" + name + "/held/" + since.String()), Kind: ledger.KindHeld, Job: ledger.OfSchedule(name), Data: ledger.Held{Paused: paused},
	})
	require.NoError(t, err)
}

// ran writes down that a time of a schedule had its run, which took so long; 0: it goes on.
func (d *door) ran(t *testing.T, name string, at time.Time, took time.Duration) {
	t.Helper()
	key, id := job.Slot{Schedule: name, At: at}.Key(), "restart-0000"+at.Format("04")
	record := func(e ledger.Entry) {
		e.Key, e.Run = key, id
		_, err := d.ledger.Record(t.Context(), e)
		require.NoError(t, err)
	}
	actor := job.Actor{Kind: job.Schedule, ID: name, Name: name}
	record(ledger.Entry{At: at, Kind: ledger.KindAllowed, Job: "restart", Actor: actor})
	record(ledger.Entry{At: at, Kind: ledger.KindDue, Job: ledger.OfSchedule(name), Data: job.Due{Schedule: name, At: at}})
	if took > 0 {
		record(ledger.Entry{At: at.Add(took), Kind: ledger.KindOutcome, Job: "restart", Data: ledger.Outcome{State: board.Done}})
	}
}

func (d *door) due(t *testing.T, s job.Slot) job.Launch {
	t.Helper()
	l, err := d.Due(t.Context(), s)
	require.NoError(t, err)
	return l
}

func TestATimeOfAScheduleBecomesARun(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	s := slot("green", quarter(0))
	l := d.due(t, s)
	require.Empty(t, l.Dropped)
	r := l.Request
	require.Equal(t, job.ID("restart", s.Key(), job.IDLength), r.ID)
	require.Equal(t, "schedules.green", r.Rule)
	require.Equal(t, []string{"engineers", "oncall"}, r.Asks.Groups, "whoever may type it may answer its questions")
	require.Equal(t, job.Actor{Kind: job.Schedule, ID: "green", Name: "green", Full: "schedule green"}, r.Command.Actor)
	require.Equal(t, map[string]string{"instance": "green"}, r.Command.Args)
	require.Equal(t, job.Place{Channel: "#ops"}, r.Command.Place)
	require.Equal(t, job.Due{Schedule: "green", At: quarter(0), Next: quarter(1), Zone: "Europe/Prague"}, r.Due)
	require.Equal(t, quarter(0).Add(time.Hour), l.Late)
	require.Equal(t, map[string]string{job.MemoKey: string(s.Key()), job.MemoCommand: "restart green"}, l.Memo)
	require.Equal(t, []string{ledger.KindAllowed, ledger.KindDue}, d.kinds(t, s.Key()))

	again := d.due(t, s)
	require.Equal(t, r, again.Request, "asking again is the same run")
	require.Len(t, d.kinds(t, s.Key()), 2)

	owned := d.due(t, slot("sync deals", quarter(0)))
	require.Equal(t, []string{"jana", "oncall"}, owned.Request.Asks.Groups, "a sync's owner too")
	require.Equal(t, "syncs.deals", owned.Request.Rule)
	require.Equal(t, "sync deals", owned.Request.Command.Actor.Display())
	force := d.due(t, slot("as oncall", quarter(0)))
	require.Equal(t, "may.oncall line 25", force.Request.Rule)
	require.Equal(t, []string{"oncall"}, force.Request.Approve.By, "what needs a second person needs one here too")
}

// starts starts the run that the door gave, as its launcher would.
func (d *door) starts(t *testing.T, c client.Client, id string, memo map[string]string) {
	t.Helper()
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: job.QueueRuns, WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		Memo: map[string]any{job.MemoKey: memo[job.MemoKey]},
	}, "restart")
	require.NoError(t, err)
}

func TestATimeThatWasStartedIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	c := e.dial(t)
	d := newDoorTo(t, ample, e, c)
	s := slot("green", quarter(0))
	l := d.due(t, s)
	d.starts(t, c, l.Request.ID, l.Memo)
	require.True(t, d.due(t, s).There)

	// Its id belongs to somebody else: it gets a character more, also when that is found out only later.
	s = slot("green", quarter(-1))
	l = d.due(t, s)
	d.starts(t, c, l.Request.ID, map[string]string{job.MemoKey: "somebody else's"})
	longer := d.due(t, s)
	require.Equal(t, job.ID("restart", s.Key(), job.IDLength+1), longer.Request.ID)
	require.False(t, longer.There)
	require.Equal(t, []string{ledger.KindAllowed, ledger.KindDue, ledger.KindID(job.IDLength + 1)}, d.kinds(t, s.Key()))
	r, found, err := d.ledger.Run(t.Context(), longer.Request.ID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, s.Key(), r.Key)
}

func TestTimesThatDoNotCount(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	dropped := func(s job.Slot) string { t.Helper(); return d.due(t, s).Dropped }
	require.Equal(t, "pawl.yaml has no such schedule", dropped(slot("gone", quarter(0))))
	require.Equal(t, "it is not a command any more", dropped(slot("nonsense", quarter(0))))

	d.held(t, "green", quarter(-2), true)
	require.Equal(t, "the schedule is paused", dropped(slot("green", quarter(0))))
	require.Empty(t, d.kinds(t, slot("green", quarter(0)).Key()))
	require.Equal(t, "the schedule is paused", dropped(slot("by file", quarter(0))), "an engine that had begun before pawl.yaml said so")

	// On 25 October 2026 Temporal comes at 1:30 in Prague, and an hour later again.
	twice := time.Date(2026, 10, 24, 23, 30, 0, 0, time.UTC)
	require.Empty(t, dropped(slot("prague", twice)))
	require.Equal(t, "the clock shows another time: clocks changed that day", dropped(slot("prague", twice.Add(time.Hour))))

	late := slot("both", quarter(-1))
	late.Began = time.Now().Add(-6 * time.Minute)
	require.Equal(t, "pawl was not there in time", dropped(late))
	late.Schedule = "once"
	require.Empty(t, dropped(late), "it is made up for")

	d.setRules(policy(access.Rule{Who: "everyone", Command: "restart green", Deny: true, Line: 9}))
	require.Equal(t, "the schedule may not do that", dropped(slot("both", quarter(0))), "may not denies what the line allows")
	require.Equal(t, "the schedule may not do that", dropped(slot("as sales", quarter(0))), "sales may not")
	require.Equal(t, []string{ledger.KindRefused}, d.kinds(t, slot("as sales", quarter(0)).Key()))
	require.Equal(t, "the schedule may not do that", dropped(slot("as sales", quarter(0))))
}

func TestLostTimes(t *testing.T) {
	t.Parallel()
	type lost = []job.LostTimes
	strip := func(l job.Launch) lost {
		var out lost
		for _, x := range l.Lost {
			x.Next, x.First, x.Last = time.Time{}, x.First.UTC(), x.Last.UTC()
			out = append(out, x)
		}
		return out
	}
	t.Run("Pawl was away", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		d.ran(t, "green", quarter(-5), time.Minute)
		d.held(t, "green", quarter(-9), false)
		want := lost{{First: quarter(-4), Last: quarter(-1), Count: 4, Why: job.LostAway}}
		require.Equal(t, want, strip(d.due(t, slot("green", quarter(0)))))
		require.Equal(t, want, strip(d.due(t, slot("green", quarter(0)))), "an attempt after a crash tells it too")
		require.Empty(t, d.due(t, slot("green", quarter(1))).Lost, "and nobody else")
	})
	t.Run("a run went on, and then Pawl was away", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		d.held(t, "green", quarter(-9), false)
		d.ran(t, "green", quarter(-5), 40*time.Minute)
		want := lost{{First: quarter(-4), Last: quarter(-3), Count: 2, Why: job.LostBusy}, {First: quarter(-2), Last: quarter(-1), Count: 2, Why: job.LostAway}}
		require.Equal(t, want, strip(d.due(t, slot("green", quarter(0)))))
	})
	t.Run("busy is told once a day", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		d.held(t, "green", quarter(-9), false)
		d.ran(t, "green", quarter(-2), 20*time.Minute)
		require.Equal(t, lost{{First: quarter(-1), Last: quarter(-1), Count: 1, Why: job.LostBusy}}, strip(d.due(t, slot("green", quarter(0)))))
		later := strip(d.due(t, slot("green", quarter(2)))) // the run of the time before goes on
		require.Equal(t, lost{{First: quarter(1), Last: quarter(1), Count: 1, Why: job.LostBusy, Again: true}}, later)
	})
	t.Run("one run makes up for them", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		d.held(t, "once", quarter(-9), false)
		d.ran(t, "once", quarter(-6), time.Minute)
		l := d.due(t, slot("once", quarter(-5))) // the scheduler begins with the oldest
		require.Empty(t, l.Dropped)
		got := strip(l)
		require.Len(t, got, 1)
		require.Equal(t, []any{quarter(-4), 5, true}, []any{got[0].First, got[0].Count, got[0].Once})
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		d.held(t, "green", quarter(-9), false)
		d.ran(t, "green", quarter(-3), time.Minute)
		s := slot("green", quarter(-1))
		s.Began = s.At
		if time.Since(s.Began) < 5*time.Minute {
			s.Began = s.At.Add(-5 * time.Minute)
		}
		l := d.due(t, s)
		require.Equal(t, "pawl was not there in time", l.Dropped)
		got := strip(l)
		require.Len(t, got, 1)
		require.Equal(t, []any{quarter(-2), quarter(0), 3}, []any{got[0].First, got[0].Last, got[0].Count}, "itself and those around it")
	})
	t.Run("a schedule that is new, or was paused, lost nothing", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		require.Empty(t, d.due(t, slot("green", quarter(0))).Lost)
		d.ran(t, "once", quarter(-9), time.Minute)
		d.held(t, "once", quarter(-8), true)
		d.held(t, "once", quarter(-1).Add(time.Minute), false)
		require.Empty(t, d.due(t, slot("once", quarter(0))).Lost)
	})
	t.Run("runs that go on side by side lose nothing", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t, ample)
		now := time.Now().UTC().Truncate(time.Minute)
		d.held(t, "both", now.Add(-3*time.Minute-time.Second), false)
		require.Empty(t, d.due(t, slot("both", now)).Lost, "those of the last minutes may still come")
	})
}

// Nobody asked for a scheduled run: who may type the command answers its questions.
func TestQuestionsOfAScheduledRun(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	c := e.dial(t)
	d := newDoorTo(t, ample, e, c)
	l := d.due(t, slot("green", quarter(0)))
	d.starts(t, c, l.Request.ID, l.Memo)
	decide := func(who job.Actor, choice string, key job.Key) job.Answer {
		t.Helper()
		return d.Decide(t.Context(), job.Decision{Run: l.Request.ID, Ask: 1, Choice: choice, Actor: who, Key: key})
	}
	require.Equal(t, "This one is for @engineers or @oncall.", decide(sam, "retry", "a").Text)
	require.True(t, decide(alice, "retry", "b").Counted)

	// Who had it run out of turn is no second person.
	s := slot("as oncall", quarter(0))
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: s.Key(), Kind: ledger.KindNow, Job: ledger.OfSchedule("as oncall"), Actor: carol, Data: job.Due{At: s.At, By: "Carol"}})
	require.NoError(t, err)
	l = d.due(t, s)
	require.Equal(t, "Carol", l.Request.Due.By)
	d.starts(t, c, l.Request.ID, l.Memo)
	require.Equal(t, board.NotByWhoAsked([]string{"oncall"}), decide(carol, "approve", "c").Text)
	other := carol
	other.ID = "U9"
	require.True(t, decide(other, "approve", "d").Counted)
}
