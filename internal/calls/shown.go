package calls

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/shown"
)

const (
	lookedAt     = 8192 // bytes of an answer that are looked at for it; a secret that begins in what is shown ends in there
	longestShort = 120  // bytes of what they say that is part of a sentence
)

// shown is a request and the beginning of its answer on a line, for whoever mends it. Status 0 is no answer, and body then
// what went wrong.
func (e exchange) shown(status int, body []byte) string {
	return e.hide.Exchange(e.req.Method+" "+e.req.URL.RequestURI(), status, string(body[:min(len(body), lookedAt)]))
}

// whole is a request and its answer, as a file shows it.
func (e exchange) whole(status int, body []byte) string {
	head := e.hide.Hide(fmt.Sprintf("%s %s -> %s\n\n", e.req.Method, e.req.URL, shown.Status(status)))
	begins := body[:min(len(body), mostShown+lookedAt)]
	if !utf8.Valid(trimRune(begins)) || bytes.IndexByte(begins, 0) >= 0 {
		return head + fmt.Sprintf("(%d bytes that are no text)", len(body))
	}
	said := e.hide.Hide(strings.ToValidUTF8(string(begins), ""))
	if len(body) <= mostShown && len(head)+len(said) <= mostShown {
		return head + said
	}
	const more = "\n(and more)"
	return head + strings.ToValidUTF8(said[:min(len(said), max(0, mostShown-len(head)-len(more)))], "") + more
}

// trimRune takes off a character that was cut in two at the end.
func trimRune(b []byte) []byte {
	for i := 1; i <= min(len(b), utf8.UTFMax); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// inShort is what an answer says, as part of a sentence; empty when that is for a browser, or nothing.
func (e exchange) inShort(body []byte) string {
	said := bytes.TrimSpace(body[:min(len(body), lookedAt)])
	if len(said) == 0 || said[0] == '<' || !utf8.Valid(trimRune(said)) {
		return ""
	}
	text := string(said)
	if said[0] == '{' {
		if text = message(body); text == "" {
			return ""
		}
	}
	return ` ("` + strings.TrimRight(shown.Line(e.hide.Hide(strings.ReplaceAll(text, "`", "'")), longestShort), ".") + `")`
}

// message is the sentence in a JSON answer, where APIs put it: message, detail (RFC 9457), error, error_description, title.
func message(body []byte) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	if inner, ok := fields["error"].(map[string]any); ok {
		fields = inner
	}
	for _, name := range []string{"message", "detail", "error_description", "error", "title"} {
		if text, ok := fields[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}
