package live_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/live"
)

func TestAllAtOnceAndNothingHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		slow := func(ctx context.Context) []live.Finding {
			<-ctx.Done()
			return []live.Finding{{"Slack", "b", live.Mend, "cut", ""}}
		}
		began := time.Now()
		all := live.Run(t.Context(), []live.Check{
			{Area: "Slack", What: "a", Try: func(context.Context) []live.Finding {
				return []live.Finding{{"Slack", "a", live.OK, "two\nlines <!here>", ""}}
			}},
			{Area: "Slack", What: "b", Try: slow},
			{Area: "hosts", What: "c", Try: func(context.Context) []live.Finding { <-over; return nil }},
			{Area: "hosts", What: "d", Try: func(context.Context) []live.Finding { panic("oh") }},
			{Area: "hosts", What: "e", Within: 20 * time.Second, Try: func(ctx context.Context) []live.Finding {
				at, _ := ctx.Deadline()
				return []live.Finding{{"hosts", "e", live.Note, time.Until(at).String(), ""}}
			}},
		}, 5*time.Second)
		require.Equal(t, 5500*time.Millisecond, time.Since(began))
		require.Len(t, all, 5)
		require.NotContains(t, all[0].Says, "\n")
		require.Equal(t, "cut", all[1].Says)
		require.Equal(t, "no answer within 5 s", all[2].Says)
		require.Contains(t, all[3].Says, "oh")
		require.Equal(t, "20s", all[4].Says)
		require.False(t, live.Well(all))
	})
}

func TestWhoeverLeavesWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		began := time.Now()
		live.Run(ctx, []live.Check{{Area: "hosts", What: "deaf", Try: func(context.Context) []live.Finding { <-over; return nil }}}, time.Minute)
		require.Equal(t, time.Second, time.Since(began))
	})
}

func TestHowItIsShown(t *testing.T) {
	t.Parallel()
	all := []live.Finding{
		{"Slack", "bot token", live.OK, "Acme, as @pawl", ""},
		{"Slack", "#ops", live.Mend, "Pawl is not in it", "In Slack: /invite @pawl\nand again"},
		{"hosts", "toys", live.Note, "clock", ""},
	}
	var out strings.Builder
	live.Write(&out, all, false)
	require.Equal(t, `Slack
  ok    bot token  Acme, as @pawl
  mend  #ops       Pawl is not in it
        In Slack: /invite @pawl
        and again
hosts
  note  toys       clock

1 ok, 1 to know, 1 to mend.
`, out.String())
	plain := out.String()
	out.Reset()
	live.Write(&out, all, true)
	require.NotEqual(t, plain, out.String())
	require.Equal(t, plain, strings.NewReplacer("\x1b[32m", "", "\x1b[31m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(out.String()), "colour only repeats")

	out.Reset()
	require.NoError(t, live.WriteJSON(&out, all))
	var read struct {
		Well     bool
		Findings []live.Finding
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &read))
	require.False(t, read.Well)
	require.Equal(t, all, read.Findings)
	out.Reset()
	require.NoError(t, live.WriteJSON(&out, nil))
	require.JSONEq(t, `{"well": true, "findings": []}`, out.String())
}
