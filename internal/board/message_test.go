package board_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
)

func refreshing() (board.Board, time.Time) {
	start := time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC)
	return board.Board{
		ID: "toy-k4m7q2", Title: "Refreshing your toy database", State: board.Running, Started: start,
		Lead: []string{"Usually 4 minutes. Your current toy works until the last step."},
		Steps: []board.Step{
			{Name: "Snapshot of master", State: board.StepDone, Detail: "state of 14:02, shared with Bob", Took: time.Second},
			{Name: "Copy to the toy server", State: board.StepDone, Took: 41 * time.Second},
			{Name: "Restore next to your current toy", State: board.StepRunning, Percent: 62, Note: "table orders, 1.2 of 1.9 million rows", Started: start.Add(time.Minute), Usual: 90 * time.Second},
			{Name: "Hide personal data", State: board.StepToCome, Usual: 20 * time.Second},
			{Name: "Swap it in", State: board.StepToCome, Usual: time.Second},
		},
		Buttons: []board.Button{{Label: "Cancel", Action: "decide"}},
	}, start.Add(2 * time.Minute)
}

func TestARunningBoard(t *testing.T) {
	t.Parallel()
	b, now := refreshing()
	m := b.Message(now)
	require.Equal(t, `*Refreshing your toy database: step 3 of 5, about 1 minute left*  toy-k4m7q2
Usually 4 minutes. Your current toy works until the last step.

[done] Snapshot of master · state of 14:02, shared with Bob
[done] Copy to the toy server · 41 s
[running] Restore next to your current toy · 62 %
`+board.Indent+`table orders, 1.2 of 1.9 million rows
[to come] Hide personal data
[to come] Swap it in
[ Cancel ]
`, m.Plain())
	require.Equal(t, "Refreshing your toy database, step 3 of 5: restore next to your current toy, 62 percent, about 1 minute left.", m.Sentence)
}

func TestWhatIsLeftIsNotGuessed(t *testing.T) {
	t.Parallel()
	b, now := refreshing()
	b.Steps[3].Usual = 0
	require.NotContains(t, b.Message(now).Head, "left")
}

func TestEveryStateHasASentence(t *testing.T) {
	t.Parallel()
	for _, state := range []board.State{board.Running, board.Waiting, board.Asking, board.Done, board.Failed, board.Cancelled, board.Refused} {
		b, now := refreshing()
		b.State, b.Ended = state, now
		m := b.Message(now)
		require.NotEmpty(t, m.Sentence, state)
		require.Equal(t, byte('.'), m.Sentence[len(m.Sentence)-1], "%s: %s", state, m.Sentence)
		require.NotContains(t, m.Sentence, "*")
	}
}

// Each state is told by its word on a plain surface, so colour and shape never carry it alone.
func TestEveryStepStateHasItsWord(t *testing.T) {
	t.Parallel()
	for _, s := range []board.StepState{board.StepToCome, board.StepRunning, board.StepAsking, board.StepDone, board.StepFailed, board.StepNotDone, board.StepCancelled} {
		b := board.Board{Title: "x", Steps: []board.Step{{Name: "A step", State: s}}}
		require.Contains(t, b.Message(time.Time{}).Plain(), "["+string(s)+"] A step")
	}
}

func TestAboutLeft(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		2 * time.Second: "a few seconds left", 14 * time.Second: "about 10 s left", 47 * time.Second: "about 50 s left",
		70 * time.Second: "about 1 minute left", 100 * time.Second: "about 2 minutes left", 10 * time.Minute: "about 10 minutes left",
	} {
		require.Equal(t, want, board.AboutLeft(d), d)
	}
}
