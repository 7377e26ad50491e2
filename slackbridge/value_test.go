package slackbridge

import (
	"strings"
	"testing"

	"github.com/pawl-ops/pawl/job"
	"github.com/stretchr/testify/require"
)

func TestValuesAreReadBack(t *testing.T) {
	t.Parallel()
	run, ask, choice, err := parseValue(job.DecisionValue("toy-k4m7q2", 12, "retry"))
	require.NoError(t, err)
	require.Equal(t, []any{"toy-k4m7q2", 12, "retry"}, []any{run, ask, choice})
	_, ask, choice, err = parseValue(job.DecisionValue("toy-k4m7q2", 0, job.CancelChoice))
	require.NoError(t, err)
	require.Zero(t, ask)
	require.Equal(t, "cancel", choice)

	key, typed, err := parseCommandValue(CommandValue("T1:C1:1700000000.000100", "restart master | blue"))
	require.NoError(t, err)
	require.Equal(t, job.Key("T1:C1:1700000000.000100"), key)
	require.Equal(t, "restart master | blue", typed, "what was typed may contain the mark")
}

func TestForgedValuesAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "|", "||", "toy-k4m7q2|1", "toy-k4m7q2|-1|stop", "toy-k4m7q2|01|stop", "toy-k4m7q2|1|", "../x|1|stop",
		"toy-k4m7q2|1|stop|more", "toy-k4m7q2|99999999999999999999|stop", "TOY-k4m7q2|1|stop", "toy-k4m7q2|1|st0p", "toy-k4m7q2|1|" + strings.Repeat("a", 2000),
	} {
		_, _, _, err := parseValue(s)
		require.ErrorIs(t, err, errValue, s)
	}
	for _, s := range []string{
		"", "toy", "T1:C1:1700000000.000100", "T1:C1:1700000000.000100|", "T1::1700000000.000100|toy",
		"T1:C1:yesterday|toy", "T1:C1:/|toy", "T1:C1:/a b|toy", "T1:C1:x/again/1700000000.000100|toy",
		"T1:C1:toy-k4m7q2/again/now|toy", "T1:C1:TOY-k4m7q2/again/1700000000.000100|toy", "C1:1700000000.000100|toy", "T1:C1:1700000000.000100:x|toy",
	} {
		_, _, err := parseCommandValue(s)
		require.ErrorIs(t, err, errValue, s)
	}
}

func FuzzValue(f *testing.F) {
	f.Add("toy-k4m7q2|2|retry")
	f.Add("T1:C1:1700000000.000100|toy undo")
	f.Add("T1:C1:/1700000000.17.abc|toy")
	f.Add("T1:C1:toy-k4m7q2/again/1700000000.000100|toy")
	f.Add("||")
	f.Fuzz(func(t *testing.T, s string) {
		if run, ask, choice, err := parseValue(s); err == nil {
			require.Equal(t, s, job.DecisionValue(run, ask, choice), "one value, one meaning")
			require.True(t, job.LooksLikeID(run))
		}
		if key, typed, err := parseCommandValue(s); err == nil {
			require.Equal(t, s, CommandValue(key, typed))
			o, ok := keyParts(key)
			require.True(t, ok)
			if !o.slash {
				require.Equal(t, o.ts, tsOf(timeOf(o.ts)))
			}
		}
	})
}
