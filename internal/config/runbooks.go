package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Limits of a runbook. They keep what travels in the request of its run small, and its board readable.
const (
	maxSteps    = 50
	maxTogether = 10
	maxTitle    = 60 // characters of the name of a step or a command
	maxSentence = 200
	maxTravels  = 512 << 10 // bytes of a runbook: Temporal refuses requests of 2 MB, and this one also holds what was typed
)

// Runbook is a job that stands under `runbooks:`: what may be typed, and what it does then.
type Runbook struct {
	Spec job.Spec
	Book job.Runbook
}

// Asked is a look that stands under `looks:`: what may be typed, and what is asked then.
type Asked struct {
	Spec  job.Spec
	Asked job.Asked
}

// commandKeys is what runbooks and looks have in common: what people type, and what help says about it.
type commandKeys struct {
	Help      value    `yaml:"help"`
	Arguments value    `yaml:"arguments"`
	Examples  []string `yaml:"examples"`
	Retired   value    `yaml:"retired"`
}

// runbookKeys is what stands under the name of a runbook.
type runbookKeys struct {
	Help      value    `yaml:"help"`
	Arguments value    `yaml:"arguments"`
	Examples  []string `yaml:"examples"`
	Retired   value    `yaml:"retired"`
	Lane      value    `yaml:"lane"`
	Safe      value    `yaml:"safe"`
	Single    bool     `yaml:"single"`
	Always    bool     `yaml:"always"`
	Steps     value    `yaml:"steps"`
}

// command is a runbook or a look while it is read: where its texts may name arguments.
type command struct {
	*reader
	config *Config
	name   string
	params []job.Param
	once   bool              // the step being read is `once`
	steps  map[string]bool   // the names of the steps so far
	bodies map[string]string // scripts that were read, by path
}

// readRunbooks reads `runbooks:`. Names that are commands already are mistakes; so is what nobody could type.
func (c *Config) readRunbooks(v value, specs []job.Spec) {
	r := c.reader
	for _, e := range r.entries(v) {
		var k runbookKeys
		before := len(r.problems.List)
		if _, mapping := pairsOf(e.value.node); !mapping {
			r.wrong(e.value, "a group of names with values: `help`, `steps`")
			continue
		}
		r.decode(e.value, &k)
		if k.Retired.node == nil { // what is retired does nothing
			r.needs(e.value, "help", "what it does, in one sentence for people who are no engineers")
			r.needs(e.value, "steps", "a list: what it does, one after the other")
		}
		m := &command{reader: r, config: c, name: e.key, steps: map[string]bool{}, bodies: map[string]string{}}
		spec := m.spec(commandKeys{k.Help, k.Arguments, k.Examples, k.Retired})
		spec.Single, spec.Always = k.Single, k.Always
		b := job.Runbook{Name: e.key, Takes: m.takes(), Lane: m.lane(k.Lane), Safe: m.sentence(k.Safe), Parts: m.stages(k.Steps)}
		if travels, err := json.Marshal(b); err != nil || len(travels) > maxTravels {
			r.at(e.keyNode, "%s: with its scripts this is more than the %d KiB that travel with a run; keep long scripts on the hosts and call them", e.value.name(), maxTravels>>10)
		}
		if r.nameOf(e, spec, specs, c.Specs(), len(r.problems.List) == before) {
			c.Runbooks = append(c.Runbooks, Runbook{Spec: spec, Book: b})
		}
	}
}

// needs reports a key that must be there and is not.
func (r *reader) needs(v value, key, help string) {
	if _, _, ok := step(v, key); !ok {
		r.at(v.node, "%s needs `%s` (%s)", v.name(), key, help)
	}
}

// spec is what may be typed.
func (m *command) spec(k commandKeys) job.Spec {
	m.params = m.arguments(k.Arguments)
	return job.Spec{Name: m.name, Help: m.sentence(k.Help), Examples: k.Examples, Params: m.params, Retired: m.sentence(k.Retired)}
}

// Specs are the commands that stand in the file, runbooks and looks: those that were read so far.
func (c *Config) Specs() (specs []job.Spec) {
	for _, b := range c.Runbooks {
		specs = append(specs, b.Spec)
	}
	for _, a := range c.Asked {
		specs = append(specs, a.Spec)
	}
	return specs
}

// nameOf holds the name of a command to what can be typed, and to the names there are. It reports whether the command can
// be known by it. Whether its arguments can be typed is looked at when they are fine by themselves.
func (r *reader) nameOf(e entry, s job.Spec, program, file []job.Spec, fine bool) bool {
	is := func(o job.Spec) bool { return o.Name == s.Name }
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*$`).MatchString(e.key) || len(e.key) > maxTitle:
		r.at(e.keyNode, "`%s` cannot be typed as a command; use words of small letters, digits and - with one space between them, at most %d characters", e.key, maxTitle)
	case slices.ContainsFunc(program, is):
		r.at(e.keyNode, "`%s` is a command already, which comes with Pawl; choose another name", e.key)
	case slices.ContainsFunc(file, is):
		r.at(e.keyNode, "`%s` stands under `runbooks` and under `looks`; choose another name for one of them", e.key)
	default:
		if !fine {
			s.Params = nil
		}
		if err := words.Check([]job.Spec{s}); err != nil {
			for line := range strings.Lines(err.Error()) {
				_, text, _ := strings.Cut(strings.TrimSpace(line), fmt.Sprintf("command %q: ", s.Name))
				r.at(e.keyNode, "%s: %s", e.value.name(), text)
			}
		}
		return true // what else is wrong with it, rules that name it are not
	}
	return false
}

// typed holds the commands of the file to what people type, when all of them are known: their examples, and that their
// choices are not read as something else.
func (c *Config) typed(parser *words.Parser, present map[string]value) {
	for _, s := range c.Specs() {
		v := find(present["runbooks"], s.Name)
		if slices.ContainsFunc(c.Asked, func(a Asked) bool { return a.Spec.Name == s.Name }) {
			v = find(present["looks"], s.Name)
		}
		arguments, _, _ := step(v, "arguments")
		for _, p := range s.Params {
			of, _, _ := step(arguments, p.Name)
			items, _, _ := step(of, "one of")
			for _, one := range p.OneOf {
				if !parser.Choice(s.Name, p, one) {
					c.reader.at(items.node, "%s: `%s %s` would be read as something else; choose another word than `%s`", items.name(), s.Name, one, one)
				}
			}
		}
		examples, _, _ := step(v, "examples")
		if examples.node == nil || s.Retired != "" || len(s.Examples) == 0 {
			continue
		}
		for _, item := range c.reader.items(examples) {
			if text, ok := textOf(item); ok {
				c.example(parser, s, item, text)
			}
		}
	}
}

func (c *Config) example(parser *words.Parser, s job.Spec, at value, text string) {
	switch meant := parser.Parse(text, words.Context{Direct: true, Raw: true}).(type) {
	case words.Command:
		if meant.Name != s.Name || meant.Plan {
			c.reader.at(at.node, "%s: `%s` is the command `%s`, not `%s`", at.name(), text, meant.Name, s.Name)
		}
	case words.Reply:
		if meant.Text == "" {
			c.reader.at(at.node, "%s: `%s` asks for help", at.name(), text)
			return
		}
		c.reader.at(at.node, "%s: `%s` is not the whole command. %s", at.name(), text, meant.Text)
	default:
		c.reader.at(at.node, "%s: `%s` is not the command `%s`", at.name(), text, s.Name)
	}
}

// sentence is a text for people on one line.
func (m *command) sentence(v value) string {
	if v.node == nil {
		return ""
	}
	text, ok := m.text(v)
	text = strings.TrimSpace(text)
	switch {
	case !ok:
	case text == "":
		m.at(v.node, "%s is empty; write a sentence", v.name())
	case strings.ContainsFunc(text, unicode.IsControl), utf8.RuneCountInString(text) > maxSentence:
		m.at(v.node, "%s must be one line of at most %d characters", v.name(), maxSentence)
	}
	return text
}

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
