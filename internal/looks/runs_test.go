package looks_test

import (
	"context"
	"errors"
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

var two = time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)

func openLedger(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func record(t *testing.T, l *ledger.Ledger, e ledger.Entry) {
	t.Helper()
	fresh, err := l.Record(t.Context(), e)
	require.NoError(t, err)
	require.True(t, fresh)
}

func start(t *testing.T, l *ledger.Ledger, key, id, text string, who job.Actor, minute int) {
	t.Helper()
	record(t, l, ledger.Entry{
		At: two.Add(time.Duration(minute) * time.Minute), Key: job.Key(key), Kind: ledger.KindAllowed, Run: id, Job: "toy", Actor: who, Text: text,
	})
}

func answer(t *testing.T, look looks.Look) board.Message {
	t.Helper()
	m, err := look.Answer(t.Context(), looks.Request{Now: two.Add(30 * time.Minute)})
	require.NoError(t, err)
	return m
}

func TestRunsSaysWhoWhatSinceWhenAndWaitingForWhom(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	bob := job.Actor{Kind: job.SlackUser, ID: "U2", Full: "Bob"}
	start(t, l, "1", "toy-aaaaaa", "toy", alice, 0)
	start(t, l, "2", "toy-bbbbbb", "toy", bob, 5)
	start(t, l, "3", "restart-cccccc", "restart `green`", gus, 26)
	record(t, l, ledger.Entry{Key: "2", Kind: ledger.KindWaiting(1), Data: ledger.Waiting{For: ledger.ForTurn, Who: []string{"Alice"}, Text: "you are next"}})
	record(t, l, ledger.Entry{Key: "3", Kind: ledger.KindWaiting(1), Data: ledger.Waiting{For: ledger.ForPerson, Who: []string{"Gus", "@oncall"}, Text: "The disk is full."}})

	m := answer(t, looks.Runs(l))
	require.Equal(t, "3 runs are going on, 2 of them waiting.", m.Sentence)
	require.Equal(t, strings.TrimLeft(`
*Going on now: 3*
`+"`restart-cccccc` · Gus · `restart 'green'`"+` · since 14:26, 4 minutes
`+board.Indent+`waiting for a decision of Gus or @oncall: The disk is full.
`+"`toy-bbbbbb` · Bob · `toy`"+` · since 14:05, 25 minutes
`+board.Indent+`waiting for its turn, after Alice
`+"`toy-aaaaaa` · Alice · `toy`"+` · since 14:00, 30 minutes
`, "\n"), m.Plain())
	require.NotContains(t, strings.Join(m.Lines, ""), "user|", "a list notifies nobody")
}

func TestWhenNothingGoesOnRunsSaysWhatWasLast(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	require.Equal(t, "Nothing is going on.\n", answer(t, looks.Runs(l)).Plain())

	start(t, l, "1", "toy-aaaaaa", "toy", alice, 0)
	m := answer(t, looks.Runs(l))
	require.Equal(t, "1 run is going on.", m.Sentence)
	record(t, l, ledger.Entry{At: two.Add(4 * time.Minute), Key: "1", Kind: ledger.KindOutcome, Job: "toy", Data: ledger.Outcome{State: board.Done}})
	require.Equal(t, "Nothing is going on.\nThe last one was `toy` for Alice, done at 14:04.\n", answer(t, looks.Runs(l)).Plain())
}

func TestRunsFitsOnAPhone(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	for i := range 30 {
		start(t, l, fmt.Sprint(i), fmt.Sprintf("toy-%06d", i), "toy", alice, i)
	}
	m := answer(t, looks.Runs(l))
	require.Len(t, m.Lines, 9)
	require.Equal(t, "And 22 more.", m.Lines[8])
	require.Contains(t, m.Lines[0], "toy-000029", "the newest first")
}

func TestALongQuestionIsCut(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	start(t, l, "1", "toy-aaaaaa", "toy", alice, 0)
	record(t, l, ledger.Entry{Key: "1", Kind: ledger.KindWaiting(1), Data: ledger.Waiting{For: ledger.ForPerson, Text: strings.Repeat("é", 500)}})
	require.Equal(t, board.Indent+"waiting for a decision: "+strings.Repeat("é", 97)+"...", answer(t, looks.Runs(l)).Lines[1])
}

func TestIDsLeadToTheBoardsWhereThatIsPossible(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	for i, id := range []string{"toy-aaaaaa", "toy-bbbbbb", "toy-cccccc"} {
		start(t, l, id, id, "toy", alice, i)
	}
	record(t, l, ledger.Entry{Key: "toy-aaaaaa", Kind: ledger.KindBoard, Data: job.Posted{Channel: "C1", TS: "1.1"}})
	record(t, l, ledger.Entry{Key: "toy-bbbbbb", Kind: ledger.KindBoard, Data: job.Posted{Channel: "C1", TS: "2.2"}})
	m := answer(t, looks.Runs(l, looks.Links(func(_ context.Context, p job.Posted) (string, error) {
		if p.TS == "2.2" {
			return "", errors.New("message_not_found")
		}
		return "https://acme.slack.com/archives/" + p.Channel + "/" + p.TS, nil
	})))
	require.True(t, strings.HasPrefix(m.Lines[0], "`toy-cccccc` ·"), "no board yet")
	require.True(t, strings.HasPrefix(m.Lines[1], "`toy-bbbbbb` ·"), "no link to be had")
	require.True(t, strings.HasPrefix(m.Lines[2], board.Link("https://acme.slack.com/archives/C1/1.1", "toy-aaaaaa")+" ·"))
}

func TestRunsTellsWhenTheLedgerIsDown(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	require.NoError(t, l.Close())
	_, err := looks.Runs(l).Answer(t.Context(), looks.Request{})
	var down *ledger.DownError
	require.ErrorAs(t, err, &down)
}
