package words

import "strings"

// word is one word of a plain text, in the three forms in which it is needed.
type word struct {
	raw    string // as it stands in the text, quotation marks included
	value  string // as an argument: without formatting marks and punctuation around it
	bare   string // for comparing with the words of commands: value in lower case; empty when it was quoted
	quoted bool
}

// split cuts a plain text into words. Double quotes keep words together.
func split(plain string) []word {
	var ws []word
	for rest := plain; ; {
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			return trimSpans(ws)
		}
		if inner, after, ok := quotation(rest); ok {
			ws = append(ws, word{raw: rest[:len(rest)-len(after)], value: strings.TrimSpace(inner), quoted: true})
			rest = after
			continue
		}
		raw, after, _ := strings.Cut(rest, " ")
		ws = append(ws, word{raw: raw}.as(trimMarks(raw)))
		rest = after
	}
}

// quotation reads a quoted piece at the beginning of s. The closing quote is the next one, and must end a word.
func quotation(s string) (inner, after string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	inner, after, ok = strings.Cut(s[1:], `"`)
	return inner, after, ok && (after == "" || after[0] == ' ')
}

// trimMarks takes off what people and Slack put around a word: *bold*, _italics_, ~struck~, and punctuation after it.
// The colons of an :emoji: belong to it.
func trimMarks(s string) string {
	for {
		before := s
		s = strings.TrimRight(s, ".,!?;")
		if strings.HasSuffix(s, ":") && !strings.HasPrefix(s, ":") {
			s = s[:len(s)-1]
		}
		if len(s) > 2 && strings.ContainsRune(marks, rune(s[0])) && s[0] == s[len(s)-1] {
			s = s[1 : len(s)-1]
		}
		if s == before {
			return s
		}
	}
}

// marks are the characters of Slack's formatting that may stand around words.
const marks = "*_~"

// trimSpans takes off the marks around several words, as in "*force restart* master".
func trimSpans(ws []word) []word {
	for _, mark := range strings.Split(marks, "") {
		open := -1
		for i, w := range ws {
			switch {
			case w.quoted || len(w.value) < 2:
			case strings.HasPrefix(w.value, mark):
				open = i
			case strings.HasSuffix(w.value, mark) && open >= 0:
				ws[open] = ws[open].as(trimMarks(ws[open].value[1:]))
				ws[i] = w.as(trimMarks(w.value[:len(w.value)-1]))
				open = -1
			}
		}
	}
	return ws
}

// as is the word with another value.
func (w word) as(value string) word {
	w.value, w.bare = value, strings.ToLower(value)
	return w
}

// unquoted looks into a message that is one quotation as a whole: people quote commands.
func unquoted(ws []word) []word {
	if len(ws) == 1 && ws[0].quoted {
		return split(ws[0].value)
	}
	return ws
}

// raws joins words as they stood in the text.
func raws(ws []word) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		parts[i] = w.raw
	}
	return strings.Join(parts, " ")
}

// startsWith reports whether the words begin with these.
func startsWith(ws []word, name []string) bool {
	if len(ws) < len(name) {
		return false
	}
	for i, n := range name {
		if ws[i].bare != n {
			return false
		}
	}
	return true
}
