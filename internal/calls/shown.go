package calls

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

const (
	longestShown = 500  // bytes, as job.Fault has it
	lookedAt     = 8192 // bytes of an answer that are looked at for it; a secret that begins in what is shown ends in there
	longestShort = 120  // bytes of what they say that is part of a sentence
)

// shown is a request and the beginning of its answer on a line, for whoever mends it. Status 0 is no answer, and body then
// what went wrong.
func (e exchange) shown(status int, body []byte) string {
	line := clean(e.hide.hide(e.req.Method+" "+e.req.URL.RequestURI()), 200) + " -> "
	said := clean(e.hide.hide(string(body[:min(len(body), lookedAt)])), longestShown)
	if status == 0 {
		return clean(line+said, longestShown)
	}
	if line += statusText(status); said != "" {
		return clean(line+` "`+said, longestShown-1) + `"`
	}
	return line
}

// whole is a request and its answer, as a file shows it.
func (e exchange) whole(status int, body []byte) string {
	head := e.hide.hide(fmt.Sprintf("%s %s -> %s\n\n", e.req.Method, e.req.URL, statusText(status)))
	shown := body[:min(len(body), mostShown+lookedAt)]
	if !utf8.Valid(trimRune(shown)) || bytes.IndexByte(shown, 0) >= 0 {
		return head + fmt.Sprintf("(%d bytes that are no text)", len(body))
	}
	said := e.hide.hide(strings.ToValidUTF8(string(shown), ""))
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
	return ` ("` + strings.TrimRight(clean(e.hide.hide(strings.ReplaceAll(text, "`", "'")), longestShort), ".") + `")`
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

// clean makes a text fit for a line: no control characters, none that hide or turn round others, white space folded, and
// at most so many bytes.
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

// mask hides secrets.
type mask struct{ r *strings.Replacer }

// newMask knows the forms in which an answer may repeat a secret.
func newMask(secrets []job.Secret) mask {
	var forms []string
	for _, s := range secrets {
		whole := s.Reveal()
		for _, t := range append([]string{whole}, strings.Fields(whole)...) { // "Bearer x" is hidden, and x alone
			if len(t) < 6 && t != whole {
				continue
			}
			quoted, err := json.Marshal(t)
			if err != nil {
				quoted = nil
			}
			forms = append(forms, t, url.QueryEscape(t), url.PathEscape(t), html.EscapeString(t), strings.Trim(string(quoted), `"`), fmt.Sprintf("%x", t),
				strings.ReplaceAll(t, "/", `\/`), base64.StdEncoding.EncodeToString([]byte(t)), base64.RawURLEncoding.EncodeToString([]byte(t)))
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, f := range slices.Compact(forms) {
		if f != "" && f != "Bearer" && f != "Basic" {
			pairs = append(pairs, f, job.Secret{}.String())
		}
	}
	return mask{strings.NewReplacer(pairs...)}
}

func (m mask) hide(s string) string {
	if m.r == nil {
		return s
	}
	return m.r.Replace(s)
}

// error is an error that shows no secret. One that does not is kept as it is.
func (m mask) error(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); m.hide(text) != text {
		return errors.New(m.hide(text))
	}
	return err
}
