package config

import (
	"encoding/json"

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
	Spec    job.Spec
	Runbook job.Runbook
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
	Help      value    `yaml:"help" help:"what it does, in one sentence for people who are no engineers"`
	Arguments value    `yaml:"arguments" help:"what may be typed behind its name"`
	Examples  []string `yaml:"examples" help:"whole commands, shown by help"`
	Retired   value    `yaml:"retired" help:"a sentence: the command answers with it, does nothing and leaves help"`
	Lane      value    `yaml:"lane" help:"what two runs must not touch at once, in two segments; the second waits for its turn"`
	Safe      value    `yaml:"safe" help:"what holds while it runs and when it stops, in one sentence: whoever reads of a failure reads it"`
	Single    bool     `yaml:"single" help:"one open run a person; the second command is answered with a link to the first"`
	Always    bool     `yaml:"always" help:"a second person always has to agree; a line under approve says who"`
	Steps     value    `yaml:"steps" help:"a list: what it does, one after the other"`
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
			r.needs(e.value, "help", helpOf(runbookKeys{}, "help"))
			r.needs(e.value, "steps", helpOf(runbookKeys{}, "steps"))
		}
		m := &command{reader: r, config: c, name: e.key, steps: map[string]bool{}, bodies: map[string]string{}}
		spec := m.spec(commandKeys{k.Help, k.Arguments, k.Examples, k.Retired})
		spec.Single, spec.Always = k.Single, k.Always
		b := job.Runbook{Name: e.key, Takes: m.takes(), Lane: m.lane(k.Lane), Safe: m.sentence(k.Safe), Parts: m.stages(k.Steps)}
		if travels, err := json.Marshal(b); err != nil || len(travels) > maxTravels {
			r.at(e.keyNode, "%s: with its scripts this is more than the %d KiB that travel with a run; keep long scripts on the hosts and call them", e.value.name(), maxTravels>>10)
		}
		if r.nameOf(e, spec, specs, c.Specs(), len(r.problems.List) == before) {
			c.Runbooks = append(c.Runbooks, Runbook{Spec: spec, Runbook: b})
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
