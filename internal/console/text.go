package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pawl-ops/pawl/internal/board"
)

// local renders a text with its times in the reader's own zone.
func local(text string) string {
	return board.Render(text, func(t string) string { return t }, func(t board.Token) string {
		form := map[string]string{"time": "15:04", "day": "2 Jan 15:04"}[t.Kind]
		if at, err := strconv.ParseInt(t.Ref, 10, 64); err == nil && form != "" {
			return time.Unix(at, 0).Format(form)
		}
		return t.Text
	})
}

// plain is a message as text. Buttons are left out: nobody presses here, and the hint says what may be typed.
func plain(m board.Message) string {
	m.Buttons = nil
	if m.Head == "" && len(m.Lines) == 0 && len(m.Quote) == 0 && m.Sentence == "" {
		return ""
	}
	return strings.TrimRight(clean(m.PlainWith(local)), "\n")
}

// clean takes out what would move the cursor. What Pawl says is cleaned where it comes in; a terminal obeys more.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == '\u2028' || r == '\u2029') {
			return ' '
		}
		return r
	}, s)
}

// Quoted is a text as a shell reads it back as one word, also when there is something in it that a shell takes for its own.
func Quoted(text string) string {
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.,:/@%+=", r) {
			return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		}
	}
	return text
}

// retyped are the words of a command as a shell reads them back.
func retyped(words string) string {
	all := strings.Fields(words)
	for i := range all {
		all[i] = Quoted(all[i])
	}
	return strings.Join(all, " ")
}

// colour is that of a word that says a state, as ECMA-48 numbers it. The word stands there whatever the colour.
func colour(word string) string {
	return map[string]string{
		"done": "32", "running": "36", "to come": "2", "asking": "33", "failed": "31", "not done": "2", "cancelled": "33", "skipped": "2",
	}[word]
}

// styled gives a line its colours: its state word, and a head its weight.
func styled(line string) string {
	if text, ok := strings.CutPrefix(line, "*"); ok {
		if i := strings.LastIndex(text, "*"); i > 0 {
			return "\x1b[1m" + text[:i] + "\x1b[0m" + text[i+1:]
		}
	}
	indent := len(line) - len(strings.TrimLeft(line, " \u2003"))
	rest := line[indent:]
	if !strings.HasPrefix(rest, "[") {
		return line
	}
	word, after, ok := strings.Cut(rest[1:], "]")
	if c := colour(word); ok && c != "" {
		return fmt.Sprintf("%s\x1b[%sm[%s]\x1b[0m%s", line[:indent], c, word, after)
	}
	return line
}

// width is how many columns a character takes.
func width(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r), r == 0:
		return 0
	case r == '\u2003': // an em space is drawn in one column
		return 1
	case r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd):
		return 2 // wide and fullwidth: https://www.unicode.org/reports/tr11/
	}
	return 1
}

// wrap cuts a line into rows of at most so many columns, between words where it can. What follows stands under the text of
// the first row.
func wrap(line string, columns int) []string {
	columns = max(columns, 10)
	hang := 0
	for _, r := range line {
		if r != ' ' && r != '\u2003' {
			break
		}
		hang++
	}
	if strings.HasPrefix(line[strings.IndexFunc(line+"x", func(r rune) bool { return r != ' ' && r != '\u2003' }):], "[") {
		hang += 2
	}
	hang = min(hang, columns/2)
	var rows []string
	row, at, space := []rune{}, 0, -1
	for _, r := range line {
		w := width(r)
		if at+w > columns {
			cut := len(row)
			if space > hang && r != ' ' {
				cut = space
			}
			rows = append(rows, strings.TrimRight(string(row[:cut]), " "))
			rest := strings.TrimLeft(string(row[cut:]), " ")
			row = append([]rune(strings.Repeat(" ", hang)), []rune(rest)...)
			at, space = 0, -1
			for _, c := range row {
				at += width(c)
			}
			if r == ' ' && rest == "" {
				continue
			}
		}
		if r == ' ' {
			space = len(row)
		}
		row, at = append(row, r), at+w
	}
	return append(rows, strings.TrimRight(string(row), " "))
}
