package frame_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

var (
	six  = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	jana = job.Actor{Kind: job.SlackUser, ID: "U9", Name: "jana", Full: "Jana"}
)

// syncs are the deals, and when they are fetched.
func (w *world) syncs() activities.Syncs {
	return activities.Syncs{
		All: []job.Sync{{
			Name: "deals", Title: "HubSpot deals", From: job.Source{Name: "HubSpot"}, To: job.Sink{File: "/srv/deals.csv"},
			Told: job.Told{Channel: "#sales-data", Owner: "jana", Each: w.each},
		}},
		Times: []job.Scheduled{{Name: "sync deals", Sync: "deals", When: "daily at 6:00, 12:00 and 18:00", Zone: "UTC"}},
		Zone:  time.UTC,
	}
}

// Fetch stands for the activities of a sync.
func (w *world) Fetch(ctx context.Context, run activities.RunRef) (string, error) {
	w.mu.Lock()
	w.fetches++
	n, source := w.fetches, w.source
	w.mu.Unlock()
	if source != nil {
		if err := source(n); err != nil {
			return "", err
		}
	}
	now := w.now()
	_, err := w.Record(ctx, ledger.Entry{
		At: now, Key: run.Key, Kind: ledger.KindSynced, Run: run.ID, Job: ledger.OfSync("deals"), Actor: run.Actor,
		Data: job.Reconciled{Position: job.Position{Read: 4856, Written: 4856}, New: 44, Unchanged: 4812, Before: 4812, AsOf: now},
	})
	return "4,856 rows", err
}

func fault(class, says string, final bool) error {
	return temporal.NewNonRetryableApplicationError(says, activities.FaultType, nil, job.Fault{
		Class: class, Says: says, At: "page 32 of about 49", Shown: "GET /deals?after=3100 -> 502 Bad Gateway", Final: final,
	})
}

func syncing() frame.Definition {
	return frame.Define(frame.Job[frame.Nothing, string]{
		Name: "sync run", Help: "fetch data now", Doing: "Syncing", Safe: "What was there before is untouched.",
		Plan: func(frame.View, frame.Nothing) (string, error) { return "deals", nil },
		Sync: func(s string) string { return s },
		Run: func(f *frame.F, _ string) error {
			return f.Do(frame.Work("Fetch from HubSpot", (*world)(nil).Fetch, f.Ref()))
		},
	})
}

// synced runs it as the schedule does, at six, with the next time at twelve.
func synced(t *testing.T, w *world, during func(*testsuite.TestWorkflowEnvironment)) frame.Result {
	t.Helper()
	return startAs(t, syncing(), w, func(r *job.Request) {
		r.Command.Actor = job.Actor{Kind: job.Schedule, ID: "sync deals", Name: "sync deals"}
		r.Command.Place = job.Place{Channel: "#sales-data"}
		r.Due = job.Due{Schedule: "sync deals", At: six, Next: six.Add(6 * time.Hour), Zone: "UTC"}
		r.Timers.SyncRetry, r.Timers.AskWithin = 15*time.Minute, 24*time.Hour
	}, func(env *testsuite.TestWorkflowEnvironment) {
		env.SetStartTime(six)
		w.now = env.Now
		if during != nil {
			during(env)
		}
	})
}

func TestAScheduledSyncThatWorksIsOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	require.Equal(t, "done", synced(t, w, nil).State)
	require.Equal(t, []string{"post ended/0"}, w.said)
	require.Equal(t, "*HubSpot deals: up to date, 06:00*\n4,856 rows, 44 new, none rejected. Next at 12:00.\n", w.last["1.0"])
}

func TestASyncThatIsNotAnsweredTriesAgainByItself(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.source = func(n int) error {
		if n < 3 {
			return fault(job.FaultTheirs, "HubSpot answered 502 five times in 2 minutes.", false)
		}
		return nil
	}
	var broken, owner string
	require.Equal(t, "done", synced(t, w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() { broken, owner = w.last["1.0"], w.last["2.0"] }, 10*time.Minute)
	}).State)
	require.Equal(t, 3, w.fetches)
	require.Equal(t, []string{"post trouble/1", "post T:C:1/trouble/1", "post fresh-k4m7q2"}, w.said, "the news, the owner, the recovery: nobody is told twice")
	require.Equal(t, "*HubSpot deals: not updated at 06:00*\nThere are no numbers from me yet; what is there is not mine.\n"+
		"HubSpot does not answer properly; the fault is on their side. I try again at 06:15. Jana knows.\n", broken)
	require.Equal(t, "@jana deals stopped at page 32 of about 49. HubSpot answered 502 five times in 2 minutes (*theirs*). The file was not touched.\n"+
		"    GET /deals?after=3100 -> 502 Bad Gateway\n[ Try now ]   [ Pause ]\nOr type `retry` or `pause` here.\n", owner)
	require.Equal(t, "*HubSpot deals: up to date, 06:30*\n4,856 rows, 44 new, none rejected. Next at 12:00. (HubSpot did not answer properly at 06:00, and has been fine since.)\n", w.last["1.0"])
	require.Contains(t, w.last["2.0"], "It has been fine since 06:30")
	require.NotContains(t, w.last["2.0"], "[ ")
	require.Equal(t, "@jana deals recovered by itself at 06:30.\n", w.last["3.0"])
}

func TestTheOwnerTriesItNow(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.source = func(n int) error {
		if n == 1 {
			return fault(job.FaultAccess, "HubSpot answered 401: the token was revoked.", true)
		}
		return nil
	}
	require.Equal(t, "done", synced(t, w, func(env *testsuite.TestWorkflowEnvironment) {
		decide(env, 90*time.Minute, job.Decision{Choice: "retry", Actor: jana, Key: "click", Ask: 1})
	}).State)
	require.Equal(t, 2, w.fetches)
	require.Equal(t, "*HubSpot deals: up to date, 07:30*", firstLine(w.last["1.0"]))
	require.Equal(t, "@jana deals recovered when Jana had it tried again at 07:30.\n", w.last["3.0"])
}

func TestWhatNobodyMendsMakesRoomForTheNextTime(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.source = func(int) error { return fault(job.FaultAccess, "HubSpot answered 401: the token was revoked.", true) }
	res := synced(t, w, nil)
	require.Equal(t, "failed", res.State)
	require.Equal(t, 1, w.fetches)
	require.Equal(t, 6*time.Hour-5*time.Second, res.Took.Round(time.Second))
	require.Contains(t, w.last["1.0"], "HubSpot does not let me in any more. The next try is at 12:00. Jana knows.")
	require.Contains(t, w.last["2.0"], "To try it now, type `sync run deals`.")
	require.NotContains(t, w.last["2.0"], "[ ")
}

// What the chat did not take in time does not keep the next time of the schedule waiting.
func TestAnEndThatTheChatDoesNotTake(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fails = func(what string) error {
		if what == "place #sales-data" {
			return context.DeadlineExceeded
		}
		return nil
	}
	res := synced(t, w, nil)
	require.Equal(t, "done", res.State)
	require.Less(t, res.Took, time.Minute)
	require.Empty(t, w.said)
}

// Those who want every run told get two messages of each.
func TestEveryRunIsToldWhereSomebodyWantsThat(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.each = true
	w.source = func(int) error {
		require.Eventually(t, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.said) > 0 }, time.Minute, time.Millisecond, "it is told that it began")
		return nil
	}
	require.Equal(t, "done", synced(t, w, nil).State)
	require.Equal(t, []string{"post began/0", "post ended/0"}, w.said)
	require.Contains(t, w.last["1.0"], "*HubSpot deals: being fetched since 06:00*")
	require.Contains(t, w.last["2.0"], "*HubSpot deals: up to date, 06:00*")
}

// A run that should have ended is told as late, once, and its end is told in the same message.
func TestARunThatIsLateIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld()
	acts := &activities.Activities{Poster: w, Ledger: w, Now: func() time.Time { return six.Add(30 * time.Minute) }, Syncs: w.syncs()}
	tell := func(n activities.SyncEvent) {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(acts)
		_, err := env.ExecuteActivity(acts.AnnounceSync, n)
		require.NoError(t, err)
	}
	run := activities.RunRef{ID: "run-k4m7q2", Key: "T:C:9", Actor: job.Actor{Kind: job.Schedule}}
	due := job.Due{Schedule: "sync deals", At: six}
	tell(activities.SyncEvent{Sync: "deals", What: activities.EventBegan, Run: run, Due: due})
	require.Empty(t, w.said)
	_, err := w.Record(t.Context(), ledger.Entry{At: six.Add(30 * time.Minute), Key: run.Key, Kind: ledger.KindLate, Job: ledger.OfSchedule("sync deals"), Data: due})
	require.NoError(t, err)
	for range 2 {
		tell(activities.SyncEvent{Sync: "deals", What: activities.EventLate, Run: run, Due: due})
	}
	require.Contains(t, w.last["1.0"], "*HubSpot deals: late, not here since 06:00*\n")
	require.Contains(t, w.last["1.0"], "I am at it; this message changes when it is done.")
	w.now = func() time.Time { return six.Add(31 * time.Minute) }
	_, err = w.Fetch(t.Context(), run)
	require.NoError(t, err)
	tell(activities.SyncEvent{Sync: "deals", What: activities.EventEnded, Run: run, Due: due})
	require.Len(t, w.said, 1, "who was told that it is late reads the same message")
	require.Contains(t, w.last["1.0"], "*HubSpot deals: up to date, 06:31*")
}

func TestASyncThatSomebodyRunsHasAThreadOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	res := startAs(t, syncing(), w, func(*job.Request) {}, func(env *testsuite.TestWorkflowEnvironment) {
		env.SetStartTime(six)
		w.now = env.Now
	})
	require.Equal(t, "done", res.State)
	require.Equal(t, []string{"post board", "post result", "react white_check_mark", "post ended/0"}, w.said)
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\n' {
			return s[:i]
		}
	}
	return s
}
