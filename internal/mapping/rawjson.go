package mapping

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// json gives valid JSON as it came, but without white space between its parts, so that it is one line and equal values are
// equal more often. What PostgreSQL's jsonb refuses is an error: the character NUL, numbers beyond its numeric. Half of a
// surrogate pair, which it refuses too, becomes U+FFFD.
func (m *Mapper) json(raw string) (any, error) {
	if len(raw) > m.opt.longest {
		return nil, m.tooLong(len(raw))
	}
	if !utf8.ValidString(raw) {
		return nil, errNotUTF8()
	}
	var b strings.Builder
	kept := 0 // raw up to here is in b
	replace := func(from, to int, by string) {
		b.WriteString(raw[kept:from])
		b.WriteString(by)
		kept = to
	}
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '"':
			end := textEnd(raw, i)
			if err := escapes(raw, i, end, replace); err != nil {
				return nil, err
			}
			i = end
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			end := space(raw, i)
			replace(i, end, "")
			i = end
		case c == '-' || '0' <= c && c <= '9':
			_, end := decode(raw, i)
			if p, ok := takeApart(raw[i:end]); !ok || !p.storable() {
				return nil, errTooLarge(raw[i:end])
			}
			i = end
		default:
			i++
		}
	}
	if kept == 0 {
		return job.RawJSON(raw), nil
	}
	b.WriteString(raw[kept:])
	return job.RawJSON(b.String()), nil
}

// escapes looks at what is written as \u in a text.
func escapes(raw string, from, end int, replace func(from, to int, by string)) error {
	for i := from; i < end; i++ {
		if raw[i] != '\\' {
			continue
		}
		if i++; raw[i] != 'u' {
			continue
		}
		r := unit(raw[i+1:])
		switch {
		case r == 0:
			return errors.New("it holds a NUL character, which no table can store")
		case utf16.IsSurrogate(r):
			if next := i + 5; strings.HasPrefix(raw[next:], `\u`) && utf16.DecodeRune(r, unit(raw[next+2:])) != utf8.RuneError {
				i = next + 5
				continue
			}
			replace(i-1, i+5, `\ufffd`)
		}
		i += 4
	}
	return nil
}
