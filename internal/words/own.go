package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Words of our own that are no commands: `again` repeats a run, `plan` before a command only says what it would do.
const (
	againWord = "again"
	planWord  = "plan"
)

// isOwn reports whether the word cannot name a command or a thing, and is explained by help.
func isOwn(w word) bool { return isChoice(w) || w.bare == againWord || w.bare == planWord }

// readAgain reads `again`, with the id of the run that is meant before or after it. In a run's thread the id may be
// left out, and words that only point at the run count for nothing: "run it again".
func readAgain(ws []word, at Context) (Result, bool) {
	i := slices.IndexFunc(ws, func(w word) bool { return w.bare == againWord })
	if i < 0 {
		return nil, false
	}
	rest := slices.Concat(ws[:i], ws[i+1:])
	if at.Run != "" && !slices.ContainsFunc(rest, func(w word) bool { return !isPronoun(w) }) {
		return Again{Run: at.Run}, true
	}
	switch {
	case len(rest) == 1 && rest[0].isID():
		id, _ := runID(rest[0].value)
		return Again{Run: id}, true
	case i > 0:
		return nil, false // "toy again" is about toy
	case at.Run == "":
		return reading{Decision: Decision{Choice: againWord}, extra: rest}.whichRun(), true
	}
	return Reply{Kind: Extra, Topic: againWord, Suggest: []string{againWord}, Text: fmt.Sprintf(
		"I don't understand `%s` after `%s`.", short(raws(rest)), againWord)}, true
}

// lengthened puts the whole name of a command in the place of what may stand for it behind `plan`, unless the words begin
// with another command that does something.
func (p *Parser) lengthened(ws []word) []word {
	if verb, known := p.verb(ws); known && verb.start == 0 && !verb.Look {
		return ws
	}
	for _, f := range p.specs {
		if short := strings.Fields(f.Short); len(short) > 0 && startsWith(ws, short) {
			return append(split(f.Name), ws[len(short):]...)
		}
	}
	return ws
}

// planned turns what a command means into a plan of it.
func (p *Parser) planned(r Result) Result {
	switch r := r.(type) {
	case Command:
		r.Plan = true
		r.Text = p.typed(r) // however it was said, what follows `plan` is what would do it
		return r
	case Reply:
		for i, s := range r.Suggest {
			r.Suggest[i] = planWord + " " + s
		}
		if r.Kind != Which {
			r.Suggest = fitting(r.Suggest...)
		}
		r.Sofar.Plan = r.Want.Name != ""
		return r
	}
	return p.noPlan()
}

// nothingToPlan answers a plan of a command that only looks, and offers that.
func (p *Parser) nothingToPlan(name string, meant Result) Reply {
	r := Reply{Kind: Extra, Topic: planWord, Text: fmt.Sprintf("`%s` changes nothing, so there is nothing to plan.", name)}
	if c, ok := meant.(Command); ok {
		r.Suggest = fitting(p.typed(c))
	}
	return r
}

// noPlan answers `plan` without anything that can be planned.
func (p *Parser) noPlan() Reply {
	text := fmt.Sprintf("`%s` stands before a command and shows what it would do", planWord)
	example := ""
	for _, f := range p.specs {
		if !f.Look && f.Retired == "" && (example == "" || len(f.Name) < len(example)) {
			example = f.Name // the shortest is the one people know
		}
	}
	if example == "" {
		return Reply{Kind: Missing, Topic: planWord, Text: text + "."}
	}
	return Reply{Kind: Missing, Topic: planWord, Text: fmt.Sprintf("%s: `%s %s`.", text, planWord, example)}
}

// About is the canonical text of the command a suggestion is about, and whether it lacks nothing; of one that does, only
// what it names, so that narrower commands begin with it. A plan is about what it plans. The text is empty for what is no command: help, an answer to a run.
func (p *Parser) About(suggestion string) (command string, whole bool) {
	ws := split(Plain(suggestion))
	for len(ws) > 0 && ws[0].bare == planWord {
		ws = ws[1:]
	}
	switch r := p.Parse(suggestion, Context{Direct: true, Raw: true}).(type) {
	case Command:
		return p.Canonical(r.Name, r.Args), true
	case Reply:
		rule, err := p.Rule(raws(ws))
		if verb, ok := p.verb(split(rule)); err == nil && ok && r.Kind != Help {
			args, _ := verb.arguments(split(rule))
			maps.DeleteFunc(args, func(name, _ string) bool {
				return slices.ContainsFunc(verb.Params, func(s job.Param) bool { return s.Name == name && s.Word != "" })
			})
			return p.Canonical(verb.Name, args), false
		}
	}
	return "", false
}

// typed is a command as it would be typed, whole.
func (p *Parser) typed(c Command) string {
	text := p.Canonical(c.Name, c.Args)
	if c.Plan {
		return planWord + " " + text
	}
	return text
}

// Name reads a name that people are going to type among the words of commands, and gives the form in which it is
// compared. The error is a sentence for whoever chose it: why it cannot be told from a command.
func (p *Parser) Name(typed string) (string, error) {
	ws := split(Plain(typed))
	if len(ws) == 0 {
		return "", fmt.Errorf("`%s` cannot be typed", typed)
	}
	for i, w := range ws {
		if w.quoted || w.raw != w.value || strings.Trim(w.value, marks) != w.value {
			return "", fmt.Errorf("`%s` cannot be typed: punctuation around a word does not count", raws(ws))
		}
		verb, ok := p.verb(ws[i:])
		switch {
		case isOwn(w), isCourtesy(w), isGreeting(w), w.bare == helpWord, w.bare == becauseWord, p.isKeyword(w):
			return "", fmt.Errorf("`%s` has a meaning of its own in what people type; choose another name", w.value)
		case ok:
			return "", fmt.Errorf("`%s` is a command; choose another name", verb.Name)
		}
	}
	return strings.ToLower(raws(ws)), nil
}

// isKeyword reports whether the word introduces an argument of some command.
func (p *Parser) isKeyword(w word) bool {
	return slices.ContainsFunc(p.specs, func(f form) bool {
		_, ok := match{form: f}.keyword(w)
		return ok
	})
}

// Hides gives the command that would be read instead of the one meant when these names of a thing stand beside the name
// of a command that takes one; empty when there is none.
func (p *Parser) Hides(thing string) string {
	if verb, ok := p.verb(split(thing)); ok {
		return verb.Name
	}
	for _, f := range p.specs {
		if !slices.ContainsFunc(f.Params, func(s job.Param) bool { return s.Word == "" && ofInventory(s) }) {
			continue
		}
		if verb, ok := p.verb(split(f.Name + " " + thing)); ok && verb.Name != f.Name {
			return verb.Name
		}
	}
	return ""
}
