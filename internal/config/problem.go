package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/near"
)

// Problem is one mistake in the file.
type Problem struct {
	Line   int    // 1-based; 0: it is in the environment, and not in the file
	Column int    // 1-based, in characters
	Text   string // what is wrong, and what would be accepted; never the value of a secret
}

// Problems is everything that is wrong with a file, from the top to the bottom.
type Problems struct {
	File string // its name, without the folder
	List []Problem
}

// Error lists the mistakes, one a line, in the form editors can jump to: "pawl.yaml:12:5: ...".
func (p *Problems) Error() string {
	var b strings.Builder
	count := "1 mistake"
	if n := len(p.List); n != 1 {
		count = fmt.Sprintf("%d mistakes", n)
	}
	where := p.File
	if slices.ContainsFunc(p.List, func(m Problem) bool { return m.Line == 0 }) {
		where += " and the environment"
	}
	fmt.Fprintf(&b, "%s in %s:", count, where)
	for _, m := range p.List {
		if m.Line == 0 {
			fmt.Fprintf(&b, "\n%s", m.Text)
			continue
		}
		fmt.Fprintf(&b, "\n%s:%d:%d: %s", p.File, m.Line, m.Column, m.Text)
	}
	return b.String()
}

// err is the problems as an error: sorted, each once, or nil when there are none.
func (p *Problems) err() error {
	if len(p.List) == 0 {
		return nil
	}
	list := slices.Clone(p.List)
	slices.SortFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Text, b.Text))
	})
	return &Problems{File: p.File, List: slices.Compact(list)}
}

// unknown reports a key that nothing reads.
func (r *reader) unknown(e entry, accepted []string) {
	r.at(e.keyNode, "unknown key `%s`%s", e.name(), choose(e.key, accepted))
}

// choose completes a sentence about a wrong name: what it may have been, and what is accepted.
func choose(wrong string, accepted []string) string {
	if len(accepted) == 0 {
		return " (there is none to choose from)"
	}
	accepted = slices.Sorted(slices.Values(accepted))
	text := ""
	if meant := near.Nearest(wrong, accepted); len(meant) > 0 {
		text = fmt.Sprintf("; did you mean `%s`?", meant[0])
	}
	return fmt.Sprintf("%s (accepted: %s)", text, strings.Join(accepted, ", "))
}
