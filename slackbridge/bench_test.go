package slackbridge

import (
	"strings"
	"testing"

	"github.com/pawl-ops/pawl/internal/board"
)

func BenchmarkRender(b *testing.B) {
	small := board.Message{
		Sentence: "Refreshing your toy database.", Head: "Refreshing", ID: "toy-k4m7q2",
		Lines: []string{"one", "two", "three", "four", "five"}, Hint: "Or type `cancel`.",
	}
	large := small
	for range 2000 {
		large.Lines = append(large.Lines, strings.Repeat("word <> ", 20))
		large.Quote = append(large.Quote, strings.Repeat("log ", 20))
	}
	for name, m := range map[string]board.Message{"small": small, "large": large} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = render(m, "")
			}
		})
	}
}
