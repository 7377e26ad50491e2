package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain undoes typography: curly quotes, dashes, exotic and invisible spaces, full-width letters, code ticks. Runs of
// white space become one space. It also drops what must never travel further: control characters, direction overrides
// and private-use characters, which the board uses as its own marks. Plain of a plain text is that text.
func Plain(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "") {
		b.WriteString(plainRune(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func plainRune(r rune) string {
	switch {
	case r == '\u2018' || r == '\u2019' || r == '\u201a' || r == '\u201b' || r == '\u2032':
		return "'"
	case r == '\u201c' || r == '\u201d' || r == '\u201e' || r == '\u201f' || r == '\u2033' || r == '\u00ab' || r == '\u00bb':
		return `"`
	case r >= '\u2010' && r <= '\u2015' || r == '\u2212':
		return "-"
	case r == '\u2026':
		return "..."
	case r == '`' || r == '\uff40':
		return ""
	case r >= '\uff01' && r <= '\uff5e': // full-width forms of ASCII, from East Asian keyboards
		return string(r - 0xfee0)
	case unicode.IsSpace(r) || r == '\u2800':
		return " "
	case unicode.In(r, unicode.Cc, unicode.Co, unicode.Zl, unicode.Zp) || r == utf8.RuneError:
		return ""
	case unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c': // joiners are part of emoji and of some scripts
		return ""
	}
	return string(r)
}

// fromWire turns Slack's wire form into what the person saw: links, mentions and the three escaped characters. Slack
// escapes a typed "<", so every "<...>" is one of its own sequences.
// Source: https://docs.slack.dev/messaging/formatting-message-text
func fromWire(text string, at Context) string {
	text = strings.TrimSpace(text)
	if at.Self == "" && at.addressed() && isMention(text) {
		text = text[strings.IndexByte(text, '>')+1:]
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			break
		}
		end := strings.IndexByte(text[open:], '>')
		if end < 0 {
			break
		}
		b.WriteString(text[:open])
		b.WriteString(sequence(text[open+1:open+end], at.Self))
		text = text[open+end+1:]
	}
	b.WriteString(text)
	// One pass, so that what was typed as "&lt;" stays that.
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(b.String())
}

func isMention(text string) bool {
	return strings.HasPrefix(text, "<@") && strings.Contains(text, ">")
}

// sequence shows what stands between angle brackets on the wire the way people see it.
func sequence(s, self string) string {
	ref, label, labelled := strings.Cut(s, "|")
	switch {
	case strings.HasPrefix(ref, "@"):
		if self != "" && ref == "@"+self {
			return " "
		}
		return ref
	case strings.HasPrefix(ref, "#"):
		if label != "" {
			return "#" + label
		}
		return ref
	case strings.HasPrefix(ref, "!"):
		if label != "" {
			return label
		}
		name, _, _ := strings.Cut(ref[1:], "^")
		return "@" + name
	case labelled:
		return label
	}
	return strings.TrimPrefix(ref, "mailto:")
}
