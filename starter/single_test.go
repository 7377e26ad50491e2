package starter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/starter"
)

func TestASecondOneOfTheSamePersonJoinsTheFirst(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	first := d.Start(t.Context(), toy("1", alice))
	require.Equal(t, job.Accepted, first.Verdict)
	posted := job.Posted{Channel: "C1", TS: "1.2"}
	want := job.Started{Verdict: job.Joined, ID: first.ID, Text: fmt.Sprintf("Your `toy` is under way already: `%s`.", first.ID)}
	require.Equal(t, want, d.Start(t.Context(), toy("2", alice)), "the board may not be posted yet")
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: "1", Kind: ledger.KindBoard, Run: first.ID, Data: posted})
	require.NoError(t, err)
	want.Board = posted
	require.Equal(t, want, d.Start(t.Context(), toy("2", alice)), "a redelivery gets the same answer")
	require.Equal(t, want, d.Start(t.Context(), toy("3", alice)))
	require.Equal(t, []string{"joined"}, d.kinds(t, "2"))

	// Other people, and other jobs, are not held up.
	require.Equal(t, job.Accepted, d.Start(t.Context(), toy("4", eve)).Verdict)
	undo := toy("5", alice)
	undo.Name = "toy undo"
	require.Equal(t, job.Accepted, d.Start(t.Context(), undo).Verdict)
	require.Equal(t, job.Accepted, d.Start(t.Context(), restart("6", carol, "green")).Verdict)
	require.Equal(t, job.Accepted, d.Start(t.Context(), restart("7", carol, "green")).Verdict)

	// A redelivery of the first is no second one.
	require.Equal(t, job.Started{Verdict: job.Accepted, ID: first.ID, Redelivery: true}, d.Start(t.Context(), toy("1", alice)))

	// Once it is over the next one starts; what was answered stays answered.
	d.engine.end(first.ID, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	_, err = d.ledger.Record(t.Context(), ledger.Entry{Key: "1", Kind: ledger.KindOutcome, Run: first.ID, Job: "toy", Data: ledger.Outcome{State: board.Done, Took: time.Hour}})
	require.NoError(t, err)
	require.Equal(t, want, d.Start(t.Context(), toy("2", alice)))
	next := d.Start(t.Context(), toy("8", alice))
	require.Equal(t, job.Accepted, next.Verdict)
	require.False(t, next.Redelivery)
	require.Contains(t, d.Start(t.Context(), toy("9", alice)).Text, "It will be done at about ", "earlier runs tell how long it takes")
}

func TestARunThatOnlyTheLedgerTakesForOpenBlocksNobody(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	terminated := d.Start(t.Context(), toy("1", alice))
	d.engine.end(terminated.ID, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED)
	second := d.Start(t.Context(), toy("2", alice))
	require.Equal(t, job.Accepted, second.Verdict)

	// A newer command that was allowed and never started hides the open one from nobody.
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: "3", Kind: ledger.KindAllowed, Run: job.ID("toy", "3", 6), Job: "toy", Actor: alice})
	require.NoError(t, err)
	require.Equal(t, second.ID, d.Start(t.Context(), toy("4", alice)).ID)
}

func TestWhetherTheFirstIsOpenCannotBeAskedSoNothingIsStarted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	first := d.Start(t.Context(), toy("1", alice))
	d.engine.next("describe", fault{refuse: serviceerror.NewPermissionDenied("no", "")})
	require.Equal(t, job.NotNow, d.Start(t.Context(), toy("2", alice)).Verdict)
	require.Equal(t, []string{first.ID}, d.engine.ids())
	require.Equal(t, job.Joined, d.Start(t.Context(), toy("2", alice)).Verdict)
}

// beside is a second door on the same engine and ledger, as another process has one.
func (d *door) beside(t *testing.T) *door {
	t.Helper()
	l, err := ledger.Open(t.Context(), d.path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	other := &door{engine: d.engine, ledger: l, path: d.path}
	other.rules.Store(d.rules.Load())
	other.Starter = starter.New(starter.Options{
		Client: d.engine.dial(t), Namespace: namespace, Ledger: l, Specs: specs(),
		Policy: func() (access.Policy, string) { return *other.rules.Load(), "hash" },
		Timers: job.Timers{StartWithin: ample, WorkflowTask: 2 * time.Second}, Log: zerolog.Nop(),
	})
	return other
}

func TestTwoOfOnePersonByTwoDoorsAreOneRun(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	doors := []*door{d, d.beside(t)}
	got := together(12, func(i int) job.Started { return doors[i%2].Start(t.Context(), toy(job.Key(fmt.Sprint(i)), alice)) })
	accepted := 0
	for _, g := range got {
		if g.Verdict == job.Accepted {
			accepted++
			continue
		}
		require.Equal(t, job.Joined, g.Verdict, g.Text)
	}
	require.Equal(t, 1, accepted)
	require.Len(t, d.engine.ids(), 1)
}

func TestTwoOfOnePersonAtOnceAreOneRun(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	got := together(12, func(i int) job.Started { return d.Start(t.Context(), toy(job.Key(fmt.Sprint(i)), alice)) })
	accepted := 0
	for _, g := range got {
		if g.Verdict == job.Accepted {
			accepted++
			continue
		}
		require.Equal(t, job.Joined, g.Verdict)
	}
	require.Equal(t, 1, accepted)
	require.Len(t, d.engine.ids(), 1)
}
