package job_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestIDIsDeterministicAndGrows(t *testing.T) {
	t.Parallel()
	short := job.ID("toy", "T1:C1:1700000000.000100", job.IDLength)
	require.Regexp(t, `^toy-[0-9a-hjkmnp-tv-z]{6}$`, short)
	require.Equal(t, short, job.ID("toy", "T1:C1:1700000000.000100", job.IDLength))
	require.NotEqual(t, short, job.ID("toy", "T1:C1:1700000000.000101", job.IDLength))
	require.True(t, strings.HasPrefix(job.ID("toy", "T1:C1:1700000000.000100", 9), short), "a longer id continues the shorter one")
	require.Len(t, job.ID("toy", "k", 99), len("toy-")+job.MaxIDLength)
	require.Len(t, job.ID("toy", "k", 0), len("toy-")+job.IDLength)
}

// With 30 bits, ten thousand requests meet by chance about once in twenty rounds; far more would be a mistake in the hash.
func TestIDsRarelyMeet(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 10_000 {
		seen[job.ID("toy", job.Key(fmt.Sprintf("T:C:%d", i)), job.IDLength)] = true
	}
	require.Greater(t, len(seen), 9_995)
}

func TestLooksLikeID(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{
		"toy-k4m7q2": true, "TOY-K4M7Q2": true, "restart-3x9q7d": true, "toy-k4m7q2abcd": true,
		"toy": false, "toy-": false, "toy-k4m7q": false, "toy-k4m7ql": false, "toy-k4m7qu": false, "-k4m7q2": false, "roll-back": false,
	} {
		require.Equal(t, want, job.LooksLikeID(word), word)
	}
}

func TestEveryIDLooksLikeOne(t *testing.T) {
	t.Parallel()
	for i := range 1000 {
		id := job.ID("undo", job.Key(fmt.Sprint(i)), job.IDLength+i%10)
		require.True(t, job.LooksLikeID(id), id)
	}
}
