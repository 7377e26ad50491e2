package mapping

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// What follows decodes JSON that the walker has found valid and not too deep. encoding/json is not used because it makes
// U+FFFD of bytes that are not UTF-8 without a word; here they stay, so that the column they are in is rejected.

// decode gives the value that begins here as the interpreter wants it, and the place behind it. Numbers stay as they were
// written; of fields with the same name the last one counts.
func decode(s string, i int) (any, int) {
	switch s[i] {
	case '{':
		object := map[string]any{}
		for i = space(s, i+1); s[i] != '}'; {
			end := textEnd(s, i)
			key := unescape(s[i+1 : end-1])
			i = space(s, space(s, end)+1)
			object[key], i = decode(s, i)
			if i = space(s, i); s[i] == ',' {
				i = space(s, i+1)
			}
		}
		return object, i + 1
	case '[':
		array := []any{}
		for i = space(s, i+1); s[i] != ']'; {
			var v any
			v, i = decode(s, i)
			array = append(array, v)
			if i = space(s, i); s[i] == ',' {
				i = space(s, i+1)
			}
		}
		return array, i + 1
	case '"':
		end := textEnd(s, i)
		return unescape(s[i+1 : end-1]), end
	case 't':
		return true, i + len("true")
	case 'f':
		return false, i + len("false")
	case 'n':
		return nil, i + len("null")
	}
	end := i
	for end < len(s) && s[end] > ' ' && s[end] != ',' && s[end] != ']' && s[end] != '}' {
		end++
	}
	return json.Number(s[i:end]), end
}

// textEnd gives the place behind the text that begins here.
func textEnd(s string, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unescape undoes the backslashes of a text without its quotes. Half of a surrogate pair becomes U+FFFD, as in
// encoding/json.
func unescape(s string) string {
	next := strings.IndexByte(s, '\\')
	if next < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; next >= 0; next = strings.IndexByte(s, '\\') {
		b.WriteString(s[:next])
		c := s[next+1]
		s = s[next+2:]
		if c != 'u' {
			b.WriteByte(plainEscape(c))
			continue
		}
		r := unit(s)
		s = s[4:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if strings.HasPrefix(s, `\u`) {
				low = unit(s[2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				s = s[6:]
			}
		}
		b.WriteRune(r)
	}
	b.WriteString(s)
	return b.String()
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// unit is what the four digits after \u stand for.
func unit(s string) rune {
	var r rune
	for i := range 4 {
		r = r<<4 | rune(hex(s[i]))
	}
	return r
}

// hex is the value of a hexadecimal digit, -1 when it is none.
func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
