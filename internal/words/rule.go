package words

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/job"
)

// Rule reads a line of `may:` or `approve:`: a command as it is typed, of which the end may be left out. It returns the
// canonical text, which covers every command that begins with it. The error is a sentence for whoever wrote the line:
// that no command has this name, and which it may have been, or that the command takes no such words.
func (p *Parser) Rule(line string) (string, error) {
	ws := split(Plain(line))
	verb, known := p.verb(ws)
	switch {
	case !known && len(ws) > 0 && isChoice(ws[0]):
		return "", fmt.Errorf("`%s` needs no rule: it answers a run, and runs know who may answer them", ws[0].bare)
	case !known && len(ws) > 0 && ws[0].bare == againWord:
		return "", fmt.Errorf("`%s` needs no rule: whoever may give a command may give it again", againWord)
	case !known:
		return "", p.noCommand(ws)
	case verb.Retired != "":
		return "", fmt.Errorf("`%s` is retired: %s", verb.Name, verb.Retired)
	}
	args, extra := verb.arguments(ws)
	if err := p.ruleThings(verb, args); err != nil {
		return "", err
	}
	if err := p.ruleChoices(verb, args); err != nil {
		return "", err
	}
	switch {
	case len(extra) > 0 && len(verb.Params) == 0:
		return "", fmt.Errorf("`%s` takes no other words, so `%s` has no place after it", verb.Name, raws(extra))
	case len(extra) > 0:
		return "", fmt.Errorf("`%s` is typed `%s`; `%s` has no place in it", verb.Name, Usage(verb.Spec), raws(extra))
	}
	return p.Canonical(verb.Name, args), nil
}

// Beyond are the names of the jobs that begin with the name of the look that a line of `may:` allows: it allows none of them.
func (p *Parser) Beyond(line string) (names []string) {
	look, known := p.verb(split(Plain(line)))
	if !known || !look.Look {
		return nil
	}
	for _, f := range p.specs {
		if !f.Look && strings.HasPrefix(f.Name, look.Name+" ") {
			names = append(names, f.Name)
		}
	}
	return names
}

// ruleThings reads the names in a line: any part of the inventory may stand there, but it must be clear which.
func (p *Parser) ruleThings(verb match, args map[string]string) error {
	for _, s := range verb.Params {
		value := args[s.Name]
		if p.names == nil || !ofInventory(s) || value == "" {
			continue
		}
		r := p.names.Read(job.TypeThings, value)
		if whole := p.names.Read(job.TypeEnvironment, value); s.Type == job.TypeEnvironment && !whole.Found && r.Found && len(whole.Near) > 0 {
			return fmt.Errorf("`%s` is about whole environments, and `%s` is only a part of one; did you mean %s?", verb.Name, value, or(p.with(verb, args, s, whole.Near)))
		}
		forms := p.with(verb, args, s, slices.Concat(r.Several, r.Near))
		switch {
		case r.Found:
			args[s.Name] = r.Text
		case len(r.Several) > 0:
			return fmt.Errorf("`%s` could mean %s; say which", p.Canonical(verb.Name, args), or(forms))
		case len(forms) > 0:
			return fmt.Errorf("nothing under `apps` is called `%s`; did you mean %s?", value, or(forms))
		default:
			return fmt.Errorf("nothing under `apps` is called `%s`", value)
		}
	}
	return nil
}

func (p *Parser) noCommand(ws []word) error {
	var names []string
	for _, f := range p.specs {
		if f.Retired == "" {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	text := fmt.Sprintf("`%s` is not a command", raws(ws))
	meant := near.Nearest(raws(ws), names)
	for i := range ws { // the beginning may be a misspelt name, the rest its arguments
		if len(meant) == 0 {
			meant = near.Nearest(raws(ws[:i+1]), names)
		}
	}
	if len(meant) > 0 {
		text += "; did you mean " + or(meant) + "?"
	}
	return fmt.Errorf("%s (commands: %s)", text, strings.Join(names, ", "))
}

// Check says everything that keeps these commands from being typed as declared: names that collide with each other or
// with the words that decide about runs, and parameters that can never be filled.
func Check(specs []job.Spec) error {
	var wrong []error
	name := regexp.MustCompile(`^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*$`)
	seen := map[string]bool{}
	for _, s := range specs {
		say := func(format string, args ...any) {
			wrong = append(wrong, fmt.Errorf("command %q: "+format, append([]any{s.Name}, args...)...))
		}
		switch {
		case !name.MatchString(s.Name):
			say("the name must be words in lower case with one space between them")
		case strings.Contains(s.Verb(), "-"):
			say("the last word begins the ids of its runs and must not contain a dash")
		case slices.Contains(choices(), s.Name):
			say("the word decides about runs and cannot name a command")
		case strings.HasPrefix(s.Name+" ", againWord+" "), strings.HasPrefix(s.Name+" ", planWord+" "):
			say("again and plan are words of their own and cannot begin a command")
		case s.Name == helpWord && !s.Look:
			say("help is a look")
		case ofItsOwn(s.Name) != "" && s.Name != helpWord:
			say("%q has a meaning of its own in what people type and cannot be part of a name", ofItsOwn(s.Name))
		case seen[s.Name]:
			say("two commands have this name; call one of them something else")
		}
		seen[s.Name] = true
		wrong = append(wrong, checkParams(s)...)
		wrong = append(wrong, checkChoices(s)...)
	}
	wrong = append(wrong, checkCounts(specs)...)
	return errors.Join(wrong...)
}

// ofItsOwn is the first word of a name that is read as something else wherever it stands.
func ofItsOwn(name string) string {
	for _, w := range split(name) {
		if isCourtesy(w) || isGreeting(w) || w.bare == helpWord || w.bare == becauseWord {
			return w.bare
		}
	}
	return ""
}

// Reserved reports whether a word has a meaning of its own in what people type, so that it cannot introduce an argument.
func Reserved(word string) bool {
	ws := split(Plain(word))
	return len(ws) != 1 || isOwn(ws[0]) || ofItsOwn(word) != "" && ws[0].bare != becauseWord
}

// Accepts says what is wrong with a value of a parameter, as a sentence; nil when nothing is.
func Accepts(s job.Param, value string) error {
	text, meant := param(s).wrong(value)
	if text == "" {
		return nil
	}
	text = strings.TrimRight(text, ".")
	if len(meant) > 0 {
		text += "; did you mean " + or(meant) + "?"
	}
	return errors.New(text)
}

func checkParams(s job.Spec) (wrong []error) {
	seen := map[string]bool{}
	full := "" // the positional parameter that takes everything
	for _, p := range s.Params {
		switch {
		case p.Name == "" || seen[p.Name]:
			wrong = append(wrong, fmt.Errorf("command %q: parameter %q: the name is empty or used twice", s.Name, p.Name))
		case p.Word != "" && len(split(Plain(p.Word))) != 1:
			wrong = append(wrong, fmt.Errorf("command %q: parameter %q: %q is not one word", s.Name, p.Name, p.Word))
		case p.Word == "" && full != "" && p.Type != typeRun:
			wrong = append(wrong, fmt.Errorf("command %q: parameter %q: nothing is left for it after %q", s.Name, p.Name, full))
		}
		seen[p.Name] = true
		if p.Word == "" && p.Type == typeRest {
			full = p.Name
		}
	}
	return wrong
}
