package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// maxPeople is how many people a line may ask for: as many as a person can gather.
const maxPeople = 9

// askIn is the name under `channels:` of the place where others are asked.
const askIn = "ops"

// AskIn is the channel where those are asked who cannot see a run's own thread; empty when there is none.
func (c *Config) AskIn() string { return c.Channels[askIn] }

// approveKeys is what stands under a command.
type approveKeys struct {
	By     []string      `yaml:"by,required,person" help:"who has to agree"`
	Within time.Duration `yaml:"within" help:"how long they may take"`
	People int           `yaml:"people" help:"how many different people have to agree"`
}

// approvals reads `approve:`.
func (r *reader) approvals(v value, parser *words.Parser) []access.Approval {
	var approvals []access.Approval
	for _, e := range r.entries(v) {
		a := approveKeys{People: 1}
		r.decode(e.value, &a)
		if people, _, ok := step(e.value, "people"); ok && (a.People < 1 || a.People > maxPeople) {
			r.at(people.node, "%s must be between 1 and %d", people.name(), maxPeople)
		}
		line, _ := position(e.keyNode)
		command, err := parser.Rule(e.key)
		if err != nil {
			r.at(e.keyNode, "%v", err)
			continue
		}
		if i := slices.IndexFunc(approvals, func(b access.Approval) bool { return b.Command == command }); i >= 0 {
			r.at(e.keyNode, "`%s` is the same command as in line %d", e.key, approvals[i].Line)
			continue
		}
		approvals = append(approvals, access.Approval{
			Approval: job.Approval{By: a.By, Within: a.Within, People: a.People, Rule: fmt.Sprintf("approve line %d", line)},
			Command:  command, Also: forms(parser, command), Line: line,
		})
	}
	return approvals
}

// agreed checks the lines of `approve:` together: the commands that always need a second person have one as soon as
// somebody may type them, no command needs the agreement of people who cannot give it, and there is a place to ask them.
func (r *reader) agreed(specs []job.Spec, c *Config, at value) {
	lines := c.Approve
	if len(lines) > 0 && c.Channels[askIn] == "" {
		r.at(at.node, "`approve` needs `channels: {%s: \"#ops\"}`: the channel where those who have to agree are asked when they cannot see who asks", askIn)
	}
	for _, s := range specs {
		covered := slices.ContainsFunc(lines, func(a access.Approval) bool { return strings.HasPrefix(s.Name+" ", a.Command+" ") })
		typed := slices.ContainsFunc(c.Policy.Rules, func(a access.Rule) bool {
			return !a.Deny && (strings.HasPrefix(s.Name+" ", a.Command+" ") || strings.HasPrefix(a.Command+" ", s.Name+" "))
		})
		if !s.Always || s.Retired != "" || covered || !typed {
			continue
		}
		who := "oncall"
		if !slices.Contains(r.persons, who) && len(r.persons) > 0 {
			who = r.persons[0]
		}
		r.at(at.node, "`%s` always needs a second person, and no line under `approve` says who, whatever follows it; add `%s: {by: %s}`", s.Name, s.Name, who)
	}
	if slices.ContainsFunc(lines, func(a access.Approval) bool { return len(a.By) == 0 }) {
		return // a mistake that was reported
	}
	if command, between, found := access.Contradiction(lines); found {
		slices.SortFunc(between, func(a, b access.Approval) int { return a.Line - b.Line })
		var where []string
		for _, a := range between {
			where = append(where, fmt.Sprint(a.Line))
		}
		r.at(at.node, "nobody could agree to `%s`: the lines %s under `approve` may all be about it and have no name under `by` in common",
			command, strings.Join(where, " and "))
	}
}
