package board

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAStepSlowerThanUsualSaysSo(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 14, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state      StepState
		usual, ran time.Duration
		says       string
	}{
		{StepRunning, 40 * time.Second, 69 * time.Second, ""},
		{StepRunning, 40 * time.Second, 70 * time.Second, "Slower than usual: 1 minute so far, usually 40 s."},
		{StepRunning, 4 * time.Minute, 5*time.Minute + 59*time.Second, ""},
		{StepRunning, 4 * time.Minute, 6 * time.Minute, "Slower than usual: 6 minutes so far, usually 4 min."},
		{StepRunning, 0, time.Hour, ""}, // nobody knows what is usual
		{StepAsking, time.Second, time.Hour, ""},
		{StepDone, time.Second, time.Hour, ""},
	} {
		b := Board{Title: "Refreshing", State: Running, Steps: []Step{{Name: "Copy", State: c.state, Started: start, Usual: c.usual}}}
		text := b.Message(start.Add(c.ran)).Plain()
		if c.says == "" {
			require.NotContains(t, text, "Slower")
		} else {
			require.Contains(t, text, "[running] Copy\n"+Indent+c.says+"\n")
		}
	}
}

// What stands there changes once a minute at most: each change is an edit.
func TestSlowIsNotSaidAnewAllTheTime(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 14, 0, 0, 0, time.UTC)
	s := Step{Name: "Copy", State: StepRunning, Started: start, Usual: time.Minute}
	said := map[string]bool{}
	for ran := 2 * time.Minute; ran < 12*time.Minute; ran += 2 * time.Second {
		said[s.slower(start.Add(ran))] = true
	}
	require.LessOrEqual(t, len(said), 11)
}
