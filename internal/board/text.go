package board

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// Tokens are enclosed in two private-use characters; Clean strips those from everything that comes from outside.
const (
	tokenOpen  = '\uE000'
	tokenClose = '\uE001'
)

// Token is a reference inside a text that each surface renders its own way.
type Token struct {
	Kind string // "user", "group", "people" (a name from pawl.yaml), "time", "day", "link", "emoji", "word" (shown only where there are no emoji)
	Ref  string
	Text string // what a plain surface shows
}

// Mention refers to a person, and notifies them where the surface can.
func Mention(a job.Actor) string {
	if a.Kind != job.SlackUser {
		return Clean(a.Display())
	}
	return token("user", a.ID, "@"+Clean(a.Called()))
}

// Group refers to a user group by id and notifies its members.
func Group(id, handle string) string {
	return token("group", id, "@"+strings.TrimPrefix(Clean(handle), "@"))
}

// Time shows a moment as a time of day in each reader's own zone.
func Time(t time.Time) string {
	return token("time", fmt.Sprint(t.Unix()), t.Format("15:04"))
}

// Day shows a moment as a day and a time of day in each reader's own zone: what may be further away than today.
func Day(t time.Time) string {
	return token("day", fmt.Sprint(t.Unix()), t.Format("2 Jan 15:04"))
}

// Link is a word that leads somewhere.
func Link(url, text string) string { return token("link", url, Clean(text)) }

// Emoji shows one emoji by Slack's name for it, and nothing on a plain surface.
func Emoji(name string) string { return token("emoji", name, "") }

func token(kind, ref, text string) string {
	clean := func(s string) string { return strings.ReplaceAll(Clean(s), "|", "/") }
	return string(tokenOpen) + kind + "|" + clean(ref) + "|" + clean(text) + string(tokenClose)
}

// Clean removes what text from outside must not contain: token marks, control characters other than newline and tab,
// and invalid UTF-8. It is applied where text enters, not where it leaves.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r == 0x7f || r == tokenOpen || r == tokenClose || r == '\uFFFD':
			return -1
		case r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // C1 controls, bidirectional overrides
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// Render replaces the tokens of a text by what token returns and passes the text between them through plain.
func Render(s string, plain func(string) string, tok func(Token) string) string {
	var b strings.Builder
	for {
		i := strings.IndexRune(s, tokenOpen)
		if i < 0 {
			b.WriteString(plain(s))
			return b.String()
		}
		j := strings.IndexRune(s[i:], tokenClose)
		if j < 0 {
			b.WriteString(plain(Clean(s)))
			return b.String()
		}
		b.WriteString(plain(s[:i]))
		inner := s[i+len(string(tokenOpen)) : i+j]
		parts := strings.SplitN(inner, "|", 3)
		for len(parts) < 3 {
			parts = append(parts, "")
		}
		b.WriteString(tok(Token{Kind: parts[0], Ref: parts[1], Text: parts[2]}))
		s = s[i+j+len(string(tokenClose)):]
	}
}

// PlainText renders a text for a terminal, a transcript or a log.
func PlainText(s string) string {
	return Render(s, func(t string) string { return t }, func(t Token) string { return t.Text })
}

// Cut shortens a text to at most so many bytes, between two characters, and shows that it did.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:max(end, 0)] + "…"
}

// UpperFirst begins a text as a sentence begins, whatever letter it is.
func UpperFirst(s string) string { return withFirst(s, unicode.ToUpper) }

// LowerFirst begins a text as the middle of a sentence goes on. An abbreviation keeps its capitals, and so does "I".
func LowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[size:])
	if unicode.IsUpper(second) || first == 'I' && !unicode.IsLetter(second) {
		return s
	}
	return withFirst(s, unicode.ToLower)
}

func withFirst(s string, change func(rune) rune) string {
	first, size := utf8.DecodeRuneInString(s)
	if first == utf8.RuneError {
		return s
	}
	return string(change(first)) + s[size:]
}
