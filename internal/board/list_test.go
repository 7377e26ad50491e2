package board_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
)

func TestListed(t *testing.T) {
	t.Parallel()
	require.Empty(t, board.Listed(nil, "or"))
	require.Equal(t, "a", board.Listed([]string{"a"}, "or"))
	require.Equal(t, "a or b", board.Listed([]string{"a", "b"}, "or"))
	require.Equal(t, "a, b and c", board.Listed([]string{"a", "b", "c"}, "and"))
}

func TestHandlesAndMentions(t *testing.T) {
	t.Parallel()
	require.Equal(t, "@engineers, @oncall or everyone", board.Handles([]string{"engineers", "@oncall", "everyone"}))
	mentions := board.Mentions([]string{"engineers", "oncall"})
	require.Equal(t, "@engineers or @oncall", board.PlainText(mentions))
	require.NotEqual(t, board.PlainText(mentions), mentions, "a mention is more than letters")
}
