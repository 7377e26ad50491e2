// Package words turns what a person typed into exactly one of five things: a Command to run, a Decision about a run, a run
// to do Again, a Reply to give at once, or Ignore.
//
// The way through: Plain undoes what Slack and the phone's keyboard did to the text; split cuts it into words; then the
// first of these that fits wins: a courtesy (hello, thanks), help, `plan` and a command, `again`, a decision (`cancel
// toy-k4m7q2`), a command. The verb
// may stand anywhere. Where two commands begin at the same word the longer name wins, so `toy undo` is never `toy`. Every
// other word must be something the command takes: one that is left over leads to a question back, never to a guess.
//
// Words that name things (own.go and things.go) are read by the inventory once they are handed out, so that a command holds
// "shop master blue" however it was said. What is not clear is asked, with the whole command on each button.
//
// A command has one canonical text, its name and then its arguments in order. Access rules are compared with it.
//
// Everything here is pure: no clock, no network, no state. The Slack bridge, the command line, schedules and the rules
// of pawl.yaml all read words through this package.
package words

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// MaxText is how many characters a message may have to be read as a command. Longer ones are answered, not run: a
// command travels through every record of its run.
const MaxText = 2000

// Parser reads words against the commands that exist. It is immutable and safe for concurrent use.
type Parser struct {
	specs []form // the longest name first
	names Names  // nil: nobody knows what things are called
}

// form is a spec with its name cut into words.
type form struct {
	job.Spec
	name []string
}

// New makes a parser for these commands. A spec without a name is left out; Check says what else is wrong with them.
func New(specs []job.Spec, options ...Option) *Parser {
	p := &Parser{}
	for _, o := range options {
		o(p)
	}
	for _, s := range specs {
		s.Name = strings.Join(strings.Fields(strings.ToLower(s.Name)), " ")
		if s.Name != "" {
			p.specs = append(p.specs, form{Spec: s, name: strings.Fields(s.Name)})
		}
	}
	slices.SortStableFunc(p.specs, func(a, b form) int { return len(b.name) - len(a.name) })
	return p
}

// Context is where something was typed.
type Context struct {
	Direct    bool   // a direct message, or a terminal
	Mentioned bool   // Pawl was mentioned
	Raw       bool   // typed as it stands: a terminal, a button's value, a schedule; without it, the text is Slack's wire form
	Self      string // Pawl's own Slack user id, whose mention is no argument; empty: a leading mention is taken for it
	Run       string // id of the run whose thread this is; empty elsewhere
}

// addressed reports whether Pawl was spoken to, so that it has to answer.
func (c Context) addressed() bool { return c.Direct || c.Mentioned }

// Look reports whether a command only looks.
func (p *Parser) Look(name string) bool {
	return slices.ContainsFunc(p.specs, func(f form) bool { return f.Name == name && f.Look })
}

// Parse reads what was typed. Where Pawl was not spoken to, only the exact words of a decision count, and only in the
// thread of a run; anything else is people talking to each other.
func (p *Parser) Parse(text string, at Context) Result {
	if !at.addressed() && at.Run == "" {
		return Ignore{}
	}
	plain := Plain(text)
	if !at.Raw {
		plain = Plain(fromWire(text, at))
	}
	long := utf8.RuneCountInString(plain) > MaxText
	switch {
	case long && at.addressed():
		return tooLong()
	case long:
		return Ignore{}
	case !at.addressed():
		return overheard(split(plain), at)
	}
	ws := unquoted(split(plain))
	if r, ok := courtesy(ws); ok {
		return r
	}
	ws = p.trimCourtesy(ws)
	result := p.understand(plain, ws, at)
	if r, ok := result.(Reply); ok {
		return p.didYouMean(r, ws, at)
	}
	return result
}

// didYouMean completes a reply to something that was not understood.
func (p *Parser) didYouMean(r Reply, ws []word, at Context) Reply {
	if r.Kind != Unknown && r.Kind != Extra && r.Kind != NotThere {
		return r
	}
	if r.Kind != NotThere && !slices.Contains(choices(), r.Topic) && r.Topic != planWord {
		near := p.suggest(ws, at)
		own := slices.DeleteFunc(r.Suggest, func(s string) bool { return slices.Contains(near, s) })
		r.Suggest = append(near, own...)
		r.Suggest = r.Suggest[:min(len(r.Suggest), maxSuggest)]
	}
	switch {
	case len(r.Suggest) > 0:
		r.Text += " Did you mean " + or(r.Suggest) + "?"
	case r.Kind == Unknown && r.Topic == "":
		r.Text += " Say `help` for what I can do."
	}
	return r
}

// understand reads what was said to Pawl, courtesies aside.
func (p *Parser) understand(plain string, ws []word, at Context) Result {
	verb, known := p.verb(ws)
	if topic, ok := p.helpOn(ws, verb); ok {
		return p.help(topic)
	}
	if ws[0].bare == planWord {
		rest := ws[1:]
		for len(rest) > 0 && rest[0].bare == planWord {
			rest = rest[1:]
		}
		return p.plan(plain, rest, at)
	}
	if again, ok := readAgain(ws, at); ok {
		return again
	}
	if d, ok := readDecision(ws); ok && !(known && verb.start == 0 && len(verb.name) > 1) {
		return d.settle(at)
	}
	if !known {
		return unknown(ws)
	}
	if verb.Retired != "" {
		return Reply{Kind: Retired, Topic: verb.Name, Text: verb.Retired}
	}
	return p.complete(plain, verb, ws, at, false)
}

// plan reads what follows the word `plan`.
func (p *Parser) plan(plain string, ws []word, at Context) Result {
	if len(ws) == 0 {
		return p.noPlan()
	}
	ws = p.lengthened(ws)
	verb, known := p.verb(ws)
	_, helps := p.helpOn(ws, verb)
	_, repeats := readAgain(ws, at)
	_, decides := readDecision(ws)
	switch {
	case helps:
		return Reply{Kind: Help, Topic: planWord}
	case repeats, decides && !(known && verb.start == 0 && len(verb.name) > 1):
		return p.noPlan()
	case !known:
		return unknown(ws)
	case verb.Retired != "":
		return Reply{Kind: Retired, Topic: verb.Name, Text: verb.Retired}
	}
	meant := p.complete(plain, verb, ws, at, true)
	if verb.Look {
		return p.nothingToPlan(verb.Name, meant)
	}
	return p.planned(meant)
}

// complete gives a command its arguments, and asks for what is missing. A plan needs no reason.
func (p *Parser) complete(plain string, verb match, ws []word, at Context, plan bool) Result {
	args, left := verb.arguments(ws)
	if len(left) > 0 {
		return p.extra(verb, args, left)
	}
	verb.filled(args)
	for _, param := range verb.Params {
		if param.Type == typeRun && args[param.Name] == "" && at.Run != "" {
			args[param.Name] = at.Run
		}
		if ask, ok := p.thing(verb, args, param); ok {
			return ask
		}
		if ask, ok := p.chosen(verb, args, param); ok {
			return ask
		}
		value, said := args[param.Name]
		if value != "" || !said && (param.Optional || plan && introduces(param)) {
			continue
		}
		return p.lacking(verb, param, p.sofar(plain, verb, args), plan)
	}
	return p.sofar(plain, verb, args)
}

// sofar is the command with the arguments that have a value.
func (p *Parser) sofar(plain string, verb match, args map[string]string) Command {
	c := Command{Name: verb.Name, Text: plain}
	for name, value := range args {
		if value == "" {
			continue
		}
		if c.Args == nil {
			c.Args = map[string]string{}
		}
		c.Args[name] = value
	}
	return c
}
