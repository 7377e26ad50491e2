package slackbridge

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/board"
)

// cutLines renders lines and keeps as many from the top as fit into limit units, newlines included. What is left out is
// said in the last line. A single line that is too long is cut itself.
func cutLines(lines []string, limit int, render func(string) string) []string {
	var kept []string
	used := 0
	for i, l := range lines {
		r := fit(l, limit, render)
		left := len(lines) - i
		room := limit - used - size(r)
		if len(kept) > 0 {
			room--
		}
		if room < 0 || left > 1 && room < size(more(left))+1 && !restFits(lines[i+1:], room, render) {
			return append(kept, more(left))
		}
		used = limit - room
		kept = append(kept, r)
	}
	return kept
}

// restFits reports whether all further lines fit into room.
func restFits(lines []string, room int, render func(string) string) bool {
	for _, l := range lines {
		room -= size(render(l)) + 1
		if room < 0 {
			return false
		}
	}
	return true
}

// more is what stands for lines left out.
func more(n int) string {
	if n == 1 {
		return "... 1 more line"
	}
	return fmt.Sprintf("... %d more lines", n)
}

// fit renders one text within limit units. A text that is too long is cut before it is rendered, since a cut through
// rendered text could leave half a reference.
func fit(s string, limit int, render func(string) string) string {
	r := render(s)
	if size(r) <= limit {
		return r
	}
	const dots = "..."
	plain := board.PlainText(s)
	for len(plain) > 0 {
		r = render(plain) + dots
		over := size(r) - limit
		if over <= 0 {
			return r
		}
		plain = shorten(plain, max(over/6, 1))
	}
	return ""
}

// shorten takes n bytes, rounded up to whole characters, off the end.
func shorten(s string, n int) string {
	s = s[:max(len(s)-n, 0)]
	for len(s) > 0 {
		if r, w := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || w > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return strings.TrimRight(s, " ")
}
