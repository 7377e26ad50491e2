package board_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
)

func TestATableFitsOnAPhone(t *testing.T) {
	t.Parallel()
	lines, left := board.Table([]string{"Deal", "Stage", "Amount", "Closes", "Owner", "Region"}, [][]string{
		{"A new roof for the school in Brno", "closedwon", "12500.00", "2026-01-31", "Jana", "cz"},
		{"Two\nlines", "", "-1"},
	})
	require.Equal(t, []string{
		"Deal         Stage      Amount    Closes",
		"A new roof…  closedwon  12500.00  2026-01-31",
		"Two lines               -1",
	}, lines)
	require.Equal(t, []string{"Owner", "Region"}, left)
}

func TestATableOfOneWideColumn(t *testing.T) {
	t.Parallel()
	lines, left := board.Table([]string{"Note"}, nil)
	require.Equal(t, []string{"Note"}, lines)
	require.Empty(t, left)
	lines, _ = board.Table([]string{strings.Repeat("N", 500)}, [][]string{{strings.Repeat("x", 10<<20)}})
	require.Equal(t, []string{strings.Repeat("N", 15) + "…", strings.Repeat("x", 15) + "…"}, lines)
}

// Whatever is in a record, each row is one line that is no longer than a phone is wide.
func FuzzTable(f *testing.F) {
	f.Add("Deal\x1fStage\x1fAmount", "a\x00b\x1f```\x1f<!channel>\x1e\u202eevil\x1f\xff\xfe\x1fok")
	f.Fuzz(func(t *testing.T, headings, cells string) {
		var rows [][]string
		for _, r := range strings.Split(cells, "\x1e") {
			rows = append(rows, strings.Split(r, "\x1f"))
		}
		named := strings.Split(headings, "\x1f")
		lines, left := board.Table(named, rows)
		require.Len(t, lines, len(rows)+1)
		require.LessOrEqual(t, len(left), len(named))
		for _, l := range lines {
			require.LessOrEqual(t, utf8.RuneCountInString(l), 44)
			require.True(t, utf8.ValidString(l))
			require.NotContains(t, l, "\n")
			require.Equal(t, l, board.Clean(l))
		}
	})
}
