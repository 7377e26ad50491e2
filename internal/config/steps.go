package config

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// stepFlags may stand beside what a step does, whatever it is.
type stepFlags struct {
	Once   bool `yaml:"once" help:"it is never tried a second time without asking, not even when nobody knows whether it was done"`
	Atomic bool `yaml:"atomic" help:"a cancel waits until it has ended"`
	Must   bool `yaml:"must" help:"nobody may skip it"`
}

// flagKeys are the keys of stepFlags.
func flagKeys() []string { return keys(fieldsOf(reflect.TypeFor[stepFlags]())) }

// stepKinds are what a step can do.
func stepKinds() []string { return []string{"script", "http", "jenkins", "ask", "wait", "say"} }

// runbookStep reads one step: its name, and what it does.
func (m *command) runbookStep(e entry) job.RunbookStep {
	s := job.RunbookStep{Name: m.stepName(e)}
	node, ok := m.plain(e.value)
	if !ok {
		return s
	}
	if _, mapping := pairsOf(node); !mapping {
		m.wrong(e.value, "what the step does, such as {http: POST https://shop.acme.test/warm}")
		return s
	}
	kind := m.stepKind(e)
	var also []string
	if kind == "script" {
		also = scriptKeys()
	}
	f := m.flags(e, kind, also)
	s.Once, s.Atomic, s.Must, m.once = f.Once, f.Atomic, f.Must, f.Once
	v, _, _ := step(e.value, kind)
	switch kind {
	case "script":
		s.Script = m.scriptStep(e.value)
	case "http":
		s.HTTP = m.httpStep(v)
	case "jenkins":
		s.Jenkins = m.jenkinsStep(v)
	case "ask":
		s.Ask = m.askStep(v)
	case "wait":
		s.Wait = m.waitStep(v)
	case "say":
		s.Say = m.sayStep(v)
	}
	return s
}

// flags reads how a step is treated, and holds it to the keys it may have.
func (m *command) flags(e entry, kind string, also []string) (f stepFlags) {
	accepted := slices.Concat([]string{kind}, flagKeys(), also)
	for _, one := range m.entries(e.value) {
		switch one.key {
		case "once":
			m.decode(one.value, &f.Once)
		case "atomic":
			m.decode(one.value, &f.Atomic)
		case "must":
			m.decode(one.value, &f.Must)
		default:
			_, inside := insideOf(kind)[one.key]
			switch {
			case kind == "" || slices.Contains(accepted, one.key):
			case inside:
				m.at(one.keyNode, "%s: `%s` stands inside of `%s`: {%s: {..., %s: ...}}", one.value.name(), one.key, kind, kind, one.key)
			default:
				m.unknown(one, accepted)
			}
		}
	}
	return f
}

// insideOf are the keys that belong below what a step does, by its kind.
func insideOf(kind string) map[string]field {
	below := map[string]any{"http": httpKeys{}, "jenkins": jenkinsStepKeys{}, "ask": askKeys{}, "wait": waitKeys{}, "say": sayKeys{}}
	if keys, ok := below[kind]; ok {
		return fieldsOf(reflect.TypeOf(keys))
	}
	return nil
}

// stepKind is which of the things a step can do this one does; empty after a mistake.
func (m *command) stepKind(e entry) string {
	found := ""
	entries := m.entries(e.value)
	for _, one := range stepKinds() {
		if _, _, ok := step(e.value, one); !ok {
			continue
		}
		if found != "" {
			m.at(e.value.node, "%s does two things, `%s` and `%s`; make two steps of it", e.value.name(), found, one)
			return ""
		}
		found = one
	}
	if found == "" && len(entries) > 0 {
		for _, one := range entries { // a misspelt word is the likeliest reason
			if !slices.Contains(flagKeys(), one.key) {
				m.unknown(one, slices.Concat(stepKinds(), flagKeys()))
				return ""
			}
		}
	}
	if found == "" {
		m.at(e.value.node, "%s says nothing of what it does%s", e.value.name(), choose("", stepKinds()))
	}
	return found
}

// stepName is what people read on the board.
func (m *command) stepName(e entry) string {
	switch {
	case strings.TrimSpace(e.key) != e.key || e.key == "" || utf8.RuneCountInString(e.key) > maxTitle || strings.ContainsFunc(e.key, unicode.IsControl):
		m.at(e.keyNode, "%s: the name of a step is one line of 1 to %d characters, with no space around it", e.value.name(), maxTitle)
	case argumentIn.MatchString(e.key):
		m.at(e.keyNode, "%s: the name of a step stays as it is, whatever was typed; an argument cannot be part of it", e.value.name())
	case m.steps[strings.ToLower(e.key)]:
		m.at(e.keyNode, "%s: two steps are called so; people could not tell them apart", e.value.name())
	}
	m.steps[strings.ToLower(e.key)] = true
	return e.key
}
