package hosttools

import "strings"

// complete returns the first complete statement of text, its semicolon included, and what follows it. ok is false when
// the text ends inside a statement. Like sqlite3_complete it knows strings, quoted names, comments and the semicolons
// inside CREATE TRIGGER ... END: https://sqlite.org/c3ref/complete.html
func complete(text string) (statement, rest string, ok bool) {
	var words []string // the statement's first three, upper case, and the last one
	last := ""
	for i := 0; i < len(text); {
		n, kind := token(text[i:])
		if n == 0 {
			return "", text, false
		}
		piece := text[i : i+n]
		i += n
		switch kind {
		case wordToken:
			last = strings.ToUpper(piece)
			if len(words) < 3 {
				words = append(words, last)
			}
		case semicolonToken:
			if !isTrigger(words) || last == "END" {
				return text[:i], text[i:], true
			}
			last = ";"
		case otherToken:
			last = ""
		}
	}
	return "", text, false
}

// isTrigger reports whether a statement that begins with these words has statements inside.
func isTrigger(words []string) bool {
	if len(words) == 0 || words[0] != "CREATE" {
		return false
	}
	words = words[1:]
	if len(words) > 0 && (words[0] == "TEMP" || words[0] == "TEMPORARY") {
		words = words[1:]
	}
	return len(words) > 0 && words[0] == "TRIGGER"
}

type tokenKind int

const (
	spaceToken tokenKind = iota // spaces and comments
	wordToken
	semicolonToken
	otherToken
)

// token measures the token at the start of a text; 0 when the text ends inside it.
func token(s string) (length int, kind tokenKind) {
	until := func(end string, skip int, kind tokenKind) (int, tokenKind) {
		at := strings.Index(s[skip:], end)
		if at < 0 {
			return 0, kind
		}
		return skip + at + len(end), kind
	}
	switch c := s[0]; {
	case c == ';':
		return 1, semicolonToken
	case c == '\'' || c == '"' || c == '`':
		return until(string(c), 1, otherToken) // a doubled quote is the end of one string and the start of the next
	case c == '[':
		return until("]", 1, otherToken)
	case strings.HasPrefix(s, "--"):
		if n, kind := until("\n", 2, spaceToken); n > 0 {
			return n, kind
		}
		return len(s), spaceToken
	case strings.HasPrefix(s, "/*"):
		return until("*/", 2, spaceToken)
	case strings.IndexByte(" \t\r\n\f", c) >= 0:
		return 1, spaceToken
	case isWord(c):
		n := 1
		for n < len(s) && isWord(s[n]) {
			n++
		}
		return n, wordToken
	}
	return 1, otherToken
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// blank reports whether a text holds nothing but spaces, comments and semicolons.
func blank(s string) bool {
	for i := 0; i < len(s); {
		n, kind := token(s[i:])
		if n == 0 || kind == wordToken || kind == otherToken {
			return false
		}
		i += n
	}
	return true
}

// dotWords splits a dot command into words. In single quotes everything stands for itself, in double quotes a backslash
// makes the next character stand for itself: https://sqlite.org/cli.html#dot_command_arguments
func dotWords(text string) []string {
	var words []string
	for {
		text = strings.TrimLeft(text, " \t\r\n\f")
		if text == "" {
			return words
		}
		var word strings.Builder
		end := strings.IndexAny(text, " \t\r\n\f")
		switch quote := text[0]; {
		case quote == '\'' || quote == '"':
			i := 1
			for ; i < len(text) && text[i] != quote; i++ {
				if quote == '"' && text[i] == '\\' && i+1 < len(text) {
					i++
				}
				word.WriteByte(text[i])
			}
			text = text[min(i+1, len(text)):]
		case end < 0:
			word.WriteString(text)
			text = ""
		default:
			word.WriteString(text[:end])
			text = text[end:]
		}
		words = append(words, word.String())
	}
}
