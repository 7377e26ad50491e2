package starter_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// asking is a door with Alice's toy, which asks its first question.
func asking(t *testing.T, deadline time.Duration) (*door, string) {
	t.Helper()
	d := newDoor(t, deadline)
	run := d.settled(t, toy("run", alice))
	d.asks(t, 1)
	return d, run.ID
}

// asks lets the run say that it put its n'th question.
func (d *door) asks(t *testing.T, n int) {
	t.Helper()
	d.says(t, ledger.KindWaiting(n), ledger.Waiting{For: ledger.ForPerson, Who: []string{"Alice"}, Words: []string{"retry", "stop"}, Ask: n})
}

func (d *door) says(t *testing.T, kind string, data any) {
	t.Helper()
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: "run", Kind: kind, Run: job.ID("toy", "run", 6), Job: "toy", Data: data})
	require.NoError(t, err)
}

func decision(choice string, ask int, who job.Actor, key job.Key) job.Decision {
	return job.Decision{Run: job.ID("toy", "run", 6), Ask: ask, Choice: choice, Actor: who, Key: key, Place: job.Place{Channel: "C1", Thread: "run"}}
}

func TestAnAnswerIsInTheRunsHistoryBeforeItCounts(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	answer := decision("retry", 1, alice, "press")
	answer.Because = "the disk was full"
	require.Equal(t, job.Answer{Counted: true, Text: fmt.Sprintf("Recorded for `%s`: I try again.", id)}, d.Decide(t.Context(), answer))
	require.Equal(t, []job.Decision{answer}, d.engine.decisions(t, id))

	entries, err := d.ledger.Entries(t.Context(), "run")
	require.NoError(t, err)
	require.Len(t, entries, 4)
	for i, kind := range []string{ledger.KindDecision(1, "press"), ledger.KindCounted(1, "press")} {
		e := entries[2+i]
		require.Equal(t, kind, e.Kind)
		require.Equal(t, alice, e.Actor)
		require.Equal(t, "retry", e.Text)
		require.Equal(t, id, e.Run)
	}
}

func TestTheSameAnswerTwiceHasOneEffect(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	answers := together(8, func(int) job.Answer { return d.Decide(t.Context(), decision("retry", 1, alice, "press")) })
	for _, a := range answers {
		require.True(t, a.Counted)
		require.Equal(t, answers[0].Text, a.Text)
	}
	require.Len(t, d.engine.decisions(t, id), 1)

	// Also when the ledger does not know that the first one arrived.
	other, id := asking(t, ample)
	other.engine.next("signal", fault{lose: serviceerror.NewInternal("lost")})
	require.Equal(t, job.Answer{Retry: true, Ask: 1, Text: "Not confirmed yet: I do not know whether your answer was recorded."},
		other.Decide(t.Context(), decision("stop", 1, alice, "press")))
	require.True(t, other.Decide(t.Context(), decision("stop", 1, alice, "press")).Counted)
	require.Len(t, other.engine.decisions(t, id), 1)
}

func TestWhereTheIDIsLeftOutTheThreadTells(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	typed := decision("retry", 0, alice, "typed")
	typed.Run = ""
	require.True(t, d.Decide(t.Context(), typed).Counted)
	got := d.engine.decisions(t, id)
	require.Len(t, got, 1)
	require.Equal(t, id, got[0].Run)
	require.Equal(t, 1, got[0].Ask, "the only open question is meant, now and not whichever is open later")

	typed.Place.Thread = "elsewhere"
	require.Equal(t, job.Answer{Text: "Nothing runs in this thread. Say `retry` and the id; `runs` shows what is going on."}, d.Decide(t.Context(), typed))
	typed.Run = "toy-zzzzzz"
	require.Equal(t, job.Answer{Text: "I don't know `toy-zzzzzz`. `runs` shows what is going on."}, d.Decide(t.Context(), typed))
}

func TestAnAnswerWithoutANumberWhileItIsNotClearWhichIsLeftToTheRun(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	d.asks(t, 2)
	require.True(t, d.Decide(t.Context(), decision("retry", 0, alice, "two open")).Counted)
	d.says(t, ledger.KindWorking(1), nil)
	d.says(t, ledger.KindWorking(2), nil)
	a := d.Decide(t.Context(), decision("retry", 0, alice, "none open"))
	require.True(t, a.Counted)
	require.Contains(t, a.Text, "I see no open question there just now, so it may change nothing.")
	for _, got := range d.engine.decisions(t, id) {
		require.Zero(t, got.Ask)
	}
}

func TestWhoMayAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		who    job.Actor
		choice string
		denied string
	}{
		"who asked retries":                        {alice, "retry", ""},
		"who asked cancels":                        {alice, "cancel", ""},
		"who asked cancels, renamed":               {job.Actor{Kind: alice.Kind, ID: alice.ID, Name: "other"}, "cancel", ""},
		"on call, who may answer, stops":           {carol, "stop", ""},
		"on call, who may answer, cancels":         {carol, "cancel", ""},
		"another who may toy cancels":              {eve, "cancel", ""},
		"another who may toy does not retry":       {eve, "retry", "This one is for Alice or @oncall."},
		"a stranger does not stop":                 {sam, "stop", "This one is for Alice or @oncall."},
		"a stranger does not cancel":               {sam, "cancel", "This one is for Alice or @engineers or @oncall."},
		"the same id from another door is not her": {job.Actor{Kind: job.CLIUser, ID: alice.ID}, "stop", "This one is for Alice or @oncall."},
		"nobody": {job.Actor{}, "stop", "I don't know who you are, so it does not count."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, id := asking(t, ample)
			ask := 1
			if tt.choice == job.CancelChoice {
				ask = 0
			}
			a := d.Decide(t.Context(), decision(tt.choice, ask, tt.who, "press"))
			if tt.denied == "" {
				require.True(t, a.Counted, a.Text)
				require.Len(t, d.engine.decisions(t, id), 1)
				return
			}
			require.Equal(t, job.Answer{Text: tt.denied}, a)
			require.Equal(t, a, d.Decide(t.Context(), decision(tt.choice, ask, tt.who, "press")))
			require.Empty(t, d.engine.decisions(t, id))
			want := []string{"allowed", "waiting/1"}
			if tt.who.ID != "" {
				want = append(want, ledger.KindDecisionRefused(ask, "press")) // once
			}
			require.Equal(t, want, d.kinds(t, "run"))
		})
	}
}

func TestWhoMayCancelFollowsTheRulesOfTheWholeCommand(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	green := d.Start(t.Context(), restart("green", carol, "green"))
	blue := d.Start(t.Context(), restart("blue", carol, "blue"))
	cancel := func(id string) job.Answer {
		return d.Decide(t.Context(), job.Decision{Run: id, Choice: job.CancelChoice, Actor: alice, Key: job.Key("cancel " + id)})
	}
	require.True(t, cancel(green.ID).Counted, "alice may restart green")
	require.Equal(t, job.Answer{Text: "This one is for Carol or @oncall."}, cancel(blue.ID))
	d.setRules(policy(access.Rule{Who: "engineers", Command: "restart", Line: 1}))
	require.True(t, d.Decide(t.Context(), job.Decision{Run: blue.ID, Choice: job.CancelChoice, Actor: alice, Key: "later"}).Counted, "the rules as they are now")
}

func TestALateAnswerIsToldWhoWasFirst(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	require.True(t, d.Decide(t.Context(), decision("retry", 1, alice, "1")).Counted)

	// The run has not said yet that it goes on; the first answer counts all the same.
	again := d.Decide(t.Context(), decision("retry", 1, alice, "2"))
	require.True(t, again.Counted)
	require.Regexp(t, `^You already asked for another try at \d\d:\d\d\.$`, board.PlainText(again.Text))
	late := d.Decide(t.Context(), decision("stop", 1, carol, "3"))
	require.False(t, late.Counted)
	require.Regexp(t, `^Alice asked for another try at \d\d:\d\d\.$`, board.PlainText(late.Text))

	// It goes on and asks again. The first question stays decided, the second one is open.
	d.says(t, ledger.KindWorking(1), nil)
	d.asks(t, 2)
	require.Regexp(t, `^Alice asked`, d.Decide(t.Context(), decision("stop", 1, carol, "4")).Text)
	require.True(t, d.Decide(t.Context(), decision("stop", 2, carol, "5")).Counted)
	require.Len(t, d.engine.decisions(t, id), 2)

	// Cancelling is another matter, and once is enough.
	require.True(t, d.Decide(t.Context(), decision("cancel", 0, alice, "6")).Counted)
	require.Regexp(t, `^Alice cancelled this at`, d.Decide(t.Context(), decision("cancel", 0, carol, "7")).Text)
	require.Len(t, d.engine.decisions(t, id), 3)
}

func TestAQuestionThatClosedByItselfIsClosed(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	d.says(t, ledger.KindWorking(1), nil)
	closed := job.Answer{Text: fmt.Sprintf("That question of `%s` is closed already.", id)}
	require.Equal(t, closed, d.Decide(t.Context(), decision("retry", 1, alice, "1")))
	d.asks(t, 3)
	require.Equal(t, closed, d.Decide(t.Context(), decision("retry", 2, alice, "2")), "an older number is never open again")
	require.Empty(t, d.engine.decisions(t, id))
	require.True(t, d.Decide(t.Context(), decision("retry", 4, alice, "3")).Counted, "a newer one may just not be written down yet")
}

func TestARunThatEndedTakesNoAnswers(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	d.engine.end(id, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED)
	require.Equal(t, job.Answer{Text: fmt.Sprintf("`%s` has ended already.", id)}, d.Decide(t.Context(), decision("retry", 1, alice, "1")), "the engine knows first")

	d.says(t, ledger.KindOutcome, ledger.Outcome{State: board.Done, Text: "Your toy database is fresh."})
	a := d.Decide(t.Context(), decision("cancel", 0, alice, "2"))
	require.False(t, a.Counted)
	require.False(t, a.Retry)
	require.Regexp(t, "^`"+id+"` has ended already, at \\d\\d:\\d\\d: Your toy database is fresh.$", board.PlainText(a.Text))
}

func TestARunThatNeverStartedTakesNoAnswers(t *testing.T) {
	t.Parallel()
	d := newDoor(t, ample)
	id := job.ID("toy", "run", 6)
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: "run", Kind: ledger.KindAllowed, Run: id, Job: "toy", Actor: alice})
	require.NoError(t, err)
	require.Equal(t, job.Answer{Text: fmt.Sprintf("`%s` was never started, so there is nothing to decide.", id)},
		d.Decide(t.Context(), decision("cancel", 0, alice, "1")))
}

func TestAnAnswerWhileSomethingIsDown(t *testing.T) {
	t.Parallel()
	d, id := asking(t, short)
	press := decision("retry", 1, alice, "press")

	// The engine answers again within the deadline: the person need not know.
	d.engine.next("signal", fault{refuse: serviceerror.NewUnavailable("restarting")})
	require.True(t, d.eventually(t, press).Counted)
	require.Len(t, d.engine.decisions(t, id), 1)

	// It does not.
	d.engine.next("signal", fault{silent: true})
	began := time.Now()
	stop := decision("cancel", 0, alice, "stop")
	require.Equal(t, job.Answer{Retry: true, Text: "Not confirmed yet: I do not know whether your answer was recorded."}, d.Decide(t.Context(), stop))
	require.Less(t, time.Since(began), 10*short)
	require.True(t, d.eventually(t, stop).Counted)
	require.Len(t, d.engine.decisions(t, id), 2, "the same request id: the first one counts")

	// It does not take it at all.
	d.engine.next("signal", fault{refuse: serviceerror.NewInvalidArgument("too large")})
	require.Equal(t, job.Answer{Text: "Not recorded: the part of me that runs things did not take it."}, d.Decide(t.Context(), decision("stop", 2, alice, "stop it")))

	// Without the ledger nothing counts.
	require.NoError(t, d.ledger.Close())
	a := d.Decide(t.Context(), decision("retry", 2, alice, "more"))
	require.Equal(t, job.Answer{Retry: true, Text: "Not recorded: I cannot write down who decides what at the moment, and without that it does not count."}, a)
	require.Len(t, d.engine.decisions(t, id), 2)
}

func TestAnAnswerBeforeTheEngineIsUp(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	d := newDoorTo(t, ample, e, nil)
	_, err := d.ledger.Record(t.Context(), ledger.Entry{Key: "run", Kind: ledger.KindAllowed, Run: job.ID("toy", "run", 6), Job: "toy", Actor: alice})
	require.NoError(t, err)
	require.Equal(t, job.Answer{Retry: true, Text: "Not recorded yet: the engine does not answer."}, d.Decide(t.Context(), decision("cancel", 0, alice, "press")))
}

func TestALedgerThatHangsDoesNotHoldAnAnswerForLong(t *testing.T) {
	t.Parallel()
	d, id := asking(t, short)
	db, err := sql.Open("sqlite", "file:"+d.path+"?_txlock=immediate")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	tx, err := db.Begin()
	require.NoError(t, err)
	began := time.Now()
	require.True(t, d.Decide(t.Context(), decision("retry", 1, alice, "press")).Retry)
	require.Less(t, time.Since(began), 10*short)
	require.Empty(t, d.engine.decisions(t, id))
	require.NoError(t, tx.Rollback())
	require.True(t, d.eventually(t, decision("retry", 1, alice, "press")).Counted)
}

func TestAnswersThatMeanNothing(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	require.Equal(t, job.Answer{Text: "I don't know the answer `explode`."}, d.Decide(t.Context(), decision("explode", 1, alice, "1")))
	require.Equal(t, job.Answer{Text: "The answer came without anything that tells it from the next one, so it does not count."}, d.Decide(t.Context(), decision("stop", 1, alice, "")))
	require.Empty(t, d.engine.decisions(t, id))
}

// eventually sends a decision again, as the bridge does, until it is settled.
func (d *door) eventually(t *testing.T, what job.Decision) job.Answer {
	t.Helper()
	for deadline := time.Now().Add(ample); ; {
		a := d.Decide(t.Context(), what)
		if !a.Retry {
			return a
		}
		require.True(t, time.Now().Before(deadline), "it never got settled: %s", a.Text)
	}
}

// A word that is no answer to the question that is open neither reaches the run nor keeps others from answering.
func TestAWordThatTheQuestionDoesNotOfferSettlesNothing(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	require.Contains(t, d.Decide(t.Context(), decision("approve", 1, alice, "no answer")).Text, "needs nobody's agreement")
	d.says(t, ledger.KindCounted(1, "early"), map[string]any{"ask": 1, "choice": "deny", "key": "early"})
	require.True(t, d.Decide(t.Context(), decision("retry", 1, alice, "press")).Counted, "what came before the question was none either")
	require.Len(t, d.engine.decisions(t, id), 1)
}

// An answer without a number is one to the question that was open when it came, however often it is sent again.
func TestAnAnswerSaysWhichQuestionItWasTakenFor(t *testing.T) {
	t.Parallel()
	d, id := asking(t, ample)
	d.engine.next("signal", fault{refuse: serviceerror.NewInternal("restarting")})
	typed := decision("retry", 0, alice, "typed")
	a := d.Decide(t.Context(), typed)
	require.True(t, a.Retry)
	require.Equal(t, 1, a.Ask)
	d.says(t, ledger.KindWorking(1), nil)
	d.asks(t, 2)
	typed.Ask = a.Ask
	a = d.eventually(t, typed)
	require.False(t, a.Counted)
	require.Empty(t, d.engine.decisions(t, id), "the second question is another one")
}
