package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// section is one top-level key, seen by its owner. It implements job.Section.
type section struct {
	reader  *reader
	name    string
	value   value
	present bool
}

// Decode fills into, a pointer, from the section, and collects every mistake.
func (s section) Decode(into any) {
	if s.present {
		s.reader.decode(s.value, into)
	}
}

// Problem reports a mistake at a dotted path. Where the path leads nowhere, it is reported at the last name on it that
// exists.
func (s section) Problem(path, text string) {
	if !s.present {
		s.reader.at(nil, "`%s`: %s", s.name, text)
		return
	}
	v := find(s.value, path)
	s.reader.at(v.node, "%s: %s", v.name(), text)
}

// Present reports whether the file has this section.
func (s section) Present() bool { return s.present }

// find goes down a dotted path, as far as there is something. The path is that of what was looked for.
func find(v value, path string) value {
	for path != "" {
		next, rest, ok := step(v, path)
		if !ok {
			v.path = below(v.path, path)
			break
		}
		v, path = next, rest
	}
	return v
}

// step goes one name down. Names may contain dots themselves, so the longest one that fits is taken.
func step(v value, path string) (next value, rest string, ok bool) {
	pairs, _ := pairsOf(v.node)
	pairs = slices.Clone(pairs)
	slices.SortStableFunc(pairs, func(a, b *ast.MappingValueNode) int {
		return len(b.Key.GetToken().Value) - len(a.Key.GetToken().Value)
	})
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		if rest, ok := strings.CutPrefix(path+".", key+"."); ok {
			return value{p.Value, below(v.path, key)}, strings.TrimSuffix(rest, "."), true
		}
	}
	return v, path, false
}

// Has reports whether the file has a section that a job or an adapter owns.
func (c *Config) Has(section string) bool {
	_, ok := c.sections[section]
	return ok
}
