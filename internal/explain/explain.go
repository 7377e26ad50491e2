// Package explain says in words what a pawl.yaml means: may somebody type this, and which line says so (Can); what is
// worth a second look although it is no mistake (Warnings); and everything with presets and defaults filled in (Show).
//
// It reads commands with the parser of internal/words and decides with internal/access, as the door does, so what it says
// is what would happen. It talks to nobody.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Explainer knows a pawl.yaml and the commands that exist with it.
type Explainer struct {
	cfg    *config.Config
	specs  []job.Spec
	parser *words.Parser
}

// New makes one. specs are all commands, those of the file among them.
func New(cfg *config.Config, specs []job.Spec) *Explainer {
	return &Explainer{cfg: cfg, specs: specs, parser: words.New(specs, words.With(cfg.Inventory))}
}

// Who is somebody as far as pawl.yaml knows them, or as Slack does.
type Who struct {
	Actor   job.Actor
	Said    string // "jana", "a member of @engineering"
	Several bool   // these are several people, of which Actor is only the first
	// Unsure are the names of pawl.yaml that are user groups, when nobody asked Slack who is in them.
	Unsure []string
	// Outsider is what they are when Pawl does nothing for them: "a guest"; empty: it does.
	Outsider string
	Note     string // a sentence about them; empty: there is nothing to say
}

// Who finds out whom a text means, without asking anybody: a short name of `people:`, an e-mail address, the handle of a
// user group, or everyone. The error says what would be accepted.
func (e *Explainer) Who(text string) (Who, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	person, named := e.cfg.People[text]
	switch {
	case text == access.Everyone:
		return Who{Actor: job.Actor{Kind: job.SlackUser, Name: text}, Said: "anybody in the workspace"}, nil
	case named && person.Group != "":
		return e.member(person.Group, text), nil
	case named && len(person.Emails) == 0:
		w := e.byLogin(person.OS)
		w.Said = text
		return w, nil
	case named:
		w := e.byEmail(person.Emails...)
		if w.Said = text; len(person.Emails) > 1 {
			w.Said, w.Several = "each of "+text, true
		}
		return w, nil
	case config.IsGroup(text):
		for _, name := range e.names() {
			if e.cfg.People[name].Group == text {
				return e.member(text, name), nil
			}
		}
		return Who{}, fmt.Errorf("no name under `people` is the user group %s%s", text, e.known(text))
	case config.IsEmail(text):
		w := e.byEmail(text)
		w.Said = text
		return w, nil
	}
	return Who{}, fmt.Errorf("nobody is called `%s` under `people`%s; with --live Slack is asked", text, e.known(text))
}

// member is anybody who is in a user group.
func (e *Explainer) member(group, name string) Who {
	w := Who{Actor: job.Actor{Kind: job.SlackUser, Name: name}, Said: "a member of " + group}
	for _, n := range e.names() {
		switch g := e.cfg.People[n].Group; {
		case g == group:
			w.Actor.Groups = append(w.Actor.Groups, n)
		case g != "":
			w.Unsure = append(w.Unsure, n)
		}
	}
	return w
}

// byEmail is whoever has one of these addresses; the names they all belong to count.
func (e *Explainer) byEmail(emails ...string) Who {
	w := Who{Actor: job.Actor{Kind: job.SlackUser, Name: emails[0], Email: emails[0]}}
	for _, n := range e.names() {
		p := e.cfg.People[n]
		switch {
		case p.Group != "":
			w.Unsure = append(w.Unsure, n)
		case !slices.ContainsFunc(emails, func(m string) bool { return !slices.Contains(p.Emails, m) }):
			w.Actor.Groups = append(w.Actor.Groups, n)
		}
	}
	return w
}

// byLogin is whoever sits at a terminal of Pawl's machine with this login: with an e-mail address they are who they are in
// Slack, and without one somebody Slack does not know.
func (e *Explainer) byLogin(login string) Who {
	w := Who{Actor: job.Actor{Kind: job.CLIUser, ID: "os:" + login, Name: login}}
	var names []string
	for _, n := range e.names() {
		p := e.cfg.People[n]
		if p.OS != login {
			continue
		}
		if names = append(names, n); len(p.Emails) > 0 {
			w = e.byEmail(p.Emails[0])
		}
	}
	w.Actor.Groups = append(w.Actor.Groups, names...)
	slices.Sort(w.Actor.Groups)
	w.Actor.Groups = slices.Compact(w.Actor.Groups)
	return w
}

func (e *Explainer) names() []string {
	var all []string
	for name := range e.cfg.People {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// known completes a sentence about a name that is none.
func (e *Explainer) known(wrong string) string {
	var all []string
	for _, n := range e.names() {
		if all = append(all, n); e.cfg.People[n].Group != "" {
			all = append(all, e.cfg.People[n].Group)
		}
	}
	text := ""
	if meant := near.Nearest(wrong, all); len(meant) > 0 {
		text = fmt.Sprintf("; did you mean `%s`?", meant[0])
	}
	return text + " (accepted: " + strings.Join(append(e.names(), access.Everyone), ", ") + ", an e-mail address)"
}

// named is a name of pawl.yaml with what it stands for: "oncall (@oncall)".
func (e *Explainer) named(name string) string {
	p, ok := e.cfg.People[name]
	switch {
	case !ok || p.Group == "@"+name:
		return name
	case p.Group != "":
		return name + " (" + p.Group + ")"
	case len(p.Emails) > 3:
		return fmt.Sprintf("%s (%d people)", name, len(p.Emails))
	case len(p.Emails) == 0:
		return name + " (login " + p.OS + ")"
	}
	return name + " (" + strings.Join(p.Emails, ", ") + ")"
}

// Names lists names of pawl.yaml with what they stand for.
func (e *Explainer) Names(names []string) string {
	if len(names) == 0 {
		return "under no name of pawl.yaml"
	}
	return "known as " + e.listed(names, "and")
}

func (e *Explainer) listed(names []string, last string) string {
	said := make([]string, len(names))
	for i, n := range names {
		said[i] = e.named(n)
	}
	return board.Listed(said, last)
}

func (e *Explainer) spec(name string) job.Spec {
	i := slices.IndexFunc(e.specs, func(s job.Spec) bool { return s.Name == name })
	if i < 0 {
		return job.Spec{Name: name}
	}
	return e.specs[i]
}

func code(text string) string { return "`" + text + "`" }
