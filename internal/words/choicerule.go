package words

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// ruleChoices holds the values in a line of a rule to what is accepted, and the line to what it can be compared with: a
// command in canonical order that begins with it. Where one of its words would stand behind something that is left open,
// the line would speak of next to no command, and what it denies would slip through.
func (p *Parser) ruleChoices(verb match, args map[string]string) error {
	open := job.Param{}
	for _, s := range canonicalOrder(verb.Params) {
		value := args[s.Name]
		if value == "" {
			if open.Name == "" {
				open = s
			}
			continue
		}
		if open.Name != "" && (known(s) || known(open)) {
			return fmt.Errorf("`%s` says the %s and leaves the %s open; a line is the beginning of a command, so say that too: `%s`",
				p.Canonical(verb.Name, args), s.Name, open.Name, Usage(verb.Spec))
		}
		if open.Name == "" && p.unclear(s, value) {
			open = s // the line names an app: any environment of it
			continue
		}
		if text, meant := param(s).wrong(value); text != "" {
			if len(meant) > 0 {
				text += " Did you mean " + or(p.with(verb, args, s, meant)) + "?"
			}
			return errors.New(strings.TrimRight(text, "."))
		}
	}
	return nil
}

// known reports whether a parameter is one that pawl.yaml may declare, or an environment.
func known(s job.Param) bool { return recognisable(s) || s.Window || s.Type == job.TypeEnvironment }

// canonicalOrder is the order in which a canonical text has the parameters: those with a keyword come last.
func canonicalOrder(params []job.Param) []job.Param {
	order := slices.Clone(params)
	slices.SortStableFunc(order, func(a, b job.Param) int {
		return cmp.Compare(min(len(a.Word), 1), min(len(b.Word), 1))
	})
	return order
}

// checkChoices says what keeps the parameters of a command from being told from each other.
func checkChoices(s job.Spec) (wrong []error) {
	say := func(p job.Param, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("command %q: parameter %q: "+format, append([]any{s.Name, p.Name}, args...)...))
	}
	taken, number := map[string]string{}, ""
	for _, p := range s.Params {
		switch {
		case p.Default != "" && !p.Optional:
			say(p, "what has a default may be left out")
		case p.Type == job.TypeChoice && len(p.OneOf) == 0:
			say(p, "there is nothing to choose from")
		case p.Type == job.TypeNumber && p.Range != nil && p.Range.From > p.Range.To:
			say(p, "no number is from %d to %d", p.Range.From, p.Range.To)
		case p.Default != "":
			if text, _ := param(p).wrong(p.Default); text != "" {
				say(p, "its default is wrong: %s", strings.TrimRight(text, "."))
			}
		}
		if p.Word != "" {
			continue
		}
		if p.Type == job.TypeNumber {
			if number != "" {
				say(p, "a number alone could also be the %s; a keyword must introduce one of them", number)
			}
			number = p.Name
		}
		for _, one := range p.OneOf {
			if _, twice := taken[strings.ToLower(one)]; twice {
				say(p, "`%s` is there twice, here or at the %s", one, taken[strings.ToLower(one)])
			}
			taken[strings.ToLower(one)] = p.Name
		}
	}
	return wrong
}
