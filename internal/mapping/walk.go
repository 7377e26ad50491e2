package mapping

import (
	"errors"
	"fmt"
)

// deepest is how many brackets a record may have inside of each other. PostgreSQL's own limit for jsonb is its stack, some
// thousands.
const deepest = 1000

// node is a place in a record that columns ask for.
type node struct {
	names   []string
	kids    []*node
	columns []int // whose path ends here
	below   []int // whose path goes on from here
}

// grow adds the path of a column.
func (n *node) grow(path []string, column int) {
	if len(path) == 0 {
		n.columns = append(n.columns, column)
		return
	}
	n.below = append(n.below, column)
	for i, name := range n.names {
		if name == path[0] {
			n.kids[i].grow(path[1:], column)
			return
		}
	}
	kid := &node{}
	n.names, n.kids = append(n.names, path[0]), append(n.kids, kid)
	kid.grow(path[1:], column)
}

// kid gives the place of a field; nil when nobody asks for it. key is as it stands in the record, without its quotes.
func (n *node) kid(key string, escaped bool) *node {
	if n == nil || len(n.names) == 0 {
		return nil
	}
	if escaped {
		key = unescape(key)
	}
	for i, name := range n.names { // a handful; comparing lengths first makes this faster than a map
		if name == key {
			return n.kids[i]
		}
	}
	return nil
}

// span is where in a record the value of a column is; from = to: there is none. held is a value at which the path ended
// too early, because it is neither an object nor null.
type span struct {
	from, to int
	held     bool
}

// walker goes once through a record, makes sure that it is JSON, and notes where the columns are. It keeps nothing of a
// record but these places, and decodes nothing.
type walker struct {
	s     string
	spans []span
	err   error
}

// walk notes the places in a record.
func (w *walker) walk(s string, tree *node) error {
	clear(w.spans)
	w.s, w.err = s, nil
	from := space(s, 0)
	end := w.value(from, tree, 0)
	if w.err == nil {
		if end = space(s, end); end < len(s) {
			w.fail(end)
		}
	}
	if w.err == nil && s[from] == 'n' {
		w.err = errors.New("the record is null")
	}
	return w.err
}

// fail says that the record is no JSON from this byte on.
func (w *walker) fail(at int) int {
	if w.err == nil {
		if w.err = fmt.Errorf("the record is no JSON: it ends at byte %d", len(w.s)); at < len(w.s) {
			w.err = fmt.Errorf("the record is no JSON: %q does not belong at byte %d", w.s[at], at+1)
		}
	}
	return len(w.s)
}

// value goes through the value that begins here and gives the place behind it.
func (w *walker) value(i int, n *node, depth int) int {
	if i >= len(w.s) {
		return w.fail(i)
	}
	var end int
	switch w.s[i] {
	case '{':
		end = w.object(i, n, depth+1)
	case '[':
		end = w.array(i, depth+1)
	case '"':
		end, _ = w.text(i)
	case 't':
		end = w.literal(i, "true")
	case 'f':
		end = w.literal(i, "false")
	case 'n':
		end = w.literal(i, "null")
	default:
		end = w.number(i)
	}
	if n == nil || w.err != nil {
		return end
	}
	for _, c := range n.columns {
		w.spans[c] = span{from: i, to: end}
	}
	if w.s[i] != '{' {
		for _, c := range n.below {
			w.spans[c] = span{}
			if w.s[i] != 'n' {
				w.spans[c] = span{from: i, to: end, held: true}
			}
		}
	}
	return end
}

// object goes through an object. Of fields with the same name the last one counts, with all that is in it.
func (w *walker) object(i int, n *node, depth int) int {
	if depth > deepest {
		return w.tooDeep()
	}
	if n != nil {
		for _, c := range n.below {
			w.spans[c] = span{}
		}
	}
	s := w.s
	if i = space(s, i+1); i < len(s) && s[i] == '}' {
		return i + 1
	}
	for w.err == nil {
		if i >= len(s) || s[i] != '"' {
			return w.fail(i)
		}
		end, escaped := w.text(i)
		if w.err != nil {
			return end
		}
		kid := n.kid(s[i+1:end-1], escaped)
		if i = space(s, end); i >= len(s) || s[i] != ':' {
			return w.fail(i)
		}
		i = space(s, w.value(space(s, i+1), kid, depth))
		switch {
		case i < len(s) && s[i] == ',':
			i = space(s, i+1)
		case i < len(s) && s[i] == '}':
			return i + 1
		default:
			return w.fail(i)
		}
	}
	return i
}

func (w *walker) array(i, depth int) int {
	if depth > deepest {
		return w.tooDeep()
	}
	s := w.s
	if i = space(s, i+1); i < len(s) && s[i] == ']' {
		return i + 1
	}
	for w.err == nil {
		i = space(s, w.value(i, nil, depth))
		switch {
		case i < len(s) && s[i] == ',':
			i = space(s, i+1)
		case i < len(s) && s[i] == ']':
			return i + 1
		default:
			return w.fail(i)
		}
	}
	return i
}

func (w *walker) tooDeep() int {
	if w.err == nil {
		w.err = fmt.Errorf("the record has more than %d brackets inside of each other", deepest)
	}
	return len(w.s)
}
