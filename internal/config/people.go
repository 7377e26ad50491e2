package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/pawl-ops/pawl/internal/access"
)

// Person is what a short name under `people:` stands for: a Slack user group, people by e-mail, or one person with what
// identifies them.
type Person struct {
	Name   string
	Group  string   // the handle of a user group, with its @; empty when these are people
	Emails []string // lower case
	OS     string   // the login name of one person on Pawl's machine; empty: they have none
	Line   int
}

// people reads `people:`.
func (r *reader) people(v value) map[string]Person {
	name := regexp.MustCompile(peopleNames)
	people := map[string]Person{}
	for _, e := range r.entries(v) {
		switch {
		case e.key == access.Everyone:
			r.at(e.keyNode, "`%s` always exists and cannot be given a meaning", e.key)
			continue
		case !name.MatchString(e.key):
			r.at(e.keyNode, "`%s` cannot be a name here; use small letters, digits, - and _", e.key)
		}
		p := r.person(e.value)
		p.Name = e.key
		p.Line, _ = position(e.keyNode)
		people[e.key] = p
		r.oneEmail(people, p, e)
	}
	r.persons = sortedKeys(people)
	return people
}

// oneEmail holds that somebody who sits at a terminal is one person: their login may stand under several names, but not
// with different e-mail addresses.
func (r *reader) oneEmail(people map[string]Person, p Person, at entry) {
	if p.OS == "" || len(p.Emails) == 0 {
		return
	}
	for _, name := range sortedKeys(people) {
		other := people[name]
		if name != p.Name && other.OS == p.OS && len(other.Emails) > 0 && other.Emails[0] != p.Emails[0] {
			r.at(at.keyNode, "`%s` has `os: %s` and %s, but `%s` in line %d has it with %s; one login is one person", p.Name, p.OS, p.Emails[0], name, other.Line, other.Emails[0])
			return
		}
	}
}

// identityKeys is what identifies one person.
type identityKeys struct {
	Email string `yaml:"email" help:"their address in Slack"`
	OS    string `yaml:"os" help:"their login name on Pawl's machine"`
}

// identities reads one person with what identifies them: {email: jana@acme.test, os: jana}.
func (r *reader) identities(v value) (p Person) {
	var said identityKeys
	before := len(r.problems.List)
	r.decode(v, &said)
	if said.Email = strings.ToLower(said.Email); said.Email != "" {
		if !IsEmail(said.Email) {
			r.at(v.node, "%s: `%s` is not an e-mail address", value{path: below(v.path, "email")}.name(), said.Email)
		}
		p.Emails = []string{said.Email}
	}
	if p.OS = said.OS; p.OS != "" && !IsLogin(p.OS) {
		r.at(v.node, "%s: `%s` is not a login name; `id -un` prints yours", value{path: below(v.path, "os")}.name(), p.OS)
	}
	if len(p.Emails) == 0 && p.OS == "" && len(r.problems.List) == before {
		r.at(v.node, "%s: somebody needs an `email`, an `os` (their login name on Pawl's machine), or both", v.name())
	}
	return p
}

func (r *reader) person(v value) Person {
	if _, ok := pairsOf(v.node); ok {
		return r.identities(v)
	}
	var p Person
	items := r.items(v)
	for _, item := range items {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		text = strings.ToLower(text)
		switch {
		case IsGroup(text) && len(items) == 1:
			p.Group = text
		case IsGroup(text):
			r.at(item.node, "%s: a user group stands alone; give it a name of its own", item.name())
		case IsEmail(text):
			p.Emails = append(p.Emails, text)
		default:
			r.at(item.node, "%s: `%s` is neither the handle of a user group (\"@oncall\") nor an e-mail address", item.name(), text)
		}
	}
	return p
}

// personNamed checks a reference to `people:`.
func (r *reader) personNamed(n ast.Node, name string) bool {
	if slices.Contains(r.persons, name) {
		return true
	}
	r.at(n, "nobody is called `%s` under `people`%s", name, choose(name, r.persons))
	return false
}

// channels reads `channels:`.
func (r *reader) channels(v value) map[string]string {
	channels := map[string]string{}
	for _, e := range r.entries(v) {
		text, ok := r.text(e.value)
		switch {
		case !ok:
		case !IsChannel(text):
			r.at(e.value.node, "%s: `%s` is not a channel; write its name (\"#ops\") or its id (C0123456789)", e.value.name(), text)
		default:
			channels[e.key] = text
		}
	}
	return channels
}
