// Package words turns what a person typed into exactly one of four things: a Command to run, a Decision about a run, a
// Reply to give at once, or Ignore.
//
// The way through: Plain undoes what Slack and the phone's keyboard did to the text; split cuts it into words; then the
// first of these that fits wins: a courtesy (hello, thanks), help, a decision (`cancel toy-k4m7q2`), a command. The verb
// may stand anywhere. Where two commands begin at the same word the longer name wins, so `toy undo` is never `toy`. Every
// other word must be something the command takes: one that is left over leads to a question back, never to a guess.
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
}

// form is a spec with its name cut into words.
type form struct {
	job.Spec
	name []string
}

// New makes a parser for these commands. A spec without a name is left out; Check says what else is wrong with them.
func New(specs []job.Spec) *Parser {
	p := &Parser{}
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
	Asking    []int  // numbers of that run's open questions, when known
}

// addressed reports whether Pawl was spoken to, so that it has to answer.
func (c Context) addressed() bool { return c.Direct || c.Mentioned }

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
	if r.Kind != Unknown && r.Kind != Extra {
		return r
	}
	if !slices.Contains(choices(), r.Topic) {
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
	if d, ok := readDecision(ws); ok && !(known && verb.start == 0 && len(verb.name) > 1) {
		return d.settle(at)
	}
	if !known {
		return unknown(ws)
	}
	if verb.Retired != "" {
		return Reply{Kind: Retired, Topic: verb.Name, Text: verb.Retired}
	}
	args, left := verb.arguments(ws)
	if len(left) > 0 {
		return p.extra(verb, args, left)
	}
	for _, param := range verb.Params {
		if param.Type == typeRun && args[param.Name] == "" && at.Run != "" {
			args[param.Name] = at.Run
		}
		value, said := args[param.Name]
		if value == "" && (said || !param.Optional) {
			return missing(verb.Spec, param)
		}
	}
	if len(args) == 0 {
		args = nil
	}
	return Command{Name: verb.Name, Args: args, Text: plain}
}
