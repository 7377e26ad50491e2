package sshrun

import (
	"strings"
	"unicode/utf8"
)

// clean makes text from a host fit for people: invalid UTF-8, terminal sequences and control characters are dropped,
// tabs and newlines stay. So are bidirectional overrides, which can make a text read as another one.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] == 0x1b {
			i += sequence(s[i:])
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if shows(r) {
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// sequence is the length of the terminal sequence at the start of s (ECMA-48: CSI and OSC; anything else is ESC alone).
func sequence(s string) int {
	if len(s) < 2 {
		return 1
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] >= 0x40 && s[i] <= 0x7e:
				return i + 1
			case s[i] < 0x20 || s[i] > 0x3f:
				return i
			}
		}
		return len(s)
	case ']':
		if end := strings.IndexAny(s[2:], "\a\x1b"); end >= 0 && s[2+end] == '\a' {
			return 2 + end + 1
		}
	}
	return 1
}

func shows(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError:
		return false
	case r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
		return false
	case r >= 0xe000 && r <= 0xf8ff: // private use: boards mark their own tokens with some of these
		return false
	}
	return true
}

// cut shortens s to n characters and says so.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return string(runes[:n-1]) + "…"
}
