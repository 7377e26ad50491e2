package looks

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryExcuseIsGivenAndIsOneLine(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for i := range excuses() {
		l := Excuse(func(n int) int { require.Len(t, excuses(), n); return i })
		m, err := l.Answer(context.Background(), Request{})
		require.NoError(t, err)
		require.Equal(t, []string{m.Sentence}, m.Lines)
		require.LessOrEqual(t, rows(m.Lines...), 2)
		require.Regexp(t, `^[A-Z].*\.$`, m.Sentence)
		given[m.Sentence] = true
	}
	require.Len(t, given, len(excuses()), "one stands there twice")
}
