package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Reference is all that may stand in a file as Markdown: a section for each of its keys, and one for each shape that is used
// in several places. What stands before the first section is up to the caller.
func Reference(n *Node) string {
	p := &page{}
	for _, k := range n.Keys {
		p.section(k.Name, code(k.Name), k.Node)
	}
	if len(p.shapes) > 0 {
		p.printf("## Used in several places\n\n")
	}
	for i := 0; i < len(p.shapes); i++ { // each may name more of them
		shape := p.shapes[i]
		p.printf("### %s\n\n", upper(shape.Shape))
		p.table("", shape)
	}
	return strings.TrimRight(p.b.String(), "\n") + "\n"
}

type page struct {
	b      strings.Builder
	shapes []*Node
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *page) section(path, heading string, n *Node) {
	p.printf("## %s\n\n", heading)
	text := sentence(n.Help)
	if !n.Kind.Composed() || n.Kind == List || n.Kind == Either {
		text += " What stands there: " + p.kind(n) + "."
	}
	if absent := absent(n); absent != "" {
		text += " When not given: " + absent + "."
	}
	if n.Page != "" {
		text += fmt.Sprintf(" [More](%s).", n.Page)
	}
	p.printf("%s\n\n", strings.TrimSpace(text))
	p.table(path, n)
}

// table tells the keys below a path, all levels of them.
func (p *page) table(path string, n *Node) {
	var rows []string
	p.rows(&rows, path, n)
	if len(rows) > 0 {
		p.printf("| key | what stands there | when not given | what it is |\n|---|---|---|---|\n%s\n\n", strings.Join(rows, "\n"))
	}
	var notes []string
	p.notes(&notes, path, n)
	for _, note := range notes {
		p.printf("- %s\n", note)
	}
	if len(notes) > 0 {
		p.printf("\n")
	}
}

// rows are the lines of a table about what is below a node.
func (p *page) rows(rows *[]string, path string, n *Node) {
	for _, k := range n.Keys {
		p.row(rows, below(path, k.Name), k)
	}
	switch n.Kind {
	case Named:
		p.row(rows, below(path, "<"+n.called()+">"), Key{Node: n.Each})
	case List:
		if n.Each.Kind == Named { // else its items look like what stands there alone
			path += "[]"
		}
		p.inside(rows, path, n.Each)
	case Either:
		p.forms(rows, path, n)
	}
}

// forms are the lines about a place that may look in several ways. A form is known by its first required key.
func (p *page) forms(rows *[]string, path string, n *Node) {
	leads := n.leads()
	for _, e := range n.Either {
		if len(leads) < 2 || e.Kind != Group || e.Shape != "" {
			p.inside(rows, path, e)
			continue
		}
		lead := e.lead()
		for _, k := range e.Keys {
			switch {
			case k.Name == lead:
				p.line(rows, below(path, k.Name), k, "one of "+listed(codes(leads), "and"))
			case k.Required:
				p.line(rows, below(path, k.Name), k, "**must be there** with "+code(lead))
			default:
				p.row(rows, below(path, k.Name), k)
			}
		}
	}
}

// leads are the keys by which the forms of a place are known.
func (n *Node) leads() (all []string) {
	for _, e := range n.Either {
		if lead := e.lead(); lead != "" {
			all = append(all, lead)
		}
	}
	return all
}

// lead is the first required key of a group.
func (n *Node) lead() string {
	for _, k := range n.Keys {
		if n.Kind == Group && k.Required {
			return k.Name
		}
	}
	return ""
}

// inside goes into what has keys and no name of its own.
func (p *page) inside(rows *[]string, path string, n *Node) {
	switch {
	case n.Shape != "" && n.Kind.Composed():
		p.shape(n)
	default:
		p.rows(rows, path, n)
	}
}

func (p *page) row(rows *[]string, path string, k Key) {
	without := absent(k.Node)
	switch {
	case k.Required:
		without = "**must be there**"
	case k.Needs != "" && without != "":
		without += "; only with " + code(k.Needs)
	case k.Needs != "":
		without = "only with " + code(k.Needs)
	}
	p.line(rows, path, k, without)
}

func (p *page) line(rows *[]string, path string, k Key, without string) {
	line := fmt.Sprintf("| %s | %s | %s | %s |", cell(code(path)), cell(p.kind(k.Node)), cell(without), cell(sentence(k.Help)))
	if !slices.Contains(*rows, line) { // several forms of one place have keys in common
		*rows = append(*rows, line)
	}
	p.inside(rows, path, k.Node)
}

// kind says what may stand in a place.
func (p *page) kind(n *Node) string {
	switch n.Kind {
	case Group, Named:
		if n.Shape != "" {
			p.shape(n)
			return link(n)
		}
		if n.Kind == Group {
			return "keys, below"
		}
		return "names, below"
	case List:
		if n.Each.Kind == Named && n.Each.One {
			return "a list, each with one name"
		}
		return p.kind(n.Each) + ", or a list" + most(n.Most)
	case Either:
		var all []string
		for _, e := range n.Either {
			if kind := p.kind(e); !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
		if n.Shape != "" {
			p.shape(n)
			return link(n)
		}
		return listed(all, "or")
	case Secret:
		return "secret: `{env: NAME}` or `{file: PATH}`"
	}
	text := string(n.Kind)
	switch {
	case len(n.Words) > 0:
		return listed(codes(n.Words), "or")
	case n.Min != nil && n.Max != nil:
		text += fmt.Sprintf(", %d to %d", *n.Min, *n.Max)
	}
	switch {
	case n.Most > 0:
		text += fmt.Sprintf(" of at most %d characters", n.Most)
	case n.Range != "":
		text += ", " + n.Range
	}
	if n.Example != "" || n.Kind == Text && len(n.Offered) > 0 {
		text += ", such as " + code(n.Sample())
	}
	return text
}

func most(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" of at most %d", n)
}

// notes are the rules about keys, and what names may be.
func (p *page) notes(notes *[]string, path string, n *Node) {
	add := func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); !slices.Contains(*notes, text) {
			*notes = append(*notes, text)
		}
	}
	where := ""
	if path != "" {
		where = "Under " + code(path) + ": "
	}
	if n.Kind == Named && n.Names != nil && n.Names.Like != "" {
		add("`<%s>`: %s", n.called(), sentence(n.Names.Like))
	}
	for _, r := range n.Rules {
		var sets []string
		for _, keys := range r.Of {
			set := code(keys[0])
			if len(keys) > 1 {
				set += " with " + listed(codes(keys[1:]), "and")
			}
			sets = append(sets, set)
		}
		text := listed(sets, "or")
		if r.Kind != AtLeastOne {
			text = listed(sets, "and")
		}
		add("%s", sentence(where+string(r.Kind)+" "+text))
	}
	for _, k := range n.Keys {
		p.notesInside(notes, below(path, k.Name), k.Node)
	}
	switch n.Kind {
	case Named:
		p.notesInside(notes, below(path, "<"+n.called()+">"), n.Each)
	case List:
		p.notesInside(notes, path, n.Each)
	case Either:
		for _, e := range n.Either {
			p.notesInside(notes, path, e)
		}
	}
}

func (p *page) notesInside(notes *[]string, path string, n *Node) {
	if n.Shape == "" || !n.Kind.Composed() {
		p.notes(notes, path, n)
	}
}

// shape remembers what is told at the end.
func (p *page) shape(n *Node) {
	if !slices.ContainsFunc(p.shapes, func(s *Node) bool { return s.Shape == n.Shape }) {
		p.shapes = append(p.shapes, n)
	}
}

func link(n *Node) string {
	return fmt.Sprintf("[%s](#%s)", n.Shape, strings.ReplaceAll(n.Shape, " ", "-"))
}

// called is what a name of ones own is, for people.
func (n *Node) called() string {
	if n.Name != "" {
		return n.Name
	}
	return "name"
}

func absent(n *Node) string {
	if n.Absent != "" {
		return n.Absent
	}
	if n.Default != "" {
		return code(n.Default)
	}
	return ""
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func upper(text string) string { return strings.TrimSuffix(sentence(text), ".") }

// cell is a text that stands in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func codes(texts []string) (all []string) {
	for _, t := range texts {
		all = append(all, code(t))
	}
	return all
}
