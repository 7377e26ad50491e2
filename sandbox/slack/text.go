package slack

import (
	"strings"
	"unicode/utf16"
)

// length counts text as Slack might: the published limits speak of characters and
// do not say of which kind, so the larger plausible count is taken (an emoji
// outside the basic plane is two).
func length(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cut shortens text to n characters, counted like length.
func cut(text string, n int) string {
	for i, r := range text {
		if n -= max(utf16.RuneLen(r), 1); n < 0 {
			return text[:i]
		}
	}
	return text
}

// normalise is what Slack's servers do to text before they keep it: whatever is
// not one of Slack's own control sequences is escaped, bare addresses become links.
func normalise(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		switch c := text[0]; {
		case c == '<':
			if end := strings.IndexByte(text, '>'); end > 0 && controlSequence(text[1:end]) {
				out.WriteString(text[:end+1])
				text = text[end+1:]
				continue
			}
			out.WriteString("&lt;")
		case c == '>':
			out.WriteString("&gt;")
		case c == '&':
			if !hasEntity(text) {
				out.WriteString("&amp;")
			} else {
				out.WriteByte(c)
			}
		case c == 'h' && (strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")):
			link := text[:linkEnd(text)]
			link = strings.TrimRight(link, ".,;:!?)'\"`*_~")
			out.WriteString("<" + link + ">")
			text = text[len(link):]
			continue
		default:
			out.WriteByte(c)
		}
		text = text[1:]
	}
	return out.String()
}

func linkEnd(text string) int {
	if end := strings.IndexAny(text, " \t\r\n<>|"); end >= 0 {
		return end
	}
	return len(text)
}

func hasEntity(text string) bool {
	return strings.HasPrefix(text, "&amp;") || strings.HasPrefix(text, "&lt;") || strings.HasPrefix(text, "&gt;")
}

// controlSequence reports whether the text between < and > means something to
// Slack (https://docs.slack.dev/messaging/formatting-message-text).
func controlSequence(inner string) bool {
	target, _, _ := strings.Cut(inner, "|")
	if len(target) < 2 || strings.ContainsAny(target, "<\n") {
		return false
	}
	switch target[0] {
	case '@', '#':
		return strings.IndexFunc(target[1:], func(r rune) bool {
			return (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		}) < 0
	case '!':
		return true
	}
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:", "slack://"} {
		if strings.HasPrefix(target, scheme) {
			return true
		}
	}
	return false
}

// unescape undoes the three entities.
func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// token is a piece of text in which every control sequence stands for itself.
type token struct {
	text   string // plain text, unescaped
	kind   byte   // 0 plain, '@' user, '#' channel, '!' special, '<' link, ':' emoji
	target string // the id, the command, the address, the emoji's name
	label  string
}

// tokens cuts normalised text into pieces.
func tokens(text string) []token {
	var found []token
	for len(text) > 0 {
		open := strings.IndexByte(text, '<')
		end := -1
		if open >= 0 {
			end = strings.IndexByte(text[open:], '>')
		}
		if end < 0 {
			return append(found, plainTokens(text)...)
		}
		found = append(found, plainTokens(text[:open])...)
		target, label, _ := strings.Cut(text[open+1:open+end], "|")
		t := token{kind: '<', target: target, label: label}
		if target != "" && strings.IndexByte("@#!", target[0]) >= 0 {
			t.kind, t.target = target[0], target[1:]
		}
		found = append(found, t)
		text = text[open+end+1:]
	}
	return found
}

// plainTokens cuts text without control sequences at its emoji.
func plainTokens(text string) []token {
	var found []token
	plain := func(s string) {
		if s != "" {
			found = append(found, token{text: unescape(s)})
		}
	}
	rest, scan := text, 0
	for {
		open := strings.IndexByte(rest[scan:], ':')
		if open < 0 {
			break
		}
		open += scan
		size := strings.IndexByte(rest[open+1:], ':')
		if size < 0 {
			break
		}
		if name := rest[open+1 : open+1+size]; knownEmoji(name) {
			plain(rest[:open])
			found = append(found, token{kind: ':', target: name})
			rest, scan = rest[open+size+2:], 0
			continue
		}
		scan = open + 1
	}
	plain(rest)
	return found
}
