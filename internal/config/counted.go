package config

import (
	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// agreedTwice checks the commands that count as others: who has to agree to `promote staging to master` has to agree to
// `deploy master` as well, so the lines about the two must have a name in common.
func (r *reader) agreedTwice(specs []job.Spec, c *Config, at value, parser *words.Parser) {
	for _, s := range specs {
		if s.CountsAs == "" || len(c.Approve) == 0 {
			continue
		}
		for _, args := range c.everyEnvironment(s.Params) {
			var all []job.Approval
			commands := parser.Counted(s.Name, args)
			for _, command := range commands {
				a, _ := access.Approver(c.Approve, command)
				all = append(all, a)
			}
			if a := access.Strictest(all); access.Nobody(a) && !access.Nobody(all[0]) {
				r.at(at.node, "nobody could agree to `%s`, which also counts as `%s`: the lines about the two (%s) have no name under `by` in common",
					commands[0], commands[len(commands)-1], a.Rule)
				break
			}
		}
	}
}

// everyEnvironment are the arguments of a command with every environment in the place of each that it names.
func (c *Config) everyEnvironment(params []job.Param) []map[string]string {
	all := []map[string]string{{}}
	for _, p := range params {
		if p.Type != job.TypeEnvironment {
			continue
		}
		var next []map[string]string
		for _, args := range all {
			for _, text := range c.Inventory.Environments() {
				each := map[string]string{p.Name: text}
				for name, value := range args {
					each[name] = value
				}
				next = append(next, each)
			}
		}
		all = next
	}
	return all
}
