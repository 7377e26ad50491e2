package inventory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Mistake is something wrong with the names of an inventory. The text names both lines where two names clash.
type Mistake struct {
	Line   int
	Column int
	Text   string
}

// owned is a name and what it names, for people: "the environment shop master".
type owned struct {
	Name
	level level
	reach string // what must not have the name twice
	thing string
}

// clashes finds names that could mean two things. What stands lower in the file is at fault.
func (v *Inventory) clashes() (wrong []Mistake) {
	all := v.owned()
	say := func(n Name, format string, args ...any) {
		wrong = append(wrong, Mistake{n.Line, n.Column, fmt.Sprintf(format, args...)})
	}
	first := map[string][]owned{} // by name: those nothing was wrong with
	for _, o := range all {
		if word, ok := ownWord(o.Text); ok {
			say(o.Name, "`%s` cannot name %s: `%s` has a meaning of its own, %s", o.Text, o.thing, word, meanings()[word])
			continue
		}
		i := slices.IndexFunc(first[o.Text], func(f owned) bool {
			return f.thing != o.thing && (f.level != o.level || f.reach == o.reach)
		})
		if i < 0 {
			first[o.Text] = append(first[o.Text], o)
			continue
		}
		f := first[o.Text][i]
		say(o.Name, "`%s` names %s in line %d and %s in line %d; what is typed must not mean both, so one of them needs another name",
			o.Text, f.thing, f.Line, o.thing, o.Line)
	}
	for _, o := range all {
		if parts := v.parts(o.Text); len(parts) > 0 && len(first[parts[0]]) > 0 {
			f := first[parts[0]][0]
			say(o.Name, "`%s` names %s in line %d, and is also made of other names: `%s` (`%s` in line %d names %s); what is typed must not mean both",
				o.Text, o.thing, o.Line, strings.Join(parts, "` `"), parts[0], f.Line, f.thing)
		}
	}
	return wrong
}

// owned lists every name there is, in the order of the file.
func (v *Inventory) owned() (all []owned) {
	add := func(l level, reach, what string, name Name, also []Name) {
		for _, n := range append([]Name{name}, also...) {
			all = append(all, owned{Name: n, level: l, reach: reach, thing: what})
		}
	}
	for _, a := range v.apps {
		add(levelApp, "", "the app "+a.Name.Text, a.Name, a.Also)
		for _, e := range a.Environments {
			at := a.Name.Text + " " + e.Name.Text
			add(levelEnvironment, a.Name.Text, "the environment "+at, e.Name, e.Also)
			for _, i := range e.Instances {
				add(levelLeaf, at, "the instance "+at+" "+i.Name.Text, i.Name, i.Also)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b owned) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return all
}

// parts cuts a name of several words into other names, when that makes sense.
func (v *Inventory) parts(name string) []string {
	ws := strings.Fields(name)
	if len(ws) < 2 {
		return nil
	}
	for _, s := range v.cuts(ws) {
		var parts []string
		for _, p := range []string{s.app, s.environment, s.leaf} {
			if p != "" {
				parts = append(parts, p)
			}
		}
		if len(parts) > 1 {
			slices.SortFunc(parts, func(a, b string) int { return strings.Index(name, a) - strings.Index(name, b) })
			return parts
		}
	}
	return nil
}

// ownWord finds a word in a name that means something everywhere.
func ownWord(name string) (string, bool) {
	for _, w := range strings.Fields(name) {
		if _, ok := meanings()[w]; ok {
			return w, true
		}
	}
	return "", false
}

func meanings() map[string]string {
	return map[string]string{
		job.Active:   "the instance that serves users",
		job.Inactive: "an instance that could serve users and does not",
		job.RoleCron: "the instances with that role",
	}
}
