package words

import (
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Types of parameters that this package knows. Any other type is a name from the inventory, which may have several
// words in any order ("master blue"): it takes what is left, and the inventory reads it.
const (
	typeText = "text"
	typeRest = "rest"
	typeRun  = "run"
)

// match is a command found in a text.
type match struct {
	form
	start int   // index of the first word of its name
	names Names // nil: nobody knows what things are called
}

// verb finds the command that begins first; of several that begin there, the one with the longest name.
func (p *Parser) verb(ws []word) (match, bool) {
	for i := range ws {
		for _, f := range p.specs {
			if startsWith(ws[i:], f.name) {
				return match{f, i, p.names}, true
			}
		}
	}
	return match{}, false
}

// arguments hands out the words around the name to the parameters, and returns those nobody takes. A keyword that was
// said without anything after it leaves an empty argument.
func (m match) arguments(ws []word) (args map[string]string, extra []word) {
	args = map[string]string{}
	loose := m.keywords(ws[:m.start], args)
	loose = append(loose, m.keywords(ws[m.start+len(m.name):], args)...)
	loose = slices.DeleteFunc(loose, func(w word) bool { return w.value == "" })
	return args, m.positional(loose, args)
}

// keywords takes the parameters that are introduced by a word, and returns the words that are not part of one. The
// stretches before and after the verb are read apart, so that a reason never swallows the command.
func (m match) keywords(ws []word, args map[string]string) (loose []word) {
	for len(ws) > 0 {
		p, ok := m.keyword(ws[0])
		if _, twice := args[p.Name]; !ok || twice {
			loose = append(loose, ws[0])
			ws = ws[1:]
			continue
		}
		ws = ws[1:]
		n := len(ws)
		switch p.Type {
		case typeText, typeRun, job.TypeChoice, job.TypeNumber:
			n = min(n, 1)
		case typeRest:
		default:
			if next := slices.IndexFunc(ws, func(w word) bool { _, ok := m.keyword(w); return ok }); next >= 0 {
				n = next
			}
			if p.Type == job.TypeEnvironment {
				n = m.reaches(ws[:n])
			}
		}
		args[p.Name] = p.value(ws[:n])
		ws = ws[n:]
	}
	return loose
}

func (m match) keyword(w word) (param, bool) {
	for _, p := range m.Params {
		if p.Word != "" && w.bare == strings.ToLower(p.Word) {
			return param(p), true
		}
	}
	return param{}, false
}

// positional hands words to the parameters without a keyword, in their order; ids of runs, choices and numbers are
// recognised by their form.
func (m match) positional(ws []word, args map[string]string) (extra []word) {
	ws = m.recognised(ws, args)
	var open []param
	for _, p := range m.Params {
		switch {
		case p.Word != "" || recognisable(p):
		case p.Type == typeRun:
			if i := slices.IndexFunc(ws, word.isID); i >= 0 {
				args[p.Name] = param(p).value(ws[i : i+1])
				ws = slices.Delete(slices.Clone(ws), i, i+1)
			}
		default:
			open = append(open, param(p))
		}
	}
	for i, p := range open {
		n := len(ws)
		switch p.Type {
		case job.TypeEnvironment:
			var own []word
			own, ws = m.environment(ws, texts(open[i+1:]))
			if len(own) > 0 {
				args[p.Name] = p.value(own)
			}
			continue
		case typeText:
			n = min(n, 1)
		case typeRest:
		default: // leaves a word for each parameter after it that must have one
			for _, later := range open[i+1:] {
				if later.Type == typeText && !later.Optional {
					n--
				}
			}
			n = max(n, 0)
		}
		if n > 0 {
			args[p.Name] = p.value(ws[:n])
			ws = ws[n:]
		}
	}
	return m.leftOver(ws, args)
}

// texts is how many words free texts can take.
func texts(params []param) (n int) {
	for _, p := range params {
		if p.Type == typeText {
			n++
		}
	}
	return n
}

type param job.Param

// value is the argument these words make: free text as it stood, anything else without what surrounds the words.
func (p param) value(ws []word) string {
	switch {
	case p.Type == typeRest && len(ws) != 1, p.Type == typeRest && !ws[0].quoted:
		return raws(ws)
	case p.Type == typeRun && len(ws) == 1:
		id, _ := runID(ws[0].value)
		return id
	}
	values := make([]string, len(ws))
	for i, w := range ws {
		values[i] = w.value
	}
	return strings.TrimSpace(strings.Join(values, " "))
}

func (w word) isID() bool {
	_, ok := runID(w.value)
	return ok && !w.quoted
}

// runID reads a run's id as people type it: in any case, and with the letters that Crockford's base32 leaves out taken
// for the digits they look like. It returns the word itself when it is none.
func runID(typed string) (string, bool) {
	id := strings.ToLower(typed)
	if job.LooksLikeID(id) {
		return id, true
	}
	verb, code, found := strings.Cut(id, "-")
	if !found {
		return typed, false
	}
	id = verb + "-" + strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(code)
	if job.LooksLikeID(id) {
		return id, true
	}
	return typed, false
}
