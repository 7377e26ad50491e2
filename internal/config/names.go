package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pawl-ops/pawl/internal/inventory"
)

// name is a key that names an app, an environment or an instance. It is one word, because it is part of a canonical text.
func (r appReader) name(e entry) inventory.Name {
	if !regexp.MustCompile(thingNames).MatchString(e.key) {
		r.at(e.keyNode, "`%s` cannot be a name here; use small letters, digits, - and _ (other names go under `also`)", e.key)
	}
	return r.called(value{e.keyNode, e.name()}, e.key)
}

// also reads other names, which may have several words.
func (r appReader) also(v value) (names []inventory.Name) {
	if v.node == nil {
		return nil
	}
	for _, item := range r.items(v) {
		if text, ok := r.text(item); ok {
			names = append(names, r.called(item, text))
		}
	}
	return names
}

// called is a name in the form in which it is compared. One that cannot be told from a command is reported.
func (r appReader) called(v value, text string) inventory.Name {
	name, err := r.parser.Name(text)
	if err != nil {
		r.at(v.node, "%v", err)
		name = strings.ToLower(text)
	}
	n := inventory.Name{Text: inventory.Fold(name)}
	n.Line, n.Column = position(v.node)
	return n
}

// fine reports whether a name by itself can be told from a command.
func (r appReader) fine(n inventory.Name) bool {
	_, err := r.parser.Name(n.Text)
	return err == nil
}

// hidden reports things that cannot be typed, because their names beside each other are a command: an app "show" with an
// environment "tasks".
func (r appReader) hidden(apps []inventory.App) {
	for _, a := range apps {
		for _, e := range a.Environments {
			for _, i := range e.Instances {
				if !r.fine(a.Name) || !r.fine(e.Name) || !r.fine(i.Name) {
					continue // reported where it stands
				}
				thing := strings.Join([]string{a.Name.Text, e.Name.Text, i.Name.Text}, " ")
				if command := r.parser.Hides(thing); command != "" {
					text := fmt.Sprintf("`%s` would be read as the command `%s`; one of its names must be another", thing, command)
					r.problems.List = append(r.problems.List, Problem{i.Name.Line, i.Name.Column, text})
				}
			}
		}
	}
}
