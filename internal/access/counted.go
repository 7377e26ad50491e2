package access

import (
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// DecideAll says whether the actor may type a command that counts as several (words.Counted): each of them must be allowed,
// so that a `may not:` line about any of them holds for it. The first is the command itself: its line is named when all are
// allowed, and otherwise that of the one that is not. Who are those that are allowed all of them.
func DecideAll(p Policy, a job.Actor, commands []string) Decision {
	var d Decision
	for i, command := range commands {
		one := Decide(p, a, command)
		if i == 0 {
			d = one
			continue
		}
		who := both(d.Who, one.Who)
		if d.Allowed && !one.Allowed {
			d = one
		}
		d.Who = who
	}
	return d
}

// both are the names in two lists, of which Everyone stands for all.
func both(a, b []string) []string {
	switch {
	case slices.Contains(a, Everyone):
		return b
	case slices.Contains(b, Everyone):
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

// Strictest makes one of what has to be agreed to by several lines: as many people as the strictest asks for, within the
// shortest time, and only who is named in every one. Those that need nobody do not count. When no name is in all of them
// nobody can agree.
func Strictest(all []job.Approval) job.Approval {
	all = slices.DeleteFunc(slices.Clone(all), func(a job.Approval) bool { return !a.Needed() })
	if len(all) == 0 {
		return job.Approval{}
	}
	a := all[0]
	a.By = slices.Clone(a.By)
	rules := []string{a.Rule}
	for _, other := range all[1:] {
		a.By = slices.DeleteFunc(a.By, func(name string) bool { return !slices.Contains(other.By, name) })
		a.People = max(a.Count(), other.Count())
		a.Within = shorter(a.Within, other.Within)
		if !slices.Contains(rules, other.Rule) {
			rules = append(rules, other.Rule)
		}
	}
	if len(a.By) == 0 {
		a.By = []string{nobody}
	}
	a.Rule = strings.Join(rules, ", ")
	return a
}

// Nobody reports whether somebody has to agree and no name could.
func Nobody(a job.Approval) bool { return slices.Equal(a.By, []string{nobody}) }
