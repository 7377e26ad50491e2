package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

const (
	longestBegins  = 500 // bytes, as job.Reject has it
	longestPreview = 60  // bytes of a value in a sentence
)

// reject is a record that became no row.
func reject(record []byte, column string, why error) *job.Reject {
	return &job.Reject{Column: column, Why: clean(why.Error(), longestBegins), Begins: clean(string(record[:min(len(record), 2*longestBegins)]), longestBegins)}
}

// preview is the beginning of a value, in quotes.
func preview(s string) string {
	return `"` + clean(s[:min(len(s), 4*longestPreview)], longestPreview) + `"`
}

// clean makes a text fit for a line: no control characters, none that hide or turn round others, white space folded, and at
// most so many bytes.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsGraphic(c) || unicode.Is(unicode.Co, c)
	}), " ")
	if len(s) <= most {
		return s
	}
	cut := max(0, most-len("…"))
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
