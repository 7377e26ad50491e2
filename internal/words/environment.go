package words

import (
	"maps"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

// An environment may stand beside free text: `deploy master 2024.51`, `deploy 2024.51 master`. Which words are its name the
// inventory knows; the others are for the free text. A version that is called like a thing is put in quotes.

// environment hands out the words that are the name of an environment. texts is how many free texts the rest can fill.
func (m match) environment(ws []word, texts int) (own, rest []word) {
	if m.names == nil {
		return ws, nil
	}
	ws = slices.DeleteFunc(slices.Clone(ws), isFiller)
	if texts == 0 {
		return ws, nil
	}
	mine := make([]bool, len(ws))
	for i, w := range ws {
		mine[i] = m.part(w)
	}
	own, rest = parted(ws, mine)
	if m.means(own).Found {
		return own, rest
	}
	// Something is missing: one of the others may be a misspelt part of it.
	if i := slices.IndexFunc(ws[:min(len(ws), maxNear)], func(w word) bool { return !m.part(w) && m.alike(w) }); i >= 0 {
		mine[i] = true
		return parted(ws, mine)
	}
	// Nothing looks like one. What could be a version is left to the free text, so that it is asked which one is meant.
	if len(own) == 0 && (len(ws) > texts || !strings.ContainsAny(raws(ws), "0123456789")) {
		n := max(1, len(ws)-texts)
		return ws[:min(n, len(ws))], ws[min(n, len(ws)):]
	}
	return own, rest
}

// isFiller reports whether the word only joins others, as people say it: "deploy 2024.51 to master", "lock master of shop".
func isFiller(w word) bool {
	return slices.Contains([]string{"to", "on", "onto", "of", "in"}, w.bare)
}

// part reports whether a word is part of a name. Quotation marks keep it from being taken for one.
func (m match) part(w word) bool {
	if m.names == nil || w.quoted {
		return false
	}
	part, _ := m.names.Word(w.value)
	return part
}

// alike reports whether a word looks like part of a name.
func (m match) alike(w word) bool {
	_, alike := m.names.Word(w.value)
	return alike && !w.quoted
}

func (m match) means(ws []word) inventory.Reading {
	if len(ws) == 0 {
		return inventory.Reading{}
	}
	return m.names.Read(job.TypeEnvironment, param{}.value(ws))
}

// reaches is how many words after a keyword are the name of an environment: as many as mean exactly one; all of them when
// they mean none, so that they are answered as one.
func (m match) reaches(ws []word) int {
	if m.names == nil {
		return len(ws)
	}
	for n := min(len(ws), maxNear); n > 0; n-- {
		if m.means(ws[:n]).Found {
			return n
		}
	}
	return len(ws)
}

func parted(ws []word, mine []bool) (own, rest []word) {
	for i, w := range ws {
		if mine[i] {
			own = append(own, w)
		} else {
			rest = append(rest, w)
		}
	}
	return own, rest
}

// beside reports whether an environment could take words away from a parameter, since both stand without a keyword.
func (f form) beside(of param) bool {
	return of.Type != job.TypeEnvironment && of.Word == "" && slices.ContainsFunc(f.Params, func(s job.Param) bool {
		return s.Word == "" && s.Type == job.TypeEnvironment
	})
}

// unclear reports whether a value that should name an environment does not.
func (p *Parser) unclear(s job.Param, value string) bool {
	return p.names != nil && s.Type == job.TypeEnvironment && value != "" && !p.names.Read(s.Type, value).Found
}

// likely are the arguments of a suggestion about one of them: another environment that nothing is called is the nearest
// there is, or is left to be asked for.
func (p *Parser) likely(verb match, args map[string]string, about job.Param) map[string]string {
	each := maps.Clone(args)
	for _, s := range verb.Params {
		if s.Name == about.Name || !p.unclear(s, args[s.Name]) {
			continue
		}
		switch r := p.names.Read(s.Type, args[s.Name]); {
		case len(r.Several) > 0:
		case len(r.Near) > 0:
			each[s.Name] = r.Near[0]
		default:
			delete(each, s.Name)
		}
	}
	return each
}

// neighbours narrows the environments that were meant: those a command names are of one app, and are not the same twice.
func (p *Parser) neighbours(verb match, args map[string]string, s job.Param, r inventory.Reading) inventory.Reading {
	if s.Type != job.TypeEnvironment || r.Found || r.More > 0 {
		return r
	}
	for _, other := range verb.Params {
		if other.Name == s.Name || other.Type != job.TypeEnvironment || args[other.Name] == "" {
			continue
		}
		beside := p.names.Read(other.Type, args[other.Name])
		app, _, ok := p.names.Place(beside.Text)
		if !beside.Found || !ok {
			continue
		}
		same := func(text string) bool {
			a, _, ok := p.names.Place(text)
			return ok && a == app && text != beside.Text
		}
		if few := slices.DeleteFunc(slices.Clone(r.Several), func(text string) bool { return !same(text) }); len(few) > 0 {
			r.Several = few
		}
	}
	if len(r.Several) != 1 || args[s.Name] == "" {
		return r
	}
	// One is left. It counts as said when its name was, and only the app was not.
	if app, _, ok := p.names.Place(r.Several[0]); ok {
		if said := p.names.Read(s.Type, app+" "+args[s.Name]); said.Found && said.Text == r.Several[0] {
			return said
		}
	}
	return r
}
