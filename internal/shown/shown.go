// Package shown makes what comes from other services fit for people: on one line, cut, and without secrets. Adapters use it,
// so that a secret is hidden in the same ways wherever an answer repeats it.
package shown

import (
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a line that shows a request and its answer, in bytes.
const (
	Longest        = 500 // as job.Fault has it
	longestRequest = 200 // of it that are the request
)

// Exchange is a request and the beginning of its answer, for whoever mends it:
//
//	GET /crm/v3/objects/deals?after=3100 -> 502 Bad Gateway "upstream connect error"
//
// Status 0 is no answer, and said then what went wrong.
func (m Mask) Exchange(asked string, status int, said string) string {
	said = Line(m.Hide(said), Longest)
	line := Line(m.Hide(asked), longestRequest) + " -> "
	if status == 0 {
		return Line(line+said, Longest)
	}
	line += Status(status)
	if said != "" {
		return Line(line+` "`+said, Longest-1) + `"`
	}
	return line
}

// Status is an HTTP status as people know it: "502 Bad Gateway".
func Status(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// Line makes a text fit for a line: no control characters, none that hide or turn round others, white space folded, and
// at most so many bytes.
func Line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsGraphic(c) || unicode.Is(unicode.Co, c)
	}), " ")
	return Cut(s, most)
}

// Cut shortens a text to at most so many bytes, between two characters, and shows that it did.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := max(0, most-len("…"))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
