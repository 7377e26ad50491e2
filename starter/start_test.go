package starter_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

func TestAFreshCommandIsRecordedAndStarted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	c := toy("T1:C1:1.1", alice)
	id := job.ID("toy", c.Key, job.IDLength)
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: id}, d.Start(t.Context(), c))

	r := d.engine.started(t, id)
	require.Equal(t, "toy", r.WorkflowType.Name)
	require.Equal(t, job.QueueRuns, r.TaskQueue.Name)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL, r.WorkflowIdConflictPolicy)
	require.Equal(t, 2*time.Second, r.WorkflowTaskTimeout.AsDuration())
	decode := converter.GetDefaultDataConverter()
	fields := map[string]string{}
	for name, p := range r.Memo.Fields {
		fields["memo "+name] = decode.ToString(p)
	}
	for name, p := range r.SearchAttributes.IndexedFields {
		fields[name] = decode.ToString(p)
	}
	require.Equal(t, map[string]string{"memo key": `"T1:C1:1.1"`, "memo command": `"toy"`, "PawlJob": `"toy"`, "PawlRequester": `"alice"`}, fields)
	var request job.Request
	require.NoError(t, decode.FromPayloads(r.Input, &request))
	require.Equal(t, job.Request{
		ID: id, Command: c, Rule: "may.engineers line 21", Policy: "hash",
		Timers: job.Timers{StartWithin: ample, WorkflowTask: 2 * time.Second}, Asks: job.AskRules{Groups: []string{"oncall"}},
	}, request)

	require.Equal(t, []string{"allowed"}, d.kinds(t, c.Key))
	run, ok, err := d.ledger.InThread(t.Context(), "C1", "T1:C1:1.1")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, id, run.ID)
	require.Equal(t, "may.engineers line 21", run.Rule)
	require.Equal(t, ledger.Terms{Policy: "hash", Asks: job.AskRules{Groups: []string{"oncall"}}}, run.Terms)
}

func TestARedeliveryFindsTheRunWhateverBecameOfIt(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	c := toy("k", alice)
	first := d.Start(t.Context(), c)
	for _, status := range []enumspb.WorkflowExecutionStatus{
		enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
	} {
		d.engine.end(first.ID, status)
		require.Equal(t, job.Started{Verdict: job.Accepted, ID: first.ID, Redelivery: true}, d.Start(t.Context(), c), status.String())
	}
	require.Len(t, d.engine.ids(), 1)
	require.Equal(t, []string{"allowed"}, d.kinds(t, c.Key))
}

func TestAnOldRequestDoesNotRunAgainAfterTheEngineForgotIt(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	c := toy("k", alice)
	first := d.Start(t.Context(), c)
	_, err := d.ledger.Record(t.Context(), ledger.Entry{
		Key: "k", Kind: ledger.KindOutcome, Run: first.ID, Job: "toy", Data: ledger.Outcome{State: board.Done, Text: "Your toy database is fresh."},
	})
	require.NoError(t, err)
	d.engine.forget(first.ID)
	got := d.Start(t.Context(), c) // somebody presses a button of last month
	require.Equal(t, job.Refused, got.Verdict)
	require.Regexp(t, "^`"+first.ID+"` has ended already, at \\d\\d:\\d\\d: Your toy database is fresh. To run it once more, type it again.$", board.PlainText(got.Text))
	require.Empty(t, d.engine.ids())
}

func TestSixteenDeliveriesAtOnceAreOneRun(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	for name, c := range map[string]job.Command{"single": toy("k1", alice), "any": restart("k2", carol, "green")} {
		verdicts := together(16, func(int) job.Started { return d.Start(t.Context(), c) })
		fresh := 0
		for _, v := range verdicts {
			require.Equal(t, job.Accepted, v.Verdict, name)
			require.Equal(t, job.ID(c.Name, c.Key, job.IDLength), v.ID)
			if !v.Redelivery {
				fresh++
			}
		}
		require.Equal(t, 1, fresh, name)
	}
	require.Len(t, d.engine.ids(), 2)
}

func TestAnIDThatBelongsToAnotherKeyGrows(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	one, two := collide(t)
	first := d.Start(t.Context(), toy(one, alice))
	d.engine.end(first.ID, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED) // three weeks ago

	second := d.Start(t.Context(), toy(two, eve))
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: job.ID("toy", two, job.IDLength+1)}, second)
	require.True(t, strings.HasPrefix(second.ID, first.ID))
	require.Equal(t, second.ID, requestID(t, d, second.ID), "the run knows the id it got")
	require.Equal(t, []string{"allowed", "id/7"}, d.kinds(t, two))
	for id, key := range map[string]job.Key{first.ID: one, second.ID: two} {
		r, ok, err := d.ledger.Run(t.Context(), id)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, key, r.Key)
	}

	again := job.Started{Verdict: job.Accepted, ID: second.ID, Redelivery: true}
	require.Equal(t, again, d.Start(t.Context(), toy(two, eve)))
	d.engine.forget(first.ID)
	require.Equal(t, again, d.Start(t.Context(), toy(two, eve)), "also after the engine has forgotten the shorter one's owner")
	require.Equal(t, []string{second.ID}, d.engine.ids())
}

func TestTwoKeysThatRaceForOneIDBothGetARun(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	one, two := collide(t)
	cs := []job.Command{toy(one, alice), toy(two, eve)}
	got := together(8, func(i int) job.Started { return d.Start(t.Context(), cs[i%2]) })
	require.Len(t, d.engine.ids(), 2)
	for i, g := range got {
		require.Equal(t, job.Accepted, g.Verdict)
		require.Equal(t, got[i%2].ID, g.ID, "every delivery is told the same id")
	}
	require.NotEqual(t, got[0].ID, got[1].ID)
}

func TestATimeoutThatTookEffectIsUnknownAndThenTheTruth(t *testing.T) {
	t.Parallel()
	d := newDoor(t, short)
	d.engine.next("start", fault{silent: true})
	c := toy("k", alice)
	began := time.Now()
	got := d.Start(t.Context(), c)
	require.Equal(t, job.Unknown, got.Verdict)
	require.Equal(t, "Not confirmed yet: I do not know whether `toy` was started.", got.Text)
	require.Less(t, time.Since(began), 10*short, "it does not hang as the engine does")
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: job.ID("toy", "k", 6), Redelivery: true}, d.settled(t, c))
	require.Len(t, d.engine.ids(), 1)
}

func TestAStartThatTakesEffectAfterItsDeadlineIsStillOneRun(t *testing.T) {
	t.Parallel()
	d := newDoor(t, short)
	release := make(chan struct{})
	d.engine.next("start", fault{hold: release})
	c := restart("k", carol, "green")
	require.Equal(t, job.Unknown, d.Start(t.Context(), c).Verdict)
	require.Empty(t, d.engine.ids())
	close(release)
	d.engine.await(t, func() bool { return len(d.engine.runs) == 1 })
	require.True(t, d.settled(t, c).Redelivery)
	require.Len(t, d.engine.ids(), 1)
}

func TestALostAnswerIsAskedForAgainWithinOneStart(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	d.engine.next("start", fault{lose: serviceerror.NewUnavailable("connection reset")})
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: job.ID("toy", "k", 6)}, d.Start(t.Context(), toy("k", alice)))
	require.Len(t, d.engine.ids(), 1)
}

func TestADefiniteNoIsSaidAndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	c := toy("k", alice)
	for i := range 2 {
		d.engine.next("start", fault{refuse: serviceerror.NewPermissionDenied("no", "")})
		got := d.Start(t.Context(), c)
		require.Equal(t, job.NotNow, got.Verdict)
		require.Equal(t, "Nothing was started. The part of me that runs things does not answer properly.", got.Text)
		require.Empty(t, d.openRuns(t), "attempt %d is not under way", i+1)
	}
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: job.ID("toy", "k", 6)}, d.Start(t.Context(), c))
	require.Equal(t, []string{"allowed", "not started/1", "not started/2", "started/3"}, d.kinds(t, c.Key))
	require.Equal(t, []string{job.ID("toy", "k", 6)}, d.openRuns(t))
}

func TestADefiniteNoAfterALostYesIsAYes(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	d.engine.next("start", fault{lose: serviceerror.NewUnavailable("connection reset")}, fault{refuse: serviceerror.NewPermissionDenied("no", "")})
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: job.ID("toy", "k", 6), Redelivery: true}, d.Start(t.Context(), toy("k", alice)))
	require.Equal(t, []string{"allowed"}, d.kinds(t, "k"))
}

func TestADefiniteNoThatNobodyCanCheckIsUnknown(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	d.engine.next("start", fault{refuse: serviceerror.NewPermissionDenied("no", "")})
	d.engine.next("describe", fault{refuse: serviceerror.NewPermissionDenied("no", "")})
	require.Equal(t, job.Unknown, d.Start(t.Context(), toy("k", alice)).Verdict)
	require.Equal(t, []string{"allowed"}, d.kinds(t, "k"))
}

func TestARefusalIsFinalAndWrittenDownOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	for key, tt := range map[job.Key]struct {
		c    job.Command
		text string
	}{
		"1": {toy("1", sam), "`toy` is for @engineers."},
		"2": {restart("2", alice, "blue"), "`restart blue` is for @oncall."},
		"3": {restart("3", sam, "green"), "`restart green` is for @engineers or @oncall."},
		"4": {restart("4", sam, "blue"), "`restart blue` is not for you: `may not.sales line 24` in pawl.yaml says so."},
	} {
		want := job.Started{Verdict: job.Refused, Text: tt.text}
		for range 3 {
			require.Equal(t, want, d.Start(t.Context(), tt.c))
		}
		require.Equal(t, []string{"refused"}, d.kinds(t, key))
	}
	entries, err := d.ledger.Entries(t.Context(), "4")
	require.NoError(t, err)
	require.Equal(t, "may not.sales line 24", entries[0].Rule)
	require.Equal(t, sam, entries[0].Actor)

	d.setRules(policy())
	require.Equal(t, "Nobody may `toy`: no line under `may:` in pawl.yaml allows it.", d.Start(t.Context(), toy("5", alice)).Text)
	d.setRules(policy(access.Rule{Who: access.Everyone, Command: "toy", Line: 1}))
	require.Equal(t, job.Refused, d.Start(t.Context(), toy("1", sam)).Verdict, "the person was told no; a late redelivery is not a new question")
	require.Empty(t, d.engine.ids())
}

func TestAPermissionTakenAwayBetweenTwoDeliveries(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	running, stuck := toy("running", alice), toy("stuck", eve)
	require.Equal(t, job.Accepted, d.Start(t.Context(), running).Verdict)
	d.engine.next("start", fault{refuse: serviceerror.NewPermissionDenied("no", "")})
	require.Equal(t, job.NotNow, d.Start(t.Context(), stuck).Verdict)

	d.setRules(policy())
	require.True(t, d.Start(t.Context(), running).Redelivery, "what runs, runs")
	require.Equal(t, job.Refused, d.Start(t.Context(), stuck).Verdict, "what does not, may not any more")
	require.Len(t, d.engine.ids(), 1)
}

func TestWhatNoDoorShouldLetThroughIsRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	change := func(f func(*job.Command)) job.Command {
		c := toy("k", alice)
		f(&c)
		return c
	}
	for want, c := range map[string]job.Command{
		"I don't know `frobnicate 'it'`.":                                                         change(func(c *job.Command) { c.Name = "frobnicate `it`" }),
		"`runs` only looks; there is nothing to start.":                                           change(func(c *job.Command) { c.Name = "runs" }),
		"`old` is gone; say `toy`.":                                                               change(func(c *job.Command) { c.Name = "old" }),
		"I don't know who you are, so I did not run it.":                                          change(func(c *job.Command) { c.Actor = job.Actor{} }),
		"The command came without anything that tells it from the next one, so I did not run it.": change(func(c *job.Command) { c.Key = "" }),
	} {
		require.Equal(t, job.Started{Verdict: job.Refused, Text: want}, d.Start(t.Context(), c))
	}
	require.Empty(t, d.engine.ids())
}

func TestAVeryLongCommandStillStarts(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	c := restart("k", carol, "green")
	c.Args["because"] = strings.Repeat("é", 3000)
	c.Text += " because " + c.Args["because"]
	got := d.Start(t.Context(), c)
	require.Equal(t, job.Accepted, got.Verdict)
	memo := d.engine.started(t, got.ID).Memo
	require.Less(t, len(memo.Fields[job.MemoCommand].Data), 700)
}

// settled asks again, as the bridge does, until the answer is final.
func (d *door) settled(t *testing.T, c job.Command) job.Started {
	t.Helper()
	for deadline := time.Now().Add(ample); ; {
		got := d.Start(t.Context(), c)
		if got.Verdict != job.Unknown && got.Verdict != job.NotNow {
			return got
		}
		require.True(t, time.Now().Before(deadline), "it never got settled: %s", got.Text)
	}
}

func requestID(t *testing.T, d *door, id string) string {
	t.Helper()
	var r job.Request
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(d.engine.started(t, id).Input, &r))
	return r.ID
}

// together calls f n times at once.
func together[T any](n int, f func(i int) T) []T {
	out := make([]T, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i] = f(i) })
	}
	wg.Wait()
	return out
}

// A button has one key for all who press it. That somebody may not says nothing of the next one.
func TestARefusalIsForWhoWasRefused(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	asks := func(who job.Actor) job.Started { return d.settled(t, restart("button", who, "blue")) }
	require.Equal(t, job.Refused, asks(sam).Verdict)
	require.Equal(t, job.Refused, asks(eve).Verdict)
	require.Equal(t, []string{"refused", ledger.KindRefusedToo(eve)}, d.kinds(t, "button"), "both are in the audit")
	s := asks(bob)
	require.Equal(t, job.Accepted, s.Verdict, s.Text)
	require.Equal(t, job.Refused, asks(sam).Verdict, "he still may not")
	require.True(t, asks(bob).Redelivery)
	require.Len(t, d.engine.ids(), 1)
}

// Nor does a run that one of them has under way.
func TestAJoinedRunIsForWhoseItIs(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	first := d.settled(t, toy("first", alice))
	require.Equal(t, job.Joined, d.settled(t, toy("button", alice)).Verdict)
	s := d.settled(t, toy("button", eve))
	require.Equal(t, job.Accepted, s.Verdict, s.Text)
	require.NotEqual(t, first.ID, s.ID)
	require.Equal(t, job.Joined, d.settled(t, toy("button", alice)).Verdict)
}
