package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Counted are the canonical texts by which a command is held to the rules: its own, and that of the command it also counts
// as (see job.Spec). `promote staging to master` is held to what is written about `deploy master` too. Whoever may give the
// command must be allowed each of them.
func (p *Parser) Counted(name string, args map[string]string) []string {
	texts := []string{p.Canonical(name, args)}
	i := slices.IndexFunc(p.specs, func(f form) bool { return f.Name == name })
	if i < 0 || p.specs[i].CountsAs == "" {
		return texts
	}
	// What was said is put between quotation marks, so that it is read as what it is; a name of the inventory has none.
	filled := map[string]string{}
	for _, s := range p.specs[i].Params {
		filled[s.Name] = p.canonicalThing(s, Plain(strings.ReplaceAll(args[s.Name], `"`, "'")))
		if !ofInventory(s) && filled[s.Name] != "" {
			filled[s.Name] = `"` + filled[s.Name] + `"`
		}
	}
	ws := split(Plain(p.specs[i].CountsAs.Fill(filled, nil)))
	if verb, known := p.verb(ws); known {
		own, _ := verb.arguments(ws)
		return append(texts, p.Canonical(verb.Name, own))
	}
	return texts
}

// CountedText are the same texts for a command as it was typed, or for the name of one alone. What is no command stands for
// itself.
func (p *Parser) CountedText(typed string) []string {
	if slices.ContainsFunc(p.specs, func(f form) bool { return f.Name == typed }) {
		return p.Counted(typed, nil)
	}
	if c, ok := p.Parse(typed, Context{Direct: true, Raw: true}).(Command); ok {
		return p.Counted(c.Name, c.Args)
	}
	return []string{typed}
}

// checkCounts says what keeps commands from counting as others.
func checkCounts(specs []job.Spec) (wrong []error) {
	p := New(specs)
	for _, s := range specs {
		if s.CountsAs == "" {
			continue
		}
		say := func(format string, args ...any) {
			wrong = append(wrong, fmt.Errorf("command %q: "+format, append([]any{s.Name}, args...)...))
		}
		other, known := p.verb(split(Plain(string(s.CountsAs))))
		switch {
		case s.Look:
			say("a look counts as itself alone")
		case !known || other.start != 0:
			say("it counts as %q, which is no command", s.CountsAs)
		case other.CountsAs != "":
			say("it counts as %q, which counts as another command", other.Name)
		}
		for _, name := range s.CountsAs.Names() {
			if !slices.ContainsFunc(s.Params, func(p job.Param) bool { return p.Name == name }) {
				say("it counts as %q, and has no parameter %q", s.CountsAs, name)
			}
		}
	}
	return wrong
}
