// Package access answers one question: may this actor type this command, and which line of pawl.yaml says so?
//
// Rules are written as commands are typed. The rule "deploy staging" allows that command and every command that begins
// with those words. What is written nowhere is not allowed, and a `may not:` line always wins. Nothing else counts:
// not the order of the rules, not how specific they are. Decide is a pure function, so the door, the help text and
// `pawl check --can` cannot disagree.
//
// What is typed may not say all it touches: `restart shop master inactive` may restart blue. So a rule knows the other
// forms of what it is about (Form); whoever makes the rule fills them in. Those that only may be about it count for
// `may not:` and `approve:`, never for `may:`.
//
// Approver (approver.go) answers who else must agree.
package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Everyone is the name in a rule that stands for every actor a door lets in.
const Everyone = "everyone"

// Policy is all the rules of a pawl.yaml. The zero Policy allows nothing.
type Policy struct {
	Rules []Rule
}

// Rule is one entry under `may:` or `may not:`.
type Rule struct {
	Who     string // a name from `people:`, or Everyone
	Command string // as it is typed; also covers every command that begins with these words
	Also    []Form // other ways to type some of it
	// But are names of commands that begin with the same words and that `may:` does not mean: whoever may look at syncs
	// may not run them. What is denied is denied with everything that begins so.
	But  []string
	Deny bool // it stands under `may not:`
	Line int  // in pawl.yaml, 1-based
}

// String names the rule the way a person finds it in the file: "may.engineers line 21".
func (r Rule) String() string {
	section := "may"
	if r.Deny {
		section = "may not"
	}
	return fmt.Sprintf("%s.%s line %d", section, r.Who, r.Line)
}

// Decision is the answer, and where it comes from.
type Decision struct {
	Allowed bool
	Rule    string   // the line that decided: "may.engineers line 21"; empty when nothing in the file speaks of it
	Who     []string // sorted names from `people:` (or Everyone) that are allowed it: a refusal says "is for @oncall"
}

// Decide says whether the actor may type a command. The command is its canonical text: the name, then the arguments in
// order. Letters count the same in either case. When several lines agree, the one highest in the file is named.
func Decide(p Policy, a job.Actor, command string) Decision {
	var allow, deny []Rule
	may, mayNot := map[string]bool{}, map[string]bool{}
	for _, r := range p.Rules {
		if !r.covers(command) {
			continue
		}
		if r.Deny {
			mayNot[r.Who] = true
		} else {
			may[r.Who] = true
		}
		switch {
		case !r.speaksOf(a):
		case r.Deny:
			deny = append(deny, r)
		default:
			allow = append(allow, r)
		}
	}
	d := Decision{Who: could(may, mayNot)}
	switch {
	case len(deny) > 0:
		d.Rule = highest(deny).String()
	case len(allow) > 0:
		d.Allowed, d.Rule = true, highest(allow).String()
	}
	return d
}

// Any reports whether the actor may type the command or at least one narrower form of it that the rules spell out:
// someone who may only `deploy staging` still finds `deploy` in help.
func Any(p Policy, a job.Actor, command string) bool {
	if Decide(p, a, command).Allowed {
		return true
	}
	wider := Rule{Command: command}
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return !r.Deny && r.speaksOf(a) && wider.covers(r.Command) && Decide(p, a, r.Command).Allowed
	})
}

// covers reports whether the rule is about the command.
func (r Rule) covers(command string) bool {
	if !r.Deny && slices.ContainsFunc(r.But, func(name string) bool { return begins(command, name) }) {
		return false
	}
	return begins(command, r.Command) || slices.ContainsFunc(r.Also, func(f Form) bool {
		return (r.Deny || !f.Partly) && f.covers(command)
	})
}

// Form is another way to type some of what a rule is about.
type Form struct {
	Text   string // as it is typed; covers what a rule with this text covers
	Whole  bool   // covers only this very command, not those that begin with it
	Partly bool   // may also be about something else
}

func (f Form) covers(command string) bool {
	if f.Whole && len(strings.Fields(f.Text)) != len(strings.Fields(command)) {
		return false
	}
	return begins(command, f.Text)
}

// begins reports whether a command begins with the words of another. Whole words: `toy` does not cover `toyota`.
func begins(command, with string) bool {
	rule, typed := strings.Fields(with), strings.Fields(command)
	return len(rule) > 0 && len(rule) <= len(typed) && slices.EqualFunc(rule, typed[:len(rule)], strings.EqualFold)
}

// speaksOf reports whether the rule is about the actor. Only the groups count that the directory put the actor in:
// the handle is something people choose for themselves.
func (r Rule) speaksOf(a job.Actor) bool {
	return r.Who == Everyone || slices.Contains(a.Groups, r.Who)
}

// highest is the rule nearest to the top of the file. Rules may share a line, so the text breaks the tie.
func highest(rules []Rule) Rule {
	return slices.MinFunc(rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.String(), b.String()))
	})
}

// could lists who is allowed and not denied by their own name. Where everyone is denied, nobody could.
func could(may, mayNot map[string]bool) []string {
	var names []string
	for name := range may {
		if !mayNot[name] && !mayNot[Everyone] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
