package ledger_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

func TestTheLastRunsOfSomebody(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		put := func(e ledger.Entry) {
			t.Helper()
			_, err := l.Record(t.Context(), e)
			require.NoError(t, err)
		}
		none, err := l.Newest(t.Context())
		require.NoError(t, err)
		require.Zero(t, none)
		who := job.Actor{Kind: job.SlackUser, ID: "U1", Name: "ann"}
		for i := range 5 {
			id := fmt.Sprintf("toy-aaaaa%d", i)
			put(ledger.Entry{Key: job.Key(id), Kind: ledger.KindAllowed, Run: id, Job: "toy", Actor: who})
			put(ledger.Entry{Key: job.Key("o" + id), Kind: ledger.KindAllowed, Run: "o" + id, Job: "toy", Actor: job.Actor{Kind: job.SlackUser, ID: "U11"}})
			put(ledger.Entry{Key: job.Key("k" + id), Kind: ledger.KindAllowed, Run: "k" + id, Job: "toy", Actor: job.Actor{Kind: "key", ID: "U1"}})
			who.Groups = append(who.Groups, "oncall") // what else is known of them changes
		}
		before, err := l.Newest(t.Context())
		require.NoError(t, err)
		put(ledger.Entry{Key: "toy-aaaaa4", Kind: ledger.KindOutcome, Run: "toy-aaaaa4", Job: "toy", Actor: who, Data: ledger.Outcome{State: board.Done}})
		after, err := l.Newest(t.Context())
		require.NoError(t, err)
		require.Greater(t, after, before)

		runs, err := l.RecentOf(t.Context(), who, 6)
		require.NoError(t, err)
		require.Equal(t, []string{"toy-aaaaa4", "toy-aaaaa3", "toy-aaaaa2"}, ids(runs)[:3])
		require.False(t, runs[0].Open())
		for _, r := range runs {
			require.True(t, r.Actor.Same(who), r.ID)
		}
		runs, err = l.RecentOf(t.Context(), job.Actor{Kind: job.SlackUser, ID: `%"`}, 6)
		require.NoError(t, err)
		require.Empty(t, runs)
	})
}

func TestWhereAQuestionStands(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, at place) {
		l := at.open(t)
		for _, e := range []ledger.Entry{
			{Kind: ledger.KindAllowed, Job: "toy"},
			{Kind: ledger.KindWaiting(1), Data: ledger.Waiting{For: ledger.ForTurn}},
			{Kind: ledger.KindWaiting(2), Data: ledger.Waiting{For: ledger.ForPerson, Ask: 1, Buttons: []board.Button{{Label: "Try again"}}}},
			{Kind: ledger.KindQuestion(1), Data: job.Posted{Channel: "C1", TS: "1.2"}},
		} {
			e.Key, e.Run = "k", "toy-aaaaaa"
			_, err := l.Record(t.Context(), e)
			require.NoError(t, err)
		}
		r, _, err := l.Run(t.Context(), "toy-aaaaaa")
		require.NoError(t, err)
		require.Equal(t, []ledger.Waiting{
			{For: ledger.ForTurn}, {For: ledger.ForPerson, Ask: 1, Buttons: []board.Button{{Label: "Try again"}}, At: job.Posted{Channel: "C1", TS: "1.2"}},
		}, r.Waits)
	})
}
