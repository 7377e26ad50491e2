package jenkins

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

const (
	longestShown   = 500     // bytes, as job.Fault has it
	longestRequest = 200     // bytes of it that are the request
	lookedAt       = 1 << 16 // bytes of a page that are looked at for what it says
)

// shown is a request and the beginning of its answer, for whoever mends it. status 0 is no answer, and body then what
// went wrong.
func (s *Server) shown(asked string, status int, body []byte) string {
	said := clean(s.mask.hide(words(body)), longestShown)
	line := clean(s.mask.hide(asked), longestRequest) + " -> "
	if status == 0 {
		return clean(line+said, longestShown)
	}
	line += strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	if said != "" {
		return clean(line+` "`+said, longestShown-1) + `"`
	}
	return line
}

// words are what a page says to somebody who reads it: Jenkins explains itself in HTML.
func words(body []byte) string {
	text := string(body[:min(len(body), lookedAt)])
	if !strings.Contains(text, "<") {
		return text
	}
	for _, unseen := range []string{`(?is)<head\b.*?</head>`, `(?is)<script\b.*?</script>`, `(?is)<style\b.*?</style>`, `(?s)<!--.*?-->`, `(?s)<[^>]*>`} {
		text = regexp.MustCompile(unseen).ReplaceAllString(text, " ")
	}
	return html.UnescapeString(text)
}

// clean makes a text fit for a line: no control characters, none that hide or turn round others, white space folded, and
// at most so many bytes.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsGraphic(c) || unicode.Is(unicode.Co, c)
	}), " ")
	return shorten(s, most)
}

// shorten cuts a text to so many bytes, between two characters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := max(0, most-len("…"))
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// mask hides a token.
type mask struct{ r *strings.Replacer }

// newMask knows the forms in which an answer may repeat a token, its header included.
func newMask(user string, token job.Secret) mask {
	t := token.Reveal()
	if t == "" {
		return mask{strings.NewReplacer()}
	}
	quoted, err := json.Marshal(t)
	if err != nil {
		quoted = nil
	}
	forms := []string{
		t, url.QueryEscape(t), url.PathEscape(t), html.EscapeString(t), strings.Trim(string(quoted), `"`),
		base64.StdEncoding.EncodeToString([]byte(t)), base64.StdEncoding.EncodeToString([]byte(user + ":" + t)),
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, f := range slices.Compact(forms) {
		if f != "" {
			pairs = append(pairs, f, token.String())
		}
	}
	return mask{strings.NewReplacer(pairs...)}
}

func (m mask) hide(s string) string { return m.r.Replace(s) }

// error is an error that does not show the token. One that did not is kept as it is.
func (m mask) error(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); m.hide(text) != text {
		return errors.New(m.hide(text))
	}
	return err
}
