package words

import (
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Canonical is the one text of a command: its name, the arguments in the order of its parameters, and after them those
// with a keyword. Reading it again gives the same command. A value that would be read as something else is put in
// quotes, each by itself, so that no argument changes how another is written and slips past a rule. What names a thing is
// put into the words of the inventory. Access rules are compared with this text. The text of a name that no command has is the name.
func (p *Parser) Canonical(name string, args map[string]string) string {
	i := slices.IndexFunc(p.specs, func(f form) bool { return f.Name == name })
	if i < 0 {
		return Plain(name)
	}
	f := p.specs[i]
	parts := []string{f.Name}
	for _, s := range canonicalOrder(f.Params) {
		value, _ := param(s).exactly(p.canonicalThing(s, Plain(args[s.Name])))
		if value == "" {
			continue
		}
		if s.Word != "" {
			parts = append(parts, strings.ToLower(s.Word))
		}
		if !p.readsBack(f, param(s), value) {
			value = strings.ReplaceAll(value, `"`, "'") // quotes do not nest
		}
		if !p.readsBack(f, param(s), value) {
			value = `"` + value + `"`
		}
		parts = append(parts, value)
	}
	return strings.Join(parts, " ")
}

// readsBack reports whether a value can stand without quotes.
func (p *Parser) readsBack(f form, of param, value string) bool {
	ws := split(value)
	if len(ws) == 0 || isCourtesy(ws[len(ws)-1]) {
		return false
	}
	if of.Word == "" {
		if whole, _ := p.verb(split(f.Name + " " + value)); whole.Name != f.Name {
			return false // "toy" and "undo" are not "toy undo"
		}
		if ws[0].bare == helpWord {
			return false
		}
	}
	if of.Type == typeRest && of.Word != "" {
		return !(len(ws) == 1 && ws[0].quoted) && raws(ws) == value
	}
	takesRun := slices.ContainsFunc(f.Params, func(s job.Param) bool { return s.Type == typeRun && s.Word == "" })
	for _, w := range ws {
		_, isKeyword := match{form: f}.keyword(w)
		switch {
		case isKeyword, w.isID() && takesRun && of.Type != typeRun, f.another(of, w),
			f.beside(of) && p.names != nil && (isFiller(w) || match{names: p.names}.part(w)):
			return false
		case of.Type == typeRest:
			if w.value == "" || len(ws) == 1 && w.quoted {
				return false
			}
		case w.quoted || w.raw != w.value || strings.Trim(w.value, marks) != w.value:
			return false
		}
	}
	single := of.Type == typeText || of.Type == typeRun || recognisable(job.Param(of))
	return raws(ws) == value && !(single && len(ws) > 1)
}

// another reports whether a word would be taken for an argument that is recognised by its form, and is not this one.
func (f form) another(of param, w word) bool {
	return of.Word == "" && slices.ContainsFunc(f.Params, func(s job.Param) bool {
		return s.Word == "" && s.Name != of.Name && param(s).fits(w)
	})
}
