package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// nameOf holds the name of a command to what can be typed, and to the names there are. It reports whether the command can
// be known by it. Whether its arguments can be typed is looked at when they are fine by themselves.
func (r *reader) nameOf(e entry, s job.Spec, program, file []job.Spec, fine bool) bool {
	is := func(o job.Spec) bool { return o.Name == s.Name }
	switch {
	case !regexp.MustCompile(commandNames).MatchString(e.key) || len(e.key) > maxTitle:
		r.at(e.keyNode, "`%s` cannot be typed as a command; use words of small letters, digits and - with one space between them, at most %d characters", e.key, maxTitle)
	case slices.ContainsFunc(program, is):
		r.at(e.keyNode, "`%s` is a command already, which comes with Pawl; choose another name", e.key)
	case slices.ContainsFunc(file, is):
		r.at(e.keyNode, "`%s` stands under `runbooks` and under `looks`; choose another name for one of them", e.key)
	default:
		if !fine {
			s.Params = nil
		}
		if err := words.Check([]job.Spec{s}); err != nil {
			for line := range strings.Lines(err.Error()) {
				_, text, _ := strings.Cut(strings.TrimSpace(line), fmt.Sprintf("command %q: ", s.Name))
				r.at(e.keyNode, "%s: %s", e.value.name(), text)
			}
		}
		return true // what else is wrong with it, rules that name it are not
	}
	return false
}

// typed holds the commands of the file to what people type, when all of them are known: their examples, and that their
// choices are not read as something else.
func (c *Config) typed(parser *words.Parser, present map[string]value) {
	for _, s := range c.Specs() {
		v := find(present["runbooks"], s.Name)
		if slices.ContainsFunc(c.Asked, func(a Asked) bool { return a.Spec.Name == s.Name }) {
			v = find(present["looks"], s.Name)
		}
		arguments, _, _ := step(v, "arguments")
		for _, p := range s.Params {
			of, _, _ := step(arguments, p.Name)
			items, _, _ := step(of, "one of")
			for _, one := range p.OneOf {
				if !parser.Choice(s.Name, p, one) {
					c.reader.at(items.node, "%s: `%s %s` would be read as something else; choose another word than `%s`", items.name(), s.Name, one, one)
				}
			}
		}
		examples, _, _ := step(v, "examples")
		if examples.node == nil || s.Retired != "" || len(s.Examples) == 0 {
			continue
		}
		for _, item := range c.reader.items(examples) {
			if text, ok := textOf(item); ok {
				c.example(parser, s, item, text)
			}
		}
	}
}

func (c *Config) example(parser *words.Parser, s job.Spec, at value, text string) {
	switch meant := parser.Parse(text, words.Context{Direct: true, Raw: true}).(type) {
	case words.Command:
		if meant.Name != s.Name || meant.Plan {
			c.reader.at(at.node, "%s: `%s` is the command `%s`, not `%s`", at.name(), text, meant.Name, s.Name)
		}
	case words.Reply:
		if meant.Text == "" {
			c.reader.at(at.node, "%s: `%s` asks for help", at.name(), text)
			return
		}
		c.reader.at(at.node, "%s: `%s` is not the whole command. %s", at.name(), text, meant.Text)
	default:
		c.reader.at(at.node, "%s: `%s` is not the command `%s`", at.name(), text, s.Name)
	}
}

// sentence is a text for people on one line.
func (m *command) sentence(v value) string {
	if v.node == nil {
		return ""
	}
	text, ok := m.text(v)
	text = strings.TrimSpace(text)
	switch {
	case !ok:
	case text == "":
		m.at(v.node, "%s is empty; write a sentence", v.name())
	case strings.ContainsFunc(text, unicode.IsControl), utf8.RuneCountInString(text) > maxSentence:
		m.at(v.node, "%s must be one line of at most %d characters", v.name(), maxSentence)
	}
	return text
}
