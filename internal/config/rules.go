package config

import (
	"slices"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

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
			rules = append(rules, access.Rule{Who: e.key, Command: command, Also: forms(parser, command), But: parser.Beyond(line), Deny: deny, Line: at})
		}
	}
	return rules
}

// forms are the other ways to type some of what a line is about.
func forms(parser *words.Parser, command string) (also []access.Form) {
	for _, f := range parser.Forms(command) {
		also = append(also, access.Form(f))
	}
	return also
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
