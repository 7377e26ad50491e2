package jenkins

import (
	"html"
	"regexp"
	"strings"
)

// lookedAt is how many bytes of a page are looked at for what it says.
const lookedAt = 1 << 16

// shown is a request and the beginning of its answer, for whoever mends it. status 0 is no answer, and body then what
// went wrong.
func (s *Server) shown(asked string, status int, body []byte) string {
	return s.mask.Exchange(asked, status, words(body))
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

// basic is what a header of Basic authentication has in base64.
func basic(o Options) string {
	if o.Token.Empty() {
		return ""
	}
	return o.User + ":" + o.Token.Reveal()
}
