package near_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/near"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"timezone", "people", "channels", "may", "may not", "hosts", "toy"}
	require.Equal(t, []string{"timezone"}, near.Nearest("tiemzone", names))
	require.Equal(t, []string{"people"}, near.Nearest("poeple", names))
	require.Equal(t, []string{"may not"}, near.Nearest("maynot", names))
	require.Equal(t, []string{"may"}, near.Nearest("amy", names))
	require.Equal(t, []string{"toy"}, near.Nearest("TOY", names))
	require.Empty(t, near.Nearest("deployments", names))
	require.Empty(t, near.Nearest("", names))
	require.Equal(t, []string{"blue", "blur", "glue"}, near.Nearest("blue", []string{"glue", "blur", "blue", "glued", "blue"}), "best first, each once, three at most")
}

// FuzzDistance holds what a distance is: none to itself, the same both ways, never more than the longer word.
func FuzzDistance(f *testing.F) {
	f.Add("toy", "tyo")
	f.Add("", "master")
	f.Fuzz(func(t *testing.T, a, b string) {
		require.Equal(t, near.Distance(a, b), near.Distance(b, a))
		require.LessOrEqual(t, near.Distance(a, b), max(len([]rune(a)), len([]rune(b)), 64))
		if len([]rune(a)) <= 64 {
			require.Zero(t, near.Distance(a, a))
		}
	})
}
