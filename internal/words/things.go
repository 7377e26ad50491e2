package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

// Names is what things are called: inventory.Inventory implements it. Without it, parameters of job.TypeInstance,
// job.TypeEnvironment and job.TypeThings keep the words they were given.
type Names interface {
	// Read says what a text means to a parameter of that type.
	Read(kind, text string) inventory.Reading
	// Touching gives the other texts that may mean something of what a canonical text means.
	Touching(kind, text string) []inventory.Touch
	// Word reports whether a word is one of those that names are made of, or looks like one.
	Word(word string) (part, alike bool)
	// Place takes the canonical text of an environment apart.
	Place(text string) (app, environment string, ok bool)
}

// Option is a choice for New.
type Option func(*Parser)

// With gives the parser the names of things.
func With(n Names) Option { return func(p *Parser) { p.names = n } }

// maxOffer is how many bytes a command that a button completes may have: it travels in the button's value, with a key.
const maxOffer = 1800

func ofInventory(s job.Param) bool {
	return s.Type == job.TypeInstance || s.Type == job.TypeEnvironment || s.Type == job.TypeThings
}

// thing reads the value of a parameter that names something of the inventory, and puts its canonical text in place.
// The reply asks back when that is not clear.
func (p *Parser) thing(verb match, args map[string]string, s job.Param) (Reply, bool) {
	value, said := args[s.Name]
	if p.names == nil || !ofInventory(s) || value == "" && (said && s.Type != job.TypeEnvironment || s.Optional) {
		return Reply{}, false
	}
	r := p.neighbours(verb, args, s, p.names.Read(s.Type, value))
	switch {
	case r.Found && r.Text == "":
		delete(args, s.Name)
		return Reply{}, false
	case r.Found:
		args[s.Name] = r.Text
		return Reply{}, false
	case len(r.Several) > 0:
		return p.which(verb, args, s, r), true
	case value == "":
		return Reply{}, false // there is nothing to choose from: it is missing
	}
	return p.notThere(verb, args, s, r), true
}

// which asks which of several things was meant. Every choice is the whole command, its reason included.
func (p *Parser) which(verb match, args map[string]string, s job.Param, r inventory.Reading) Reply {
	reply := Reply{Kind: Which, Topic: verb.Name, Text: "Which one?"}
	reply.Suggest = slices.DeleteFunc(p.with(verb, p.likely(verb, args, s), s, r.Several), func(text string) bool { return len(text) > maxOffer })
	if r.More > 0 {
		reply.Text += fmt.Sprintf(" There are %d more; type its name.", r.More)
	} else if len(reply.Suggest) == 0 {
		reply.Text += " " + missing(verb.Spec, s).Text
	}
	return reply
}

// notThere says that nothing is called so, and offers what is called nearly so.
func (p *Parser) notThere(verb match, args map[string]string, s job.Param, r inventory.Reading) Reply {
	reply := Reply{Kind: NotThere, Topic: verb.Name, Suggest: fitting(p.with(verb, p.likely(verb, args, s), s, r.Near)...)}
	reply.Text = fmt.Sprintf("Nothing here is called `%s`.", short(args[s.Name]))
	switch {
	case r.Unknown != "":
		reply.Text = fmt.Sprintf("I don't know `%s`.", short(r.Unknown))
	case s.Type == job.TypeEnvironment && len(r.Near) > 0:
		reply.Text = fmt.Sprintf("`%s` is no environment as a whole.", short(args[s.Name]))
	}
	if len(reply.Suggest) == 0 {
		reply.Text += fmt.Sprintf(" It is typed like this: `%s`.", Usage(verb.Spec))
	}
	return reply
}

// with makes whole commands with each of the values in place of one argument.
func (p *Parser) with(verb match, args map[string]string, s job.Param, values []string) (texts []string) {
	for _, v := range values {
		each := maps.Clone(args)
		each[s.Name] = v
		if text := p.Canonical(verb.Name, each); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// canonicalThing is a value in the words of the inventory, when they mean exactly one thing.
func (p *Parser) canonicalThing(s job.Param, value string) string {
	if p.names == nil || !ofInventory(s) || value == "" {
		return value
	}
	if r := p.names.Read(s.Type, value); r.Found {
		return r.Text
	}
	return value
}

// Form is another way to type some of what a rule is about.
type Form struct {
	Text   string // canonical
	Whole  bool   // the command itself is meant, not those that begin with it
	Partly bool   // it may also do something that the rule is not about
}

// Forms gives the other commands that a rule must speak of too: whoever may not restart blue may not restart the inactive
// one either, which may be blue, and what needs approval for the app needs it for everything. The rule is what Rule gave.
func (p *Parser) Forms(rule string) (forms []Form) {
	verb, ok := p.verb(split(rule))
	if !ok || p.names == nil {
		return nil
	}
	args, _ := verb.arguments(split(rule))
	for _, s := range verb.Params {
		value := args[s.Name]
		if value == "" || !ofInventory(s) {
			continue
		}
		for _, t := range p.names.Touching(s.Type, value) {
			other := maps.Clone(args)
			other[s.Name] = t.Text
			text := p.Canonical(verb.Name, other)
			switch {
			case t.Single:
				forms = append(forms, Form{Text: text, Partly: t.Partly})
			case mayFollow(verb.Params, s):
				forms = append(forms, Form{Text: text, Partly: true}) // more than is meant: what follows cannot be told from a thing
			default:
				forms = append(forms, Form{Text: text, Whole: true, Partly: t.Partly})
				for _, k := range verb.Params {
					if k.Word != "" {
						forms = append(forms, Form{Text: text + " " + strings.ToLower(k.Word), Partly: t.Partly})
					}
				}
			}
		}
	}
	return forms
}

// mayFollow reports whether another parameter without a keyword comes after this one.
func mayFollow(params []job.Param, s job.Param) bool {
	i := slices.IndexFunc(params, func(k job.Param) bool { return k.Name == s.Name })
	return slices.ContainsFunc(params[i+1:], func(k job.Param) bool { return k.Word == "" })
}
