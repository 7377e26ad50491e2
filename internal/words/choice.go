package words

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/job"
)

// Arguments of job.TypeChoice and job.TypeNumber are known by what was typed, so they may stand anywhere among the words.
// A word that is none of what is accepted is answered with what is, and one that was not said is asked for with buttons.

// maxChoices is how many buttons a question has.
const maxChoices = 5

func recognisable(s job.Param) bool { return s.Type == job.TypeChoice || s.Type == job.TypeNumber }

// fits reports whether a word can only be meant for the parameter. Quotation marks keep a word from being recognised.
func (p param) fits(w word) bool {
	if w.quoted || !recognisable(job.Param(p)) {
		return false
	}
	_, ok := p.exactly(w.value)
	return ok
}

// exactly is a value as it is compared and handed on: a choice as it was declared, a number in plain digits.
func (p param) exactly(value string) (string, bool) {
	switch p.Type {
	case job.TypeChoice:
		i := slices.IndexFunc(p.OneOf, func(one string) bool { return strings.EqualFold(one, value) })
		if i < 0 {
			return value, false
		}
		return p.OneOf[i], true
	case job.TypeNumber:
		if !regexp.MustCompile(`^[-+]?[0-9]{1,18}$`).MatchString(value) {
			return value, false
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return value, false
		}
		return strconv.FormatInt(n, 10), true
	}
	return value, true
}

// wrong says why a value is not accepted, and gives the values that may have been meant.
func (p param) wrong(value string) (text string, meant []string) {
	exact, ok := p.exactly(value)
	switch {
	case ok && (p.Type != job.TypeNumber || p.Range == nil):
		return "", nil
	case p.Type == job.TypeChoice:
		return fmt.Sprintf("`%s` cannot be the %s: it is %s.", short(value), p.Name, or(p.OneOf)), near.Nearest(value, p.OneOf)
	case ok:
		if n, err := strconv.ParseInt(exact, 10, 64); err == nil && p.Range.From <= n && n <= p.Range.To {
			return "", nil
		}
	}
	if p.Range == nil {
		return fmt.Sprintf("`%s` cannot be the %s: it is a whole number.", short(value), p.Name), nil
	}
	return fmt.Sprintf("`%s` cannot be the %s: it is a whole number from %d to %d.", short(value), p.Name, p.Range.From, p.Range.To), nil
}

// recognised hands out the words that can only be meant for one parameter. Then, where more words are left than free texts
// could take, what stands first was meant for a parameter that must be said: it is wrong, and is answered so.
func (m match) recognised(ws []word, args map[string]string) []word {
	take := func(s job.Param, i int) {
		args[s.Name] = param(s).value(ws[i : i+1])
		if exact, ok := param(s).exactly(args[s.Name]); ok {
			args[s.Name] = exact
		}
		ws = slices.Delete(slices.Clone(ws), i, i+1)
	}
	var open []job.Param
	texts, endless := 0, false
	for _, s := range m.Params {
		_, given := args[s.Name]
		switch {
		case s.Word != "" || given:
		case recognisable(s):
			if i := slices.IndexFunc(ws, param(s).fits); i >= 0 {
				take(s, i)
			} else if !s.Optional {
				open = append(open, s)
			}
		case s.Type == typeText:
			texts++
		case s.Type != typeRun:
			endless = true
		}
	}
	for _, s := range open {
		near := func(w word) bool { return !w.quoted && len(near.Nearest(w.value, s.OneOf)) > 0 }
		switch i := slices.IndexFunc(ws[:min(len(ws), maxNear)], near); {
		case i >= 0:
			take(s, i)
		case !endless && len(ws) > texts:
			take(s, 0)
		}
	}
	return ws
}

// leftOver hands what nobody took to the parameters that recognise their words and have none: to be answered with what is
// accepted.
func (m match) leftOver(ws []word, args map[string]string) []word {
	for _, s := range m.Params {
		if _, given := args[s.Name]; !given && len(ws) > 0 && s.Word == "" && recognisable(s) {
			args[s.Name] = param(s).value(ws[:1])
			ws = ws[1:]
		}
	}
	return ws
}

// filled puts in what a parameter is when it was not said.
func (m match) filled(args map[string]string) {
	for _, s := range m.Params {
		if _, said := args[s.Name]; !said && s.Default != "" {
			args[s.Name] = s.Default
		}
	}
}

// chosen holds the value of a parameter to what is accepted, and asks for a choice that was not made.
func (p *Parser) chosen(verb match, args map[string]string, s job.Param) (Reply, bool) {
	value, said := args[s.Name]
	switch {
	case !recognisable(s):
	case value != "":
		text, meant := param(s).wrong(value)
		if text == "" {
			args[s.Name], _ = param(s).exactly(value)
			return Reply{}, false
		}
		return Reply{Kind: NotThere, Topic: verb.Name, Text: text, Suggest: fitting(p.with(verb, args, s, meant)...)}, true
	case s.Type == job.TypeChoice && (said || !s.Optional):
		r := Reply{Kind: Which, Topic: verb.Name, Text: fmt.Sprintf("Which %s?", s.Name)}
		r.Suggest = p.with(verb, args, s, s.OneOf[:min(len(s.OneOf), maxChoices)])
		if more := s.OneOf[len(r.Suggest):]; len(more) > 0 {
			r.Text += fmt.Sprintf(" It may also be %s; type it.", or(more))
		}
		r.Suggest = slices.DeleteFunc(r.Suggest, func(text string) bool { return len(text) > maxOffer })
		return r, true
	}
	return Reply{}, false
}

// Choice reports whether a value of a parameter can be typed as it stands, right behind the name of its command, and is
// not read as something else there.
func (p *Parser) Choice(name string, s job.Param, value string) bool {
	i := slices.IndexFunc(p.specs, func(f form) bool { return f.Name == name })
	if i < 0 || Plain(value) != value {
		return false
	}
	ws := split(value)
	if len(ws) != 1 || isOwn(ws[0]) || isGreeting(ws[0]) || ws[0].bare == becauseWord {
		return false
	}
	return p.readsBack(p.specs[i], param(s), value)
}
