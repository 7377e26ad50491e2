package slackbridge

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/pawl-ops/pawl/internal/board"
)

// Forms of the references Slack understands: https://docs.slack.dev/messaging/formatting-message-text. Whatever does not
// have its form is shown as plain text, so that a hostile name or address never becomes a mention.
var (
	userForm  = regexp.MustCompile(`^[UW][A-Z0-9]{1,20}$`)
	groupForm = regexp.MustCompile(`^S[A-Z0-9]{1,20}$`)
	emojiForm = regexp.MustCompile(`^[a-z0-9_+-]{1,60}$`)
)

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape makes text from anywhere harmless in mrkdwn: no reference can be formed without an angle bracket.
func escape(s string) string { return escaper.Replace(s) }

// mrkdwn renders a text of package board for Slack.
func mrkdwn(s string) string {
	return board.Render(s, func(t string) string { return escape(board.Clean(t)) }, reference)
}

// reference renders one token.
func reference(t board.Token) string {
	text := escape(board.Clean(t.Text))
	switch t.Kind {
	case "user":
		if userForm.MatchString(t.Ref) {
			return "<@" + t.Ref + ">"
		}
	case "group":
		if groupForm.MatchString(t.Ref) {
			return "<!subteam^" + t.Ref + ">"
		}
	case "time":
		if n, err := strconv.ParseInt(t.Ref, 10, 64); err == nil && n > 0 {
			return "<!date^" + strconv.FormatInt(n, 10) + "^{time}|" + inReference(text) + ">"
		}
	case "day":
		if n, err := strconv.ParseInt(t.Ref, 10, 64); err == nil && n > 0 {
			return "<!date^" + strconv.FormatInt(n, 10) + "^{date_short_pretty} at {time}|" + inReference(text) + ">"
		}
	case "link":
		if address, ok := linkable(t.Ref); ok {
			if text == "" {
				return "<" + address + ">"
			}
			return "<" + address + "|" + inReference(text) + ">"
		}
	case "emoji":
		if emojiForm.MatchString(t.Ref) {
			return ":" + t.Ref + ":"
		}
		return ""
	case "word": // what the emoji beside it already shows
		return ""
	}
	return text
}

// inReference keeps a label inside its reference: a pipe or a caret would end it.
func inReference(label string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '|', '^', '\n':
			return ' '
		}
		return r
	}, label)
}

// linkable gives an address as it may stand in a link, and whether it may: web and mail addresses only.
func linkable(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https", "slack":
		if u.Host == "" {
			return "", false
		}
	case "mailto":
	default:
		return "", false
	}
	s := u.String()
	if len(s) > 3000 || strings.ContainsAny(s, "<>| \n\t") {
		return "", false
	}
	return strings.ReplaceAll(s, "&", "&amp;"), true
}

// fence renders lines of a log verbatim. Slack has no way to escape the fence itself, so it is broken up.
func fence(lines []string, limit int) string {
	const open, end = "```\n", "\n```"
	kept := cutLines(lines, limit-len(open)-len(end), func(l string) string {
		return strings.ReplaceAll(escape(board.PlainText(l)), "```", "`\u200b`\u200b`")
	})
	return open + strings.Join(kept, "\n") + end
}

// size counts as Slack's clients do, in UTF-16 units: the limits are documented in "characters", and this is the
// stricter of the two likely readings.
func size(s string) int {
	n := 0
	for _, r := range s {
		if r1, _ := utf16.EncodeRune(r); r1 != '\uFFFD' {
			n++
		}
		n++
	}
	return n
}
