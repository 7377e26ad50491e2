package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// lane is what must not be touched by two runs at once: two segments.
func (m *command) lane(v value) job.Text {
	if v.node == nil {
		return ""
	}
	t := m.filled(v)
	plain := t.Fill(maps.Collect(func(yield func(string, string) bool) {
		for _, name := range t.Names() {
			if !yield(name, "x") {
				return
			}
		}
	}), nil)
	segment := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	first, second, _ := strings.Cut(plain, "/")
	if t != "" && !(segment.MatchString(first) && segment.MatchString(second)) {
		m.at(v.node, "%s must have two segments of small letters, digits, dots, - and _, such as cache/master or cache/{environment}", v.name())
	}
	for _, name := range t.Names() {
		p, ok := m.param(name)
		if i := slices.IndexFunc(p.OneOf, func(one string) bool { return !segment.MatchString("x" + one) }); ok && i >= 0 {
			m.at(v.node, "%s: `{%s}` may be `%s`, which cannot be part of it; use small letters, digits, dots, - and _ there", v.name(), name, p.OneOf[i])
		}
		if ok && (p.Type != job.TypeChoice && p.Type != job.TypeNumber || p.Optional && p.Default == "") {
			m.at(v.node, "%s: `{%s}` may be anything, or nothing; only an argument with `one of` or a number that is always known can be part of it", v.name(), name)
		}
	}
	return t
}

// stages reads `steps`: what is done one after the other.
func (m *command) stages(v value) (stages []job.Stage) {
	if v.node == nil {
		return nil
	}
	before := len(m.problems.List)
	items := m.list(v)
	count := 0
	for _, item := range items {
		e, ok := m.one(item)
		switch {
		case !ok:
		case e.key == "together":
			s := m.together(e.value)
			count += len(s)
			stages = append(stages, s)
		default:
			count++
			stages = append(stages, job.Stage{m.runbookStep(e)})
		}
	}
	switch {
	case len(items) == 0 && len(m.problems.List) == before:
		m.at(v.node, "%s has no steps", v.name())
	case count > maxSteps:
		m.at(v.node, "%s: these are %d steps, at most %d are read; what is longer belongs into a script or into Go", v.name(), count, maxSteps)
	}
	return stages
}

// together reads the steps that run at the same time.
func (m *command) together(v value) (stage job.Stage) {
	items := m.list(v)
	for _, item := range items {
		switch e, ok := m.one(item); {
		case !ok:
		case e.key == "together":
			m.at(e.keyNode, "%s: `together` cannot stand inside of `together`", e.value.name())
		default:
			s := m.runbookStep(e)
			if s.Ask != nil {
				m.at(e.keyNode, "%s: a question stands alone, so that people know what waits for the answer; put it before `together`", e.value.name())
			}
			stage = append(stage, s)
		}
	}
	if len(items) > maxTogether {
		m.at(v.node, "%s: these are %d steps, at most %d run at the same time", v.name(), len(items), maxTogether)
	}
	return stage
}

// list are the items of a list, which must be one.
func (m *command) list(v value) []value {
	node, ok := m.plain(v)
	if !ok {
		return nil
	}
	if kind(node) != "a list" {
		m.wrong(v, "a list of steps, each with a name: `- Empty the cache: {script: clear-cache.sh, host: app-1}`")
		return nil
	}
	return m.items(v)
}

// one is an item of a list that is one name and what stands under it.
func (m *command) one(v value) (entry, bool) {
	node, ok := m.plain(v)
	if !ok {
		return entry{}, false
	}
	pairs, mapping := pairsOf(node)
	if !mapping || len(pairs) != 1 {
		m.at(v.node, "%s must be one step, its name and under it what it does: `- Empty the cache: {script: clear-cache.sh, host: app-1}`", v.name())
		return entry{}, false
	}
	entries := m.entries(v)
	if len(entries) != 1 {
		return entry{}, false
	}
	return entries[0], true
}
