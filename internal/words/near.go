package words

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/near"
)

// maxNear is how many words of a text are searched for a misspelt command.
const maxNear = 8

// suggest makes whole commands that the person may have meant: the text with a name put in place of the words that
// look like it, or else the name alone.
func (p *Parser) suggest(ws []word, at Context) []string {
	names := append([]string{helpWord, againWord, planWord}, choices()...)
	for _, f := range p.specs {
		if f.Retired == "" {
			names = append(names, f.Name)
		}
	}
	var found, weak []near.Candidate
	for _, name := range names {
		parts := strings.Fields(name)
		for i := range ws[:min(len(ws), maxNear)] {
			for n := max(1, len(parts)-1); n <= len(parts)+1 && i+n <= len(ws); n++ {
				far := near.Distance(bares(ws[i:i+n]), name)
				alike := far <= near.Budget(name)
				part := n == 1 && len(ws[i].bare) > 2 && slices.Contains(parts, ws[i].bare) // "undo" for "toy undo"
				if !alike && !part {
					continue
				}
				switch text, lost, ok := p.instead(ws, i, n, name, at); {
				case ok && alike:
					found = append(found, near.Candidate{Text: text, Far: far + 2*lost})
				case ok:
					weak = append(weak, near.Candidate{Text: text, Far: lost})
				}
			}
		}
	}
	if len(found) == 0 {
		found = weak
	}
	return near.Best(found)
}

// instead puts a name in place of n words. Where that makes no sense it tries the name alone, and says how many words
// were lost.
func (p *Parser) instead(ws []word, i, n int, name string, at Context) (text string, lost int, ok bool) {
	whole := slices.Concat(ws[:i], split(name), ws[i+n:])
	if len(whole) > maxButton/2 {
		whole = nil // so many words fit on no button
	}
	switch r := p.understand("", whole, at).(type) {
	case Command:
		if name != againWord && (name != planWord || r.Plan) {
			text = p.typed(r)
		}
	case Decision, Again:
		text = raws(whole)
	case Reply:
		if r.Kind == Help || r.Kind == Missing || r.Kind == Which {
			text = raws(whole) // empty when there were too many
		}
	}
	if len(fitting(text)) > 0 {
		return text, 0, true
	}
	switch r := p.understand("", split(name), at).(type) {
	case Command:
		return name, len(ws) - n, true
	case Reply:
		return name, len(ws) - n, r.Kind == Help && bares(ws[i:i+n]) != name
	}
	return "", 0, false
}

// fitting keeps the texts that fit on a button.
func fitting(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" || utf8.RuneCountInString(s) > maxButton })
}

// bares joins words for comparing; a quoted one is no part of a name.
func bares(ws []word) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		parts[i] = w.bare
		if w.quoted {
			parts[i] = w.raw
		}
	}
	return strings.Join(parts, " ")
}
