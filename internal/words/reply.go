package words

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

const (
	helpWord   = "help"
	maxSuggest = 3
	maxButton  = 75 // characters on a Slack button: https://docs.slack.dev/reference/block-kit/block-elements/button-element
)

// courtesy answers what is neither a command nor a mistake.
func courtesy(ws []word) (Result, bool) {
	said := strings.TrimSpace(raws(slices.DeleteFunc(slices.Clone(ws), func(w word) bool { return w.value == "" })))
	if said == "" {
		return Reply{Kind: Help}, true
	}
	switch strings.ToLower(trimMarks(said)) {
	case "thanks", "thx", "thank you", "thanks a lot", "thank you very much":
		return Ignore{}, true
	}
	return nil, false
}

// trimCourtesy takes greetings and pleases off both ends, unless a command begins with that word.
func (p *Parser) trimCourtesy(ws []word) []word {
	for len(ws) > 0 && (isCourtesy(ws[0]) || isGreeting(ws[0])) {
		if verb, ok := p.verb(ws); ok && verb.start == 0 {
			break
		}
		ws = ws[1:]
	}
	for len(ws) > 1 && isCourtesy(ws[len(ws)-1]) {
		ws = ws[:len(ws)-1]
	}
	return ws
}

func isCourtesy(w word) bool {
	return slices.Contains([]string{"please", "pls", "thanks", "thx"}, w.bare)
}

func isGreeting(w word) bool {
	return slices.Contains([]string{"hi", "hello", "hey", "there", "pawl", "@pawl"}, w.bare)
}

// helpOn reports whether help was asked for: `help`, `help toy` or `toy help`.
func (p *Parser) helpOn(ws []word, verb match) (topic []word, ok bool) {
	last := len(ws) - 1
	switch {
	case len(ws) == 0:
		return nil, true
	case ws[0].bare == helpWord && !(verb.start == 0 && len(verb.name) > 1):
		topic = ws[1:]
		for len(topic) > 0 && (topic[0].value == "" || topic[0].bare == "me" || topic[0].bare == "with") {
			topic = topic[1:]
		}
		return topic, true
	case ws[last].bare == helpWord && (last == 1 && isOwn(ws[0]) || verb.start == 0 && last == len(verb.name)):
		return ws[:last], true
	case verb.Name == helpWord:
		return slices.Concat(ws[:verb.start], ws[verb.start+1:]), true
	}
	return nil, false
}

func (p *Parser) help(topic []word) Result {
	if len(topic) == 0 {
		return Reply{Kind: Help}
	}
	if verb, ok := p.verb(topic); ok {
		return Reply{Kind: Help, Topic: verb.Name}
	}
	if i := slices.IndexFunc(topic, isOwn); i >= 0 {
		return Reply{Kind: Help, Topic: topic[i].bare}
	}
	return Reply{Kind: Unknown, Text: fmt.Sprintf("I don't know `%s`.", short(raws(topic)))}
}

func unknown(ws []word) Reply {
	if len(ws) == 1 && ws[0].isID() {
		return Reply{Kind: Unknown, Topic: job.CancelChoice, Text: fmt.Sprintf("What about `%s`? Say for example `cancel %[1]s`.", short(ws[0].value))}
	}
	return Reply{Kind: Unknown, Said: strings.TrimSpace(bares(ws)), Text: fmt.Sprintf("I don't know `%s`.", short(raws(ws)))}
}

// extra asks about words that the command does not take, and offers the command without them.
func (p *Parser) extra(verb match, args map[string]string, left []word) Reply {
	r := Reply{Kind: Extra, Topic: verb.Name}
	r.Text = fmt.Sprintf("I don't understand `%s`. It is typed like this: `%s`.", short(raws(left)), Usage(verb.Spec))
	if len(verb.Params) == 0 {
		r.Text = fmt.Sprintf("I don't understand `%s`: `%s` takes no other words.", short(raws(left)), verb.Name)
	}
	if slices.ContainsFunc(left, isChoice) {
		r.Text += " To end a run, say `cancel` in its thread, or `cancel` and its id."
	}
	if !slices.ContainsFunc(verb.Params, func(s job.Param) bool { return !s.Optional && args[s.Name] == "" || p.unclear(s, args[s.Name]) }) {
		r.Suggest = fitting(p.Canonical(verb.Name, args))
	}
	return r
}

// lacking is missing with what there is so far. What follows a keyword, and any other free text that is declared so, can
// be asked for in a window when nothing else is missing: whatever is typed there belongs to it.
func (p *Parser) lacking(verb match, of job.Param, sofar Command, plan bool) Reply {
	s := verb.Spec
	r := missing(s, of)
	if !introduces(of) && !of.Window || of.Window && p.lacksMore(verb, of, sofar, plan) {
		return r
	}
	r.Want, r.Sofar = of, sofar
	if of.Word == becauseWord {
		r.Text = fmt.Sprintf("Why? The reason follows: `%s %s ...`.", short(p.Canonical(s.Name, sofar.Args)), becauseWord)
	}
	return r
}

// lacksMore reports whether something else is missing or wrong, so that a window could not complete the command.
func (p *Parser) lacksMore(verb match, of job.Param, sofar Command, plan bool) bool {
	return slices.ContainsFunc(verb.Params, func(s job.Param) bool {
		value := sofar.Args[s.Name]
		if value == "" {
			return s.Name != of.Name && !s.Optional && !(plan && introduces(s))
		}
		text, _ := param(s).wrong(value)
		return text != ""
	})
}

// introduces reports whether the parameter is free text after a keyword: a reason.
func introduces(p job.Param) bool { return p.Word != "" && p.Type == typeRest }

func missing(s job.Spec, p job.Param) Reply {
	what := p.Name
	if p.Help != "" {
		what += " (" + strings.TrimRight(p.Help, ".") + ")"
	}
	text := fmt.Sprintf("`%s` also needs the %s: `%s`.", s.Name, what, Usage(s))
	if len(s.Examples) > 0 {
		text += fmt.Sprintf(" For example `%s`.", s.Examples[0])
	}
	return Reply{Kind: Missing, Topic: s.Name, Text: text}
}

func tooLong() Reply {
	return Reply{Kind: TooLong, Text: fmt.Sprintf("That is too long for a command: I read at most %d characters. Nothing was started.", MaxText)}
}

// Usage is how a command is typed, for help: "force restart <instance> because ...". What may be left out stands in
// square brackets.
func Usage(s job.Spec) string {
	parts := []string{s.Name}
	for _, p := range s.Params {
		shape := "<" + p.Name + ">"
		if p.Word != "" && p.Type == typeRest {
			shape = p.Word + " ..."
		} else if p.Word != "" {
			shape = p.Word + " " + shape
		}
		if p.Optional {
			shape = "[" + shape + "]"
		}
		parts = append(parts, shape)
	}
	return strings.Join(parts, " ")
}

// short keeps what is quoted back to a person within a line.
func short(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}

// or lists forms as a sentence does: "`a`, `b` or `c`".
func or(forms []string) string {
	var b strings.Builder
	for i, f := range forms {
		switch {
		case i > 0 && i == len(forms)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString("`" + f + "`")
	}
	return b.String()
}
