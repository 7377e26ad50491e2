package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Verdict is whether somebody may type something.
type Verdict struct {
	Yes   bool     `json:"yes"`
	Rule  string   `json:"rule,omitempty"` // the line that decided; empty: none speaks of it
	Who   []string `json:"who"`            // names of pawl.yaml that may
	Agree []string `json:"agree"`          // names of which somebody else has to agree; none: nobody
	Lines []string `json:"lines"`          // what people read, the answer first
}

// Can says whether somebody may type something, which line says so, and who has to agree.
func (e *Explainer) Can(who Who, typed string) Verdict {
	no := func(format string, args ...any) Verdict {
		return Verdict{Who: []string{}, Agree: []string{}, Lines: []string{"No: " + fmt.Sprintf(format, args...)}}
	}
	if who.Outsider != "" {
		return no("%s is %s, and Pawl does nothing for those.", who.Said, who.Outsider)
	}
	switch r := e.parser.Parse(typed, words.Context{Direct: true, Raw: true}).(type) {
	case words.Command:
		return e.decide(who, r)
	case words.Decision:
		return no("%s answers a run. Who asked for the run may end it; its question says who may answer it.", code(r.Choice))
	case words.Again:
		return no("%s gives the command of an ended run once more. Who may give that command may give it again.", code("again"))
	case words.Reply:
		if r.Kind == words.Help {
			return e.decide(who, words.Command{Name: "help"})
		}
		v := no("this is no command that would run. Pawl would answer: %s", board.PlainText(r.Text))
		if r.Kind == words.Which {
			v.Lines = append(v.Lines, "Ask about one of them: "+board.Listed(coded(r.Suggest), "or")+".")
		}
		return v
	}
	return no("Pawl would not take this for a command.")
}

func (e *Explainer) decide(who Who, c words.Command) Verdict {
	commands := e.parser.Counted(c.Name, c.Args)
	d := access.DecideAll(e.cfg.Policy, who.Actor, commands)
	v := Verdict{Yes: d.Allowed, Rule: d.Rule, Who: append([]string{}, d.Who...), Agree: []string{}}
	say := func(format string, args ...any) { v.Lines = append(v.Lines, fmt.Sprintf(format, args...)) }
	shown := code(commands[0])
	switch {
	case v.Yes:
		say("Yes: %s may type %s. %s says so.", who.Said, shown, d.Rule)
	case d.Rule != "":
		say("No: %s may not type %s. %s says so.", who.Said, shown, d.Rule)
	default:
		say("No: %s may not type %s. No line under `may` allows it.", who.Said, shown)
	}
	if len(commands) > 1 {
		say("It counts as %s, too: whoever may give it must be allowed both.", code(commands[1]))
	}
	if c.Plan {
		say("With `plan` before it, it only says what would happen, and nobody has to agree.")
	}
	if v.Yes && !c.Plan && !e.spec(c.Name).Look {
		e.agreement(&v, who, commands)
	}
	if !v.Yes {
		e.others(&v, who)
	}
	e.unless(&v, who, commands)
	if who.Note != "" {
		say("%s", who.Note)
	}
	return v
}

// agreement says who has to agree.
func (e *Explainer) agreement(v *Verdict, who Who, commands []string) {
	var all []job.Approval
	for _, command := range commands {
		a, _ := access.Approver(e.cfg.Approve, command)
		all = append(all, a)
	}
	a := access.Strictest(all)
	switch {
	case !a.Needed():
		v.Lines = append(v.Lines, "Nobody else has to agree.")
		return
	case access.Nobody(a):
		v.Yes = false
		v.Lines = append(v.Lines, fmt.Sprintf("But nobody could agree to it: %s have no name in common.", a.Rule))
		return
	}
	v.Agree = a.By
	within := a.Within
	if within == 0 {
		within = e.cfg.Timers.AskWithin
	}
	number := "One"
	if n := a.Count(); n > 1 {
		number = fmt.Sprintf("%d different people", n)
	}
	v.Lines = append(v.Lines, fmt.Sprintf("%s of %s must agree within %s, never whoever asks. %s says so; they are asked in %s when they cannot see the thread.",
		number, e.listed(a.By, "or"), board.Span(within), a.Rule, e.cfg.AskIn()))
	if left, ok := e.left(a.By, personOf(who)); ok && left < a.Count() {
		v.Lines = append(v.Lines, fmt.Sprintf("As it stands only %d other could agree, so nothing would come of it: name more people under `by`.", left))
	}
}

// left is how many people besides one could agree; false when a user group is among the names, whose size only Slack knows.
func (e *Explainer) left(by []string, without string) (int, bool) {
	var people []string
	for _, name := range by {
		p := e.cfg.People[name]
		if p.Group != "" {
			return 0, false
		}
		each := p.Emails
		if len(each) == 0 {
			each = []string{personOf(e.byLogin(p.OS))}
		}
		for _, one := range each {
			if one != without && !slices.Contains(people, one) {
				people = append(people, one)
			}
		}
	}
	return len(people), true
}

// personOf tells people apart: by their e-mail address, or by their login where Slack does not know them.
func personOf(w Who) string { return cmp.Or(w.Actor.Email, w.Actor.ID) }

// others says who may, to somebody who may not.
func (e *Explainer) others(v *Verdict, who Who) {
	may := slices.DeleteFunc(slices.Clone(v.Who), func(n string) bool { return slices.Contains(who.Actor.Groups, n) })
	switch {
	case slices.Contains(may, access.Everyone):
		v.Lines = append(v.Lines, "Everybody else may.")
	case len(may) > 0:
		v.Lines = append(v.Lines, "It is for "+e.listed(may, "and")+".")
	case v.Rule == "":
		v.Lines = append(v.Lines, "Nobody may: add it to somebody's line under `may`.")
	}
}

// unless says what would be otherwise if they were in one of the user groups of which only Slack knows who is in them.
func (e *Explainer) unless(v *Verdict, who Who, commands []string) {
	var other []string
	for _, name := range who.Unsure {
		a := who.Actor
		a.Groups = append(slices.Clone(a.Groups), name)
		if d := access.DecideAll(e.cfg.Policy, a, commands); d.Allowed != v.Yes {
			other = append(other, fmt.Sprintf("%s (%s)", e.cfg.People[name].Group, d.Rule))
		}
	}
	if len(other) == 0 {
		return
	}
	v.Lines = append(v.Lines, fmt.Sprintf("It is otherwise for those who are in %s; only Slack knows who is: --live asks it.", strings.Join(other, " or ")))
}

func coded(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = code(t)
	}
	return out
}
