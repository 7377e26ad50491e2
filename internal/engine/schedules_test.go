package engine_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/slots"
	"github.com/pawl-ops/pawl/internal/when"
	"github.com/pawl-ops/pawl/job"
)

func TestAScheduleRunsAtItsTimes(t *testing.T) {
	t.Parallel()
	w := newTimes(t, every("tick", time.Second, job.OverlapSkip))
	runs := w.awaits(3)
	for i, r := range runs[:3] {
		require.Equal(t, job.Slot{Schedule: "tick", At: r.Due.At}.Key(), r.Command.Key)
		require.Equal(t, job.ID("work", r.Command.Key, job.IDLength), r.ID)
		require.Equal(t, "tick", r.Due.Schedule)
		require.Zero(t, r.Due.At.Nanosecond())
		require.True(t, r.Due.Next.After(r.Due.At))
		require.Equal(t, job.Actor{Kind: job.Schedule, ID: "tick", Name: "tick", Full: "schedule tick"}, r.Command.Actor)
		require.Equal(t, "schedules.tick", r.Rule)
		require.Equal(t, "#ops", r.Command.Place.Channel)
		if i > 0 {
			require.True(t, r.Due.At.After(runs[i-1].Due.At))
		}
	}
	d, err := w.engine.Client().DescribeWorkflowExecution(t.Context(), runs[0].ID, "")
	require.NoError(t, err)
	require.Equal(t, job.LaunchWorkflow, w.describe("tick").Schedule.Action.(*client.ScheduleWorkflowAction).Workflow)
	require.Contains(t, d.GetWorkflowExecutionInfo().GetParentExecution().GetWorkflowId(), job.LaunchPrefix+"tick-")
	require.NotNil(t, d.GetWorkflowExecutionInfo().GetMemo().GetFields()[job.MemoKey])
	require.Len(t, w.last("tick", ledger.KindHeld), 1)
}

// A run that goes on when its schedule comes again: the times meanwhile are left out, and people are told so, once.
func TestOverlapSkip(t *testing.T) {
	t.Parallel()
	w := holding(t, every("slow", time.Second, job.OverlapSkip))
	first := w.awaits(1)[0]
	eventually(t, "three times are left out", func() bool { return w.describe("slow").Info.NumActionsSkippedOverlap >= 3 })
	require.Len(t, w.began(), 1)
	w.letGo(first.ID)
	second := w.awaits(2)[1]
	require.GreaterOrEqual(t, second.Due.At.Sub(first.Due.At), 4*time.Second)
	lost := w.lost("slow")
	require.NotEmpty(t, lost)
	require.Equal(t, first.Due.At.Add(time.Second), lost[0].First.UTC())
	require.True(t, slices.ContainsFunc(lost, func(l ledger.Lost) bool { return l.Why == ledger.LostBusy && l.Count > 1 }), "%v", lost)
	eventually(t, "people are told", func() bool { return strings.Contains(w.heard(), "Its run before was still going on.") })
	require.Equal(t, 1, strings.Count(w.heard(), "still going on"))
}

func TestOverlapQueue(t *testing.T) {
	t.Parallel()
	w := holding(t, every("slow", time.Second, job.OverlapQueue))
	first := w.awaits(1)[0]
	eventually(t, "some times are left out", func() bool { return w.describe("slow").Info.NumActionsSkippedOverlap >= 2 })
	require.Len(t, w.began(), 1)
	w.letGo(first.ID)
	require.Equal(t, first.Due.At.Add(time.Second), w.awaits(2)[1].Due.At, "the first of them waited for its turn")
}

func TestOverlapReplace(t *testing.T) {
	t.Parallel()
	w := holding(t, every("slow", 2*time.Second, job.OverlapReplace))
	runs := w.awaits(2)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Equal(t, runs[0].ID+" cancelled by the next run of slow", w.ended[0])
}

func TestOverlapBoth(t *testing.T) {
	t.Parallel()
	w := holding(t, every("slow", time.Second, job.OverlapBoth))
	w.awaits(3)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.ended)
	require.NotContains(t, w.said, "did not run")
}

// What passes while a schedule is paused is gone: resuming begins with the next time. The pause survives a restart and
// other times, and what pawl.yaml holds nobody resumes.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	tick := every("tick", time.Second, job.OverlapSkip)
	w := newTimes(t, tick)
	w.awaits(1)
	require.NoError(t, w.door.Hold(t.Context(), job.Hold{Schedule: "tick", Paused: true, By: alice, Because: "holidays", At: time.Now()}))
	paused := time.Now()
	state, err := w.door.ScheduleOf(t.Context(), "Tick", false)
	require.NoError(t, err)
	require.Equal(t, []any{true, "Alice", "holidays"}, []any{state.Paused, state.By, state.Because})

	w.stop()
	tick.Every = 2 * time.Second
	w.begin(tick)
	state, err = w.door.ScheduleOf(t.Context(), "tick", false)
	require.NoError(t, err)
	require.Equal(t, []any{true, "Alice", "holidays"}, []any{state.Paused, state.By, state.Because})
	eventually(t, "four seconds pass", func() bool { return time.Since(paused) > 4*time.Second })

	before := len(w.began())
	resumed := time.Now()
	require.NoError(t, w.door.Hold(t.Context(), job.Hold{Schedule: "tick", By: alice, At: time.Now()}))
	for _, r := range w.awaits(before + 2)[before:] {
		require.True(t, r.Due.At.After(resumed.Truncate(time.Second)), "%s was before it was resumed at %s", r.Due.At, resumed)
	}
	for _, r := range w.began() {
		require.False(t, r.Due.At.After(paused.Add(time.Second)) && r.Due.At.Before(resumed.Truncate(time.Second)), "%s was while it was paused", r.Due.At)
	}
	for _, l := range w.lost("tick") { // a machine that is busy may lose others
		require.False(t, l.Last.After(paused) && l.First.Before(resumed.Truncate(time.Second)), "%v was while it was paused, which is not lost", l)
	}

	w.stop()
	tick.Paused = true
	w.begin(tick)
	require.True(t, w.describe("tick").Schedule.State.Paused)
	err = w.door.Hold(t.Context(), job.Hold{Schedule: "tick", By: alice, At: time.Now()})
	require.ErrorContains(t, err, "`paused: true`")
	w.stop()
	tick.Paused = false
	w.begin(tick)
	require.False(t, w.describe("tick").Schedule.State.Paused, "pawl.yaml held it, and lets it go")
}

func TestASchedulePawlYamlNoLongerNamesIsGone(t *testing.T) {
	t.Parallel()
	w := newTimes(t, yearly("one", job.OverlapSkip), yearly("two", job.OverlapSkip))
	w.describe("two")
	eventually(t, "both are listed", func() bool { return w.listed() == "schedule/one schedule/two" })
	w.stop()
	w.begin(yearly("one", job.OverlapSkip))
	eventually(t, "one is left", func() bool { return w.listed() == "schedule/one" })
	var held ledger.Held
	require.NoError(t, w.last("two", ledger.KindHeld)[0].Decode(&held))
	require.True(t, held.Paused)
}

// Pawl was away for a few times: one of them is run when it is back, and of the others people are told.
func TestTimesAreLostWhilePawlIsAway(t *testing.T) {
	t.Parallel()
	// No run takes that long, whatever else this machine does: a time at which the one before still goes on is lost, too.
	tick, once := every("tick", 4*time.Second, job.OverlapSkip), every("once", 4*time.Second, job.OverlapSkip)
	once.Missed = job.MissedOnce
	w := newTimes(t, tick, once)
	last := w.awaits(2)[1]
	eventually(t, "both have ended", func() bool {
		return len(w.describe("tick").Info.RunningWorkflows)+len(w.describe("once").Info.RunningWorkflows) == 0
	})
	w.stop()
	eventually(t, "four times pass", func() bool { return time.Since(last.Due.At) > 17*time.Second })
	w.begin(tick, once)
	w.awaits(6)
	for name, says := range map[string]string{"tick": "It runs next today at", "once": "One run makes up for that now."} {
		eventually(t, "people are told of "+name, func() bool { return strings.Contains(w.heard(), "*"+name+"* did not run") })
		lost := w.lost(name)
		require.Len(t, lost, 1)
		require.Equal(t, ledger.LostAway, lost[0].Why)
		require.GreaterOrEqual(t, lost[0].Count, 2)
		require.Equal(t, 1, strings.Count(w.heard(), "*"+name+"* did not run"), w.heard())
		require.Contains(t, w.heard(), says)
	}
}

// Times that are so long ago that nothing makes up for them are told when Pawl is back, once.
func TestTimesThatAreLostForGood(t *testing.T) {
	t.Parallel()
	slow := every("slow", 20*time.Minute, job.OverlapSkip)
	w := &times{t: t, dir: t.TempDir()}
	l, err := ledger.Open(t.Context(), filepath.Join(w.dir, "ledger.db"))
	require.NoError(t, err)
	since := time.Now().Add(-2 * time.Hour)
	_, err = l.Record(t.Context(), ledger.Entry{
		At: since, Key: "schedule/slow/held/before", Kind: ledger.KindHeld, Job: ledger.OfSchedule("slow"), Data: ledger.Held{When: "every minute, Europe/Prague"},
	})
	require.NoError(t, err)
	require.NoError(t, l.Close())
	w.begin(slow)
	require.Empty(t, w.lost("slow"), "the engine is new")
	w.stop()
	w.begin(slow)
	lost := w.lost("slow")
	require.Len(t, lost, 1)
	require.GreaterOrEqual(t, lost[0].Count, 5)
	require.True(t, lost[0].Last.Before(time.Now().Add(-6*time.Minute)))
	eventually(t, "people are told", func() bool { return strings.Contains(w.heard(), "*slow* did not run") })
	require.NoError(t, w.door.Reconcile(t.Context()))
	require.Len(t, w.lost("slow"), 1)
	require.Equal(t, 1, strings.Count(w.heard(), "did not run"))
}

// The engine comes when we say it does, in any zone.
func TestTheEngineAgreesOnTimes(t *testing.T) {
	t.Parallel()
	var all []job.Scheduled
	for i, said := range []string{"weekdays at 5:30", "hourly at :15", "on the 1st and 15th at 6:00", "0 6 13 * 5", "every 6 hours", "mondays and fridays at 7pm"} {
		for _, zone := range []string{"Europe/Prague", "America/New_York", "Asia/Kolkata", "UTC"} {
			parsed, err := when.Parse(said)
			require.NoError(t, err)
			all = append(all, job.Scheduled{
				Name: fmt.Sprintf("%d %s", i, strings.ToLower(zone)), Run: "work", When: parsed.String(), Cron: parsed.Cron(), Every: parsed.Every(), Zone: zone,
				Overlap: job.OverlapSkip, Missed: job.MissedSkip, Channel: "#ops",
			})
		}
	}
	w := newTimes(t, all...)
	for _, s := range all {
		times, err := slots.Of(s)
		require.NoError(t, err)
		next := w.describe(s.Name).Info.NextActionTimes
		require.Len(t, next, 10)
		ours := times.NextN(next[0].Add(-time.Second), 10)
		for i := range next {
			require.True(t, next[i].Equal(ours[i]), "%s in %s: the engine comes at %s, we say %s", s.When, s.Zone, next[i], ours[i])
		}
	}
}

// Somebody has a schedule run out of turn: it runs once for each wish, also while it is paused.
func TestRunNow(t *testing.T) {
	t.Parallel()
	held := yearly("backup", job.OverlapSkip)
	held.Paused = true
	w := holding(t, held)
	id, why, err := w.door.RunNow(t.Context(), "backup", alice, "wish 1")
	require.NoError(t, err)
	require.Empty(t, why)
	again, _, err := w.door.RunNow(t.Context(), "backup", alice, "wish 1")
	require.NoError(t, err)
	require.Equal(t, id, again)
	_, why, err = w.door.RunNow(t.Context(), "backup", alice, "wish 2")
	require.NoError(t, err)
	require.Equal(t, "its last run still goes on", why)
	w.letGo(id)
	eventually(t, "it has ended", func() bool { return len(w.describe("backup").Info.RunningWorkflows) == 0 })
	other, _, err := w.door.RunNow(t.Context(), "backup", alice, "wish 3")
	require.NoError(t, err)
	require.NotEqual(t, id, other)
	runs := w.awaits(2)
	require.Len(t, runs, 2)
	require.Equal(t, "Alice", runs[0].Due.By)
	require.True(t, runs[0].Due.Next.IsZero(), "it is paused")
	require.Equal(t, job.Schedule, runs[0].Command.Actor.Kind)
	require.Empty(t, w.lost("backup"))
}

// A time that is delivered once more is one run, and an id that belongs to somebody else is left to them.
func TestOneRunForEachTime(t *testing.T) {
	t.Parallel()
	w := newTimes(t, yearly("tick", job.OverlapSkip))
	times := yearly("tick", job.OverlapSkip)
	slot := job.Slot{Schedule: "tick"}
	now := time.Now().UTC()
	slot.At = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC).AddDate(0, 0, -2)
	require.NotEmpty(t, times.Cron)
	_, err := w.engine.Client().ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: job.ID("work", slot.Key(), job.IDLength), TaskQueue: "nobody", Memo: map[string]any{job.MemoKey: "another"},
	}, "work")
	require.NoError(t, err)
	handle := w.engine.Client().ScheduleClient().GetHandle(t.Context(), job.SchedulePrefix+"tick")
	backfill := func() {
		require.NoError(t, handle.Backfill(t.Context(), client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{
			{Start: slot.At.Add(-time.Minute), End: slot.At.Add(time.Minute)},
		}}))
	}
	backfill()
	run := w.awaits(1)[0]
	require.Equal(t, job.ID("work", slot.Key(), job.IDLength+1), run.ID)
	launcher := job.LaunchPrefix + "tick-" + slot.At.Format(time.RFC3339)
	require.NoError(t, w.engine.Client().GetWorkflow(t.Context(), launcher, "").Get(t.Context(), nil))
	first, err := w.engine.Client().DescribeWorkflowExecution(t.Context(), launcher, "")
	require.NoError(t, err)
	backfill()
	eventually(t, "it is delivered again", func() bool {
		d, err := w.engine.Client().DescribeWorkflowExecution(t.Context(), launcher, "")
		return err == nil && d.GetWorkflowExecutionInfo().GetExecution().GetRunId() != first.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	})
	var out job.Launched
	require.NoError(t, w.engine.Client().GetWorkflow(t.Context(), launcher, "").Get(t.Context(), &out))
	require.Equal(t, run.ID, out.Run)
	require.Len(t, w.began(), 1)
}
