package words_test

import (
	"strings"
	"testing"

	"github.com/pawl-ops/pawl/internal/words"
)

// The parser stands before the acknowledgement of every message, and the worst text is one that means nothing.
func BenchmarkParse(b *testing.B) {
	p := words.New(commands())
	for name, text := range map[string]string{
		"command": "force restart master blue because it hangs since 16:20",
		"nothing": strings.Repeat("tasky ", words.MaxText/6),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.Parse(text, words.Context{Direct: true})
			}
		})
	}
}
