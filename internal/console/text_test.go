package console

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
)

func TestRowsFitTheTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		at   int
		want []string
	}{
		{"short", 40, []string{"short"}},
		{"", 40, []string{""}},
		{"[done] Restore next to your current toy · 6 s", 40, []string{"[done] Restore next to your current toy", "  · 6 s"}},
		{"one two three", 10, []string{"one two", "three"}},
		{"abcdefghijklmnop", 10, []string{"abcdefghij", "klmnop"}},
		{"日本語日本語日本語", 10, []string{"日本語日本", "語日本語"}},
		{"\u2003\u2003table orders, 1.2 of 1.9 million rows", 20, []string{"\u2003\u2003table orders, 1.2", "  of 1.9 million", "  rows"}},
		{"exactly te n", 10, []string{"exactly te", "n"}},
	} {
		rows := wrap(c.line, c.at)
		require.Equal(t, c.want, rows, c.line)
		for _, row := range rows {
			n := 0
			for _, r := range row {
				n += width(r)
			}
			require.LessOrEqual(t, n, c.at, row)
		}
	}
}

func FuzzWrap(f *testing.F) {
	for _, line := range []string{"", "[done] a b c", "日本語 x", "\u2003\u2003[x", strings.Repeat("a", 300), "     "} {
		f.Add(line, 12)
	}
	f.Fuzz(func(t *testing.T, line string, columns int) {
		line = clean(line)
		if len(line) > 2000 || strings.ContainsRune(line, '\n') {
			return
		}
		columns = max(10, min(columns, 300))
		for _, row := range wrap(line, columns) {
			n := 0
			for _, r := range row {
				n += width(r)
			}
			if n > columns {
				t.Fatalf("%q has %d columns, more than %d", row, n, columns)
			}
		}
	})
}

func TestColoursSayNothingThatWordsDoNot(t *testing.T) {
	t.Parallel()
	require.Equal(t, "\x1b[32m[done]\x1b[0m Copy", styled("[done] Copy"))
	require.Equal(t, "\x1b[1mTitle: step 1\x1b[0m  toy-k4m7q2", styled("*Title: step 1*  toy-k4m7q2"))
	for _, plain := range []string{"", "*", "a *bold* word", "[ Cancel ]", "[odd] word", "[done"} {
		require.Equal(t, plain, styled(plain))
	}
}

func TestWhatPawlSaysMovesNoCursor(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a [2J b c\nd", clean("a\x1b[2J\tb\u2028c\nd"))
	at := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	m := board.Message{Head: "Done at " + board.Time(at.In(time.FixedZone("away", 3600))), Buttons: []board.Button{{Label: "Cancel"}}}
	require.Equal(t, "*Done at "+at.Local().Format("15:04")+"*", plain(m), "in the zone of whoever reads, and nothing to press")
	require.Empty(t, plain(board.Message{}))
}
