package access

import (
	"slices"

	"github.com/pawl-ops/pawl/job"
)

// Scheduled says whether a schedule may give its command, in its canonical text, and who it is then. One that acts as a
// name from `people:` may what they may. For any other the line that names the command allows it, and is the rule. What
// `may not:` denies everyone is denied in both cases. It is asked when pawl.yaml is read, and again whenever its time comes.
//
// The commands are the command and what else it counts as (words.Counted).
func Scheduled(p Policy, s job.Scheduled, commands ...string) (job.Actor, Decision) {
	actor := job.Actor{Kind: job.Schedule, ID: s.Name, Name: s.Name, Full: "schedule " + s.Name}
	line := "schedules." + s.Name
	if s.Sync != "" {
		actor.Full, line = s.Name, "syncs."+s.Sync // "sync deals" says what it is
	}
	if s.As != "" {
		actor.Groups = []string{s.As}
		return actor, DecideAll(p, actor, commands)
	}
	p.Rules = slices.Clone(p.Rules)
	for _, command := range commands {
		p.Rules = append(p.Rules, Rule{Who: Everyone, Command: command})
	}
	d := DecideAll(p, actor, commands)
	if d.Allowed {
		d.Rule = line
	}
	return actor, d
}
