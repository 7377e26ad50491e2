package board

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A table for a phone: what fits beside each other in a quote there before lines are broken.
const (
	tableWide    = 44 // characters of a line
	tableColumns = 4
	cellWide     = 16 // characters of a cell
	cellNarrow   = 8  // what a column is cut down to, so that others fit beside it
)

// Table sets rows under their headings in plain text: cells are cut, and columns that do not fit are left out and
// returned. Cells may hold anything, of any length: a line stays a line, and what hides or turns round text is gone. A row
// that is shorter than the headings has empty cells at its end.
func Table(headings []string, rows [][]string) (lines, leftOut []string) {
	widths := make([]int, min(len(headings), tableColumns))
	for c := range widths {
		widths[c] = utf8.RuneCountInString(cell(headings[c], cellWide))
		for _, r := range rows {
			if c < len(r) {
				widths[c] = max(widths[c], utf8.RuneCountInString(cell(r[c], cellWide)))
			}
		}
	}
	widths = narrowed(widths)
	for _, h := range headings[len(widths):] {
		leftOut = append(leftOut, cell(h, 2*cellWide))
	}
	for _, r := range append([][]string{headings}, rows...) {
		var line strings.Builder
		for c, wide := range widths {
			text := ""
			if c < len(r) {
				text = cell(r[c], wide)
			}
			line.WriteString(text)
			if c < len(widths)-1 {
				line.WriteString(strings.Repeat(" ", wide-utf8.RuneCountInString(text)+2))
			}
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return lines, leftOut
}

// narrowed takes from the widest columns until a line fits, and leaves out the last one where that would be too much.
func narrowed(widths []int) []int {
	for {
		sum, widest := 2*max(len(widths)-1, 0), 0
		for c, w := range widths {
			sum += w
			if w > widths[widest] {
				widest = c
			}
		}
		switch {
		case sum <= tableWide:
			return widths
		case widths[widest] > cellNarrow:
			widths[widest]--
		default:
			widths = widths[:len(widths)-1]
		}
	}
}

// cell is the beginning of a value that fits into wide characters of a line.
func cell(s string, wide int) string {
	if most := 8 * wide; len(s) > most { // bytes are enough to look at
		s = s[:most] + strings.Repeat("x", wide)
	}
	s = strings.Join(strings.FieldsFunc(Clean(s), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r) || unicode.Is(unicode.Co, r)
	}), " ")
	if utf8.RuneCountInString(s) <= wide {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:max(wide-1, 0)]), " ") + "…"
}
