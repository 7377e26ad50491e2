package changes

import (
	"fmt"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

const (
	titled = 3  // so many features have their names in a headline
	brief  = 50 // characters of a title there
)

// Headline is all of it in a line: "Faster search · New invoice PDF · 5 fixes". It is empty when nothing changed.
func (g Groups) Headline() string {
	var parts []string
	named := g.Features[:min(len(g.Features), titled)]
	if len(g.Features) > titled {
		named = g.Features[:titled-1]
	}
	for _, c := range named {
		parts = append(parts, line(c.Title, brief))
	}
	if more := len(g.Features) - len(named); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more features", more))
	}
	if g.Count() == 1 && len(parts) == 0 { // one alone has a name, whatever it is
		for _, c := range append(g.Fixes, g.Behind...) {
			return line(c.Title, brief)
		}
	}
	parts = append(parts, counted(len(g.Fixes), "fix", "fixes")...)
	if len(parts) == 0 || len(g.Features) == 0 {
		parts = append(parts, counted(len(g.Behind), "change behind the scenes", "changes behind the scenes")...)
	}
	return strings.Join(parts, " · ")
}

// Lines is the list of them, group by group, at most so many lines; what has no room is counted in the last one.
func (g Groups) Lines(most int) []string {
	var all []string
	for _, group := range []struct {
		name string
		of   []job.Change
	}{{"New", g.Features}, {"Mended", g.Fixes}, {"Behind the scenes", g.Behind}} {
		if len(group.of) == 0 {
			continue
		}
		all = append(all, "*"+group.name+"*")
		for _, c := range group.of {
			all = append(all, "• "+said(c))
		}
	}
	if len(all) <= most {
		return all
	}
	shown := all[:max(0, most-1)]
	for len(shown) > 0 && strings.HasPrefix(shown[len(shown)-1], "*") { // a heading with nothing under it
		shown = shown[:len(shown)-1]
	}
	left := g.Count()
	for _, l := range shown {
		if strings.HasPrefix(l, "• ") {
			left--
		}
	}
	return append(shown, fmt.Sprintf("And %d more.", left))
}

// said is a change on a line: what, which pull request, and who.
func said(c job.Change) string {
	text := strings.NewReplacer("*", "", "`", "'").Replace(c.Title)
	if c.PR > 0 {
		text += fmt.Sprintf(" (#%d)", c.PR)
	}
	if c.Author != "" {
		text += " · " + board.Clean(c.Author)
	}
	return text
}

func counted(n int, one, many string) []string {
	switch n {
	case 0:
		return nil
	case 1:
		return []string{"1 " + one}
	}
	return []string{fmt.Sprintf("%d %s", n, many)}
}
