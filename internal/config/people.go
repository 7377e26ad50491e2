package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/pawl-ops/pawl/internal/access"
)

// Person is what a short name under `people:` stands for: a Slack user group, or people by e-mail.
type Person struct {
	Name   string
	Group  string   // the handle of a user group, with its @; empty when these are people
	Emails []string // lower case
	Line   int
}

// people reads `people:`.
func (r *reader) people(v value) map[string]Person {
	name := regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
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
	}
	r.persons = sortedKeys(people)
	return people
}

func (r *reader) person(v value) Person {
	handle := regexp.MustCompile(`^@[a-z0-9][a-z0-9._-]*$`)
	email := regexp.MustCompile(`^[^\s@<>|]+@[^\s@<>|]+\.[^\s@<>|]+$`)
	var p Person
	items := r.items(v)
	for _, item := range items {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		text = strings.ToLower(text)
		switch {
		case handle.MatchString(text) && len(items) == 1:
			p.Group = text
		case handle.MatchString(text):
			r.at(item.node, "%s: a user group stands alone; give it a name of its own", item.name())
		case email.MatchString(text):
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
		case !isChannel(text):
			r.at(e.value.node, "%s: `%s` is not a channel; write its name (\"#ops\") or its id (C0123456789)", e.value.name(), text)
		default:
			channels[e.key] = text
		}
	}
	return channels
}

// isChannel reports whether this is a channel: its name with a #, or its id.
func isChannel(text string) bool {
	return regexp.MustCompile(`^(#[^\s#@,A-Z]{1,80}|[CG][A-Z0-9]{6,})$`).MatchString(text)
}
