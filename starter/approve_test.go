package starter_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

var bob = job.Actor{Kind: job.SlackUser, ID: "U5", Name: "bob", Full: "Bob", Groups: []string{"engineers", "oncall"}}

// approving is a door with Bob's forced restart, which asks whether others agree.
func approving(t *testing.T) (*door, string) {
	t.Helper()
	d := newDoor(t, ample)
	c := restart("run", bob, "blue")
	c.Name, c.Text = "force restart", "force restart blue"
	run := d.settled(t, c)
	d.tells(t, run.ID, ledger.KindWaiting(1), ledger.Waiting{For: ledger.ForPerson, Who: []string{"@oncall"}, By: []string{"oncall"}, Words: []string{"approve", "deny"}, Ask: 1})
	return d, run.ID
}

func (d *door) tells(t *testing.T, run, kind string, data any) {
	t.Helper()
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: "run", Kind: kind, Run: run, Job: "force restart", Data: data})
	require.NoError(t, err)
}

func agreement(run, choice string, who job.Actor, key job.Key) job.Decision {
	return job.Decision{Run: run, Ask: 1, Choice: choice, Actor: who, Key: key, Place: job.Place{Channel: "C2"}}
}

func TestARunKnowsWhoHasToAgree(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	var req job.Request
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(d.engine.started(t, id).GetInput(), &req))
	require.Equal(t, job.Approval{By: []string{"oncall"}, Within: 15 * time.Minute, Rule: "approve line 31"}, req.Approve)
	r, found, err := d.ledger.Run(t.Context(), id)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, req.Approve, r.Terms.Approve)
}

func TestWithoutAnybodyWhoCouldAgreeNothingIsStarted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	c := toy("run", bob)
	c.Name, c.Text = "panic", "panic"
	s := d.Start(t.Context(), c)
	require.Equal(t, job.NotNow, s.Verdict)
	require.Empty(t, d.engine.ids())
}

func TestWhoAskedCannotAgree(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	a := d.Decide(t.Context(), agreement(id, "approve", bob, "press"))
	require.Equal(t, job.Answer{Text: "You asked for this, so it has to be someone else. @oncall knows. To take it back: `cancel`."}, a)
	require.Empty(t, d.engine.decisions(t, id))
	require.Contains(t, d.kinds(t, "run"), ledger.KindDecisionRefused(1, "press"), "a refusal is on record")
}

func TestOnlyThoseWhoWereAskedCanAgree(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	for i, who := range []job.Actor{alice, eve, sam} {
		a := d.Decide(t.Context(), agreement(id, "approve", who, job.Key("press"+who.ID)))
		require.Equal(t, job.Answer{Text: "This one is for @oncall. They have been asked."}, a, "%d", i)
	}
	require.Empty(t, d.engine.decisions(t, id))
	toyRun := d.settled(t, toy("toy", alice))
	a := d.Decide(t.Context(), agreement(toyRun.ID, "approve", carol, "odd"))
	require.Contains(t, a.Text, "needs nobody's agreement")
	require.False(t, a.Counted)
}

func TestAnAgreementIsAnsweredByTheRunItself(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	press := agreement(id, "approve", carol, "press")
	a := d.Decide(t.Context(), press)
	require.Equal(t, job.Answer{Counted: true, Pending: true, Text: "Recorded. Pawl's worker is down; it takes effect when it is back."}, a)
	require.Equal(t, []job.Decision{press}, d.engine.decisions(t, id))

	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.False(t, d.Heard(soon, press), "no worker has taken it")
	heard := make(chan bool)
	go func() { heard <- d.Heard(t.Context(), press) }()
	d.tells(t, id, ledger.KindHeard("press"), nil)
	require.True(t, <-heard)
	require.True(t, d.Decide(t.Context(), press).Counted, "the same press delivered again")
	require.Len(t, d.engine.decisions(t, id), 1)
}

func TestWhoeverComesLaterLearnsWhoDecided(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	dora := job.Actor{Kind: job.SlackUser, ID: "U6", Name: "dora", Full: "Dora", Groups: []string{"oncall"}}
	require.True(t, d.Decide(t.Context(), agreement(id, "approve", carol, "first")).Counted)
	require.Contains(t, d.Decide(t.Context(), agreement(id, "approve", carol, "second")).Text, "You already approved this at ")
	d.tells(t, id, ledger.KindWorking(1), nil)
	late := d.Decide(t.Context(), agreement(id, "deny", dora, "third"))
	require.Contains(t, late.Text, "Carol approved this at ")
	require.False(t, late.Counted)

	other, id2 := approving(t)
	no := agreement(id2, "deny", carol, "no")
	no.Because = "use green"
	require.True(t, other.Decide(t.Context(), no).Counted)
	require.Regexp(t, `Carol denied this at .*: "use green"`, other.Decide(t.Context(), agreement(id2, "approve", dora, "yes")).Text)
}

func TestAnApprovalDoesNotSettleItForOthers(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	dora := job.Actor{Kind: job.SlackUser, ID: "U6", Name: "dora", Full: "Dora", Groups: []string{"oncall"}}
	require.True(t, d.Decide(t.Context(), agreement(id, "approve", carol, "1")).Counted)
	require.True(t, d.Decide(t.Context(), agreement(id, "approve", dora, "2")).Counted, "two may have to agree")
	no := agreement(id, "deny", carol, "3")
	require.True(t, d.Decide(t.Context(), no).Counted, "she may change her mind; the run decides whether that is in time")
	require.Len(t, d.engine.decisions(t, id), 3)
}

// The process that had the press died between telling the run and writing that down; the run went on and ended. The
// same press is delivered again.
func TestAPressThatArrivedBeforeACrashCounts(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	press := agreement(id, "approve", carol, "press")
	d.tells(t, id, ledger.KindHeard("press"), nil)
	d.tells(t, id, ledger.KindWorking(1), nil)
	d.tells(t, id, ledger.KindOutcome, ledger.Outcome{State: "done"})
	a := d.Decide(t.Context(), press)
	require.True(t, a.Counted)
	require.True(t, a.Pending, "the run itself has answered")
	require.True(t, d.Heard(t.Context(), press))
	require.Empty(t, d.engine.decisions(t, id), "the run is not told twice")
	require.Contains(t, d.kinds(t, "run"), ledger.KindCounted(1, "press"), "the ledger has all of it")
}

// Who asked may stop a run, but not by a word that does not answer what others are asked.
func TestOtherWordsLeaveAnApprovalOpen(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	for _, word := range []string{"stop", "retry"} {
		stop := agreement(id, word, bob, job.Key(word))
		stop.Ask = 0
		require.Equal(t, job.Answer{Text: "The question here is answered with `approve` or `deny`."}, d.Decide(t.Context(), stop))
	}
	require.Empty(t, d.engine.decisions(t, id))
	require.True(t, d.Decide(t.Context(), agreement(id, "approve", carol, "yes")).Counted)

	d.tells(t, id, ledger.KindWorking(1), nil)
	d.tells(t, id, ledger.KindWaiting(2), ledger.Waiting{For: ledger.ForPerson, Who: []string{"Bob"}, Words: []string{"retry", "stop"}, Ask: 2})
	deny := agreement(id, "deny", carol, "deny")
	deny.Ask = 0
	require.Equal(t, "The question here is answered with `retry` or `stop`.", d.Decide(t.Context(), deny).Text)
	retry := agreement(id, "retry", bob, "again")
	retry.Ask = 2
	require.True(t, d.Decide(t.Context(), retry).Counted)
}

// Typed without a number, and delivered again when the run has moved on: it is still the answer to the first question.
func TestADecisionDeliveredAgainIsOneToTheSameQuestion(t *testing.T) {
	t.Parallel()
	d, id := approving(t)
	typed := agreement(id, "approve", carol, "typed")
	typed.Ask = 0
	require.True(t, d.Decide(t.Context(), typed).Counted)
	d.tells(t, id, ledger.KindHeard("typed"), nil)
	d.tells(t, id, ledger.KindWorking(1), nil)
	require.True(t, d.Decide(t.Context(), typed).Counted)
	counted := slices.DeleteFunc(d.kinds(t, "run"), func(kind string) bool { return !strings.HasPrefix(kind, "counted/") })
	require.Equal(t, []string{ledger.KindCounted(1, "typed")}, counted)
	require.Len(t, d.engine.decisions(t, id), 1)
}
