package pages

import "strings"

// nextLink gives the address of the link with rel="next" in the Link headers of an answer (RFC 8288, section 3), or "".
func nextLink(headers []string) string {
	for _, h := range headers {
		for h != "" {
			h = strings.TrimLeft(h, " \t,")
			if h == "" {
				break
			}
			if h[0] != '<' {
				// Not the beginning of a link: go on behind the next comma that is not quoted.
				_, h = parameter(h)
				h = strings.TrimPrefix(h, ";")
				continue
			}
			address, rest, ok := strings.Cut(h[1:], ">")
			if !ok {
				break
			}
			var rel string
			var has bool
			for h = strings.TrimLeft(rest, " \t"); strings.HasPrefix(h, ";"); {
				var p string
				p, h = parameter(h[1:])
				name, value, _ := strings.Cut(p, "=")
				if !has && strings.EqualFold(strings.TrimSpace(name), "rel") {
					rel, has = unquote(strings.TrimSpace(value)), true // only the first one counts
				}
			}
			for _, one := range strings.Fields(rel) {
				if strings.EqualFold(one, "next") {
					return strings.TrimSpace(address)
				}
			}
		}
	}
	return ""
}

// parameter cuts off what comes before the next ";" or "," outside of quotes. The rest begins with it.
func parameter(s string) (one, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ','):
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// unquote takes the quotes off a value, and the backslashes before what they kept.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
