package config_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/config/schema"
)

// sampler writes a file that a description allows: the shortest one, or one with everything in it. What may look in several
// ways is there in each of them, as far as there are names for it.
type sampler struct {
	full  bool
	leave func(path string, variant int) bool        // whether the key must not stand there: what else is there forbids it
	text  func(path string, n *schema.Node) string   // what stands there, when the example does not do; empty: the example
	seen  map[*schema.Node]bool                      // every place that was written
	plant func(path string, n *schema.Node) []string // more keys of a group
	count int
}

// file is the whole of it.
func (s *sampler) file(top *schema.Node) string {
	var b strings.Builder
	s.write(&b, "", 0, top, 0)
	return b.String()
}

// variants is in how many ways a place may look.
func variants(n *schema.Node) int {
	most := 1
	switch n.Kind {
	case schema.Either:
		most = 0
		for _, e := range n.Either {
			most += variants(e)
		}
	case schema.Group:
		for _, r := range n.Rules {
			if r.Kind != schema.AtLeastOne {
				sum := 0
				for _, keys := range r.Of {
					sum += weight(n, keys)
				}
				most = max(most, sum)
			}
		}
		for _, k := range n.Keys {
			most = max(most, variants(k.Node))
		}
	case schema.Named:
		if n.One {
			most = variants(n.Each) + len(n.Keys)
		}
	}
	return most
}

// weight is in how many ways some keys of a group may look.
func weight(n *schema.Node, keys []string) int {
	most := 1
	for _, k := range keys {
		most = max(most, variants(n.Key(k).Node))
	}
	return most
}

// alternative is which of the alternatives of a rule a variant of a group has.
func alternative(n *schema.Node, r schema.Rule, variant int) int {
	for i, keys := range r.Of {
		if variant -= weight(n, keys); variant < 0 {
			return i
		}
	}
	return alternative(n, r, variant) // more variants than alternatives: from the beginning
}

// write writes what stands in a place, beginning behind its key.
func (s *sampler) write(b *strings.Builder, path string, indent int, n *schema.Node, variant int) {
	s.mark(n)
	switch n.Kind {
	case schema.Group:
		s.group(b, path, indent, n, variant)
	case schema.Named:
		s.named(b, path, indent, n, variant)
	case schema.List:
		s.list(b, path, indent, n)
	case schema.Either:
		for _, e := range n.Either {
			if variant < variants(e) {
				s.write(b, path, indent, e, variant)
				return
			}
			variant -= variants(e)
		}
		panic("no such variant of " + path)
	default:
		b.WriteString(" " + s.leaf(path, n) + "\n")
	}
}

func (s *sampler) mark(n *schema.Node) {
	if s.seen != nil {
		s.seen[n] = true
	}
}

func (s *sampler) leaf(path string, n *schema.Node) string {
	if s.text != nil {
		if text := s.text(path, n); text != "" {
			return text
		}
	}
	if n.Kind == schema.Bool {
		return "true"
	}
	return n.Sample()
}

func (s *sampler) group(b *strings.Builder, path string, indent int, n *schema.Node, variant int) {
	var keys []schema.Key
	for _, k := range n.Keys {
		at := join(path, k.Name)
		if s.chosen(n, k, variant) && (s.leave == nil || !s.leave(at, variant)) {
			keys = append(keys, k)
		}
	}
	has := func(name string) bool {
		return slices.ContainsFunc(keys, func(k schema.Key) bool { return k.Name == name })
	}
	keys = slices.DeleteFunc(keys, func(k schema.Key) bool { return k.Needs != "" && !has(k.Needs) })
	var planted []string
	if s.plant != nil {
		planted = s.plant(path, n)
	}
	if len(keys)+len(planted) == 0 {
		b.WriteString(" {}\n")
		return
	}
	b.WriteString("\n")
	for _, k := range keys {
		s.key(b, join(path, k.Name), k.Name, indent, k.Node, variant%variants(k.Node))
	}
	for _, text := range planted {
		b.WriteString(strings.Repeat("  ", indent) + text + "\n")
	}
}

// chosen reports whether a key is in this variant of a group.
func (s *sampler) chosen(n *schema.Node, k schema.Key, variant int) bool {
	in := k.Required || s.full
	for _, r := range n.Rules {
		at := slices.IndexFunc(r.Of, func(keys []string) bool { return slices.Contains(keys, k.Name) })
		switch {
		case at < 0:
		case r.Kind != schema.AtLeastOne:
			in = at == alternative(n, r, variant) && (s.full || r.Kind == schema.ExactlyOne)
			if !in {
				return false
			}
		case at == 0:
			in = true
		}
	}
	if !in && !s.full { // what a key needs that is there
		for _, other := range n.Keys {
			in = in || other.Needs == k.Name && other.Needs != other.Name && s.chosen(n.Without(k.Name), other, variant)
		}
	}
	return in
}

func (s *sampler) key(b *strings.Builder, path, name string, indent int, n *schema.Node, variant int) {
	b.WriteString(strings.Repeat("  ", indent) + name + ":")
	s.write(b, path, indent+1, n, variant)
}

func (s *sampler) named(b *strings.Builder, path string, indent int, n *schema.Node, variant int) {
	b.WriteString("\n")
	if n.One {
		name := fmt.Sprintf("%s %d", n.Call[0], s.count)
		s.count++
		if variant < variants(n.Each) {
			s.key(b, join(path, name), name, indent, n.Each, variant)
			return
		}
		k := n.Keys[variant-variants(n.Each)]
		s.key(b, join(path, k.Name), k.Name, indent, k.Node, 0)
		return
	}
	count := 1
	if s.full {
		count = variants(n.Each)
		for _, k := range n.Keys {
			s.key(b, join(path, k.Name), k.Name, indent, k.Node, 0)
		}
	}
	if n.Each.Kind != schema.Group && n.Each.Kind != schema.Named { // others refer to these
		count = max(count, len(n.Call))
	}
	for i := range count {
		name := "own"
		switch {
		case i < len(n.Call):
			name = n.Call[i]
		case i > 0:
			panic("there are not enough names under " + path)
		}
		s.key(b, join(path, strings.Trim(name, `"`)), name, indent, n.Each, i%variants(n.Each))
	}
}

func (s *sampler) list(b *strings.Builder, path string, indent int, n *schema.Node) {
	count := variants(n.Each)
	if !s.full {
		count = 1
	}
	if n.Most > 0 {
		count = min(count, n.Most)
	}
	if !n.Each.Kind.Composed() {
		if s.mark(n.Each); s.full {
			b.WriteString(" [" + s.leaf(path, n.Each) + "]\n")
		} else {
			b.WriteString(" " + s.leaf(path, n.Each) + "\n")
		}
		return
	}
	b.WriteString("\n")
	for i := range count {
		if s.leave != nil && s.leave(path+"[]", i) {
			continue
		}
		var item strings.Builder
		s.write(&item, path, indent+1, n.Each, i)
		text := strings.TrimLeft(item.String(), "\n")
		b.WriteString(strings.Repeat("  ", indent) + "- " + strings.TrimLeft(text, " "))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
