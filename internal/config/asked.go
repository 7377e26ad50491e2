package config

import (
	"net/http"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// lookWithin is how long a look waits for its answer: whoever asked looks on.
const lookWithin = 5 * time.Second

// askedKeys is what stands under the name of a look.
type askedKeys struct {
	Help      value    `yaml:"help" help:"what it answers, in one sentence for people who are no engineers"`
	Arguments value    `yaml:"arguments" help:"what may be typed behind its name"`
	Examples  []string `yaml:"examples" help:"whole commands, shown by help"`
	Retired   value    `yaml:"retired" help:"a sentence: the command answers with it, does nothing and leaves help"`
	HTTP      value    `yaml:"http" help:"the address that is asked, or more about the call; it answers within 5 seconds"`
	Script    value    `yaml:"script" help:"a script for sh that is run on a host"`
	Host      value    `yaml:"host" help:"where the script runs"`
	Args      value    `yaml:"args" help:"variables that the script gets besides the arguments"`
	Line      value    `yaml:"line" help:"jq that makes the answer: a text, or a list of them, each a line"`
}

// readLooks reads `looks:`.
func (c *Config) readLooks(v value, specs []job.Spec) {
	r := c.reader
	for _, e := range r.entries(v) {
		before := len(r.problems.List)
		if _, mapping := pairsOf(e.value.node); !mapping {
			r.wrong(e.value, "a group of names with values: `help`, `http`, `line`")
			continue
		}
		var k askedKeys
		r.decode(e.value, &k)
		m := &command{reader: r, config: c, name: e.key, bodies: map[string]string{}}
		spec := m.spec(commandKeys{k.Help, k.Arguments, k.Examples, k.Retired})
		spec.Look = true
		a := job.Asked{Name: e.key, Takes: m.takes(), Line: r.program(k.Line)}
		if k.Retired.node == nil {
			r.needs(e.value, "help", helpOf(askedKeys{}, "help"))
		}
		switch {
		case k.Retired.node != nil && k.HTTP.node == nil && k.Script.node == nil: // it asks nothing
		case (k.HTTP.node == nil) == (k.Script.node == nil):
			r.at(e.value.node, "%s needs exactly one of `http` and `script`: what is asked", e.value.name())
		case k.HTTP.node != nil:
			for key, other := range map[string]value{"host": k.Host, "args": k.Args} {
				if other.node != nil {
					r.at(other.node, "%s: `%s` belongs to a script, and this look asks over HTTP", other.name(), key)
				}
			}
			a.HTTP = m.asked(k.HTTP)
		default:
			if rolling, _, ok := step(e.value, "hosts"); ok {
				r.at(rolling.node, "%s: a look asks one host; write `host`", rolling.name())
			}
			a.Script = m.scriptStep(e.value)
		}
		if r.nameOf(e, spec, specs, c.Specs(), len(r.problems.List) == before) {
			c.Asked = append(c.Asked, Asked{Spec: spec, Asked: a})
		}
	}
}

// asked reads the call of a look. It changes nothing, and whoever asked is waiting.
func (m *command) asked(v value) *job.HTTPStep {
	s := m.call(v, http.MethodGet)
	s.Retries = 0
	if retries, _, ok := step(v, "retries"); ok {
		m.at(retries.node, "%s: a look answers once; whoever wants to know again asks again", retries.name())
	}
	if line, _, ok := step(v, "line"); ok {
		m.at(line.node, "%s: in a look, `line` stands beside `http`", line.name())
	}
	if within, _, ok := step(v, "within"); !ok {
		s.Within = lookWithin
	} else if s.Within > lookWithin {
		m.at(within.node, "%s: a look answers within 5 seconds, whoever asked is waiting", within.name())
	}
	switch s.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		m.at(v.node, "%s: a look changes nothing; %s does", v.name(), s.Method)
	}
	return s
}
