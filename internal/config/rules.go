package config

import (
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Approval is one line of `approve:`: a command that needs a second person, and who that may be.
type Approval struct {
	Command string        // canonical; covers every command that begins with these words
	By      []string      // names from `people:`
	Within  time.Duration // how long they may take; 0: as long as any question
	Line    int
}

// rules reads `may:` and `may not:`: who, and the commands as they are typed.
func (r *reader) rules(v value, parser *words.Parser, deny bool) []access.Rule {
	var rules []access.Rule
	for _, e := range r.entries(v) {
		if e.key != access.Everyone && !slices.Contains(r.persons, e.key) {
			r.at(e.keyNode, "nobody is called `%s` under `people`%s", e.key, choose(e.key, append(slices.Clone(r.persons), access.Everyone)))
		}
		for _, item := range r.items(e.value) {
			line, ok := r.text(item)
			if !ok {
				continue
			}
			command, err := parser.Rule(line)
			if err != nil {
				r.at(item.node, "%v", err)
				continue
			}
			at, _ := position(item.node)
			rules = append(rules, access.Rule{Who: e.key, Command: command, Deny: deny, Line: at})
		}
	}
	return rules
}

// approvals reads `approve:`.
func (r *reader) approvals(v value, parser *words.Parser) []Approval {
	var approvals []Approval
	for _, e := range r.entries(v) {
		var a struct {
			By     []string      `yaml:"by,required,person" help:"who has to agree"`
			Within time.Duration `yaml:"within"`
		}
		r.decode(e.value, &a)
		line, _ := position(e.keyNode)
		command, err := parser.Rule(e.key)
		if err != nil {
			r.at(e.keyNode, "%v", err)
			continue
		}
		if i := slices.IndexFunc(approvals, func(b Approval) bool { return b.Command == command }); i >= 0 {
			r.at(e.keyNode, "`%s` is the same command as in line %d", e.key, approvals[i].Line)
			continue
		}
		approvals = append(approvals, Approval{Command: command, By: a.By, Within: a.Within, Line: line})
	}
	return approvals
}

// answers reads `answer:`: who, besides the person who asked for a run, may answer its questions.
func (r *reader) answers(v value) job.AskRules {
	var a job.AskRules
	for _, item := range r.items(v) {
		if name, ok := r.text(item); ok && r.personNamed(item.node, name) {
			a.Groups = append(a.Groups, name)
		}
	}
	return a
}
