package mapping

// The parts of JSON that hold no others, as RFC 8259 has them.

// text goes through a text and tells whether there is a backslash in it.
func (w *walker) text(i int) (end int, escaped bool) {
	s := w.s
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1, escaped
		case c < ' ':
			return w.fail(i), escaped
		case c == '\\':
			escaped = true
			if i++; i >= len(s) {
				return w.fail(i), escaped
			}
			switch s[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for range 4 {
					if i++; i >= len(s) || hex(s[i]) < 0 {
						return w.fail(i), escaped
					}
				}
			default:
				return w.fail(i), escaped
			}
		}
	}
	return w.fail(i), escaped
}

func (w *walker) literal(i int, word string) int {
	for j := range len(word) {
		if i+j >= len(w.s) || w.s[i+j] != word[j] {
			return w.fail(i + j)
		}
	}
	return i + len(word)
}

// number goes through a number as RFC 8259, section 6, has it.
func (w *walker) number(i int) int {
	s := w.s
	if s[i] == '-' {
		i++
	}
	end := digits(s, i)
	if end == i || s[i] == '0' && end > i+1 {
		return w.fail(i)
	}
	if i = end; i < len(s) && s[i] == '.' {
		if end = digits(s, i+1); end == i+1 {
			return w.fail(end)
		}
		i = end
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if end = digits(s, i); end == i {
			return w.fail(end)
		}
		i = end
	}
	return i
}

// digits gives the place behind the digits that begin here.
func digits(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}

// space gives the place of the next byte that is no white space.
func space(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}
