package jenkins

import (
	"errors"
	"strconv"
	"strings"
)

var errTree = errors.New("malformed tree expression")

// tree is what tree= wants of an object: names, each with what is wanted of it and which ones of a list; "*" is everything.
// The grammar is that of NamedPathPruner in stapler: builds[number,actions[parameters[name]]]{0,50},name.
type tree struct {
	names map[string]*branch
}

type branch struct {
	tree
	cut *cut
}

// cut is a part of a list: from a first one up to one that is not in it any more.
type cut struct {
	from, to int // to is -1 for the end
}

// of are those in the part.
func (c *cut) of(all []*bean) []*bean {
	if c == nil {
		return all
	}
	to := len(all)
	if c.to >= 0 {
		to = min(to, c.to)
	}
	return all[min(c.from, to):to]
}

func parseTree(text string) (tree, error) {
	t, rest, err := parseNames(text)
	if err == nil && rest != "" {
		err = errTree
	}
	return t, err
}

func parseNames(text string) (t tree, rest string, err error) {
	t.names = map[string]*branch{}
	for {
		end := strings.IndexAny(text, "[]{},")
		if end < 0 {
			end = len(text)
		}
		name := strings.TrimSpace(text[:end])
		if name == "" {
			return t, "", errTree
		}
		b := &branch{}
		text = text[end:]
		if strings.HasPrefix(text, "[") {
			if b.tree, text, err = parseNames(text[1:]); err != nil {
				return t, "", err
			}
			if !strings.HasPrefix(text, "]") {
				return t, "", errTree
			}
			text = text[1:]
		}
		if strings.HasPrefix(text, "{") {
			inner, after, ok := strings.Cut(text[1:], "}")
			if !ok {
				return t, "", errTree
			}
			if b.cut, err = parseSpan(inner); err != nil {
				return t, "", err
			}
			text = after
		}
		t.names[name] = b
		if !strings.HasPrefix(text, ",") {
			return t, text, nil
		}
		text = text[1:]
	}
}

// parseSpan reads {M,N} from M to before N, {M,} from M on, {,N} before N, {N} only N.
func parseSpan(text string) (*cut, error) {
	from, to, two := strings.Cut(text, ",")
	number := func(text string, otherwise int) (int, error) {
		if text = strings.TrimSpace(text); text == "" {
			return otherwise, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0, errTree
		}
		return n, nil
	}
	a, err := number(from, 0)
	if err != nil {
		return nil, err
	}
	if !two {
		return &cut{a, a + 1}, nil
	}
	b, err := number(to, -1)
	return &cut{a, b}, err
}

// prune shows what is wanted of a bean. Of what is named without names of its own nothing but its class is shown.
func (t tree) prune(b *bean) object {
	o := begin(b)
	for _, p := range b.props {
		want := t.names[p.name]
		if want == nil {
			if want = t.names["*"]; want == nil {
				continue
			}
			want = &branch{tree: want.tree, cut: want.cut}
		}
		o = append(o, field{p.name, shown(p.value(), want.cut, func(child *bean, _ bool) object { return want.prune(child) })})
	}
	return o
}
