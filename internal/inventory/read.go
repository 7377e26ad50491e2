package inventory

import (
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Reading is what a text means: exactly one thing (Found), one of Several, or nothing.
type Reading struct {
	Found   bool
	Text    string   // when Found: the canonical text; empty stands for everything
	Several []string // texts to choose from, in the order of the file, at most MaxOffers; each leads further when it is read
	More    int      // how many more there are than Several has room for
	Unknown string   // when nothing fits: the words no name contains; empty when all are known and do not go together
	Near    []string // when nothing fits: canonical texts that may have been meant, best first, at most three
}

// MaxOffers is how many things a Reading offers to choose from: as many buttons as a person reads.
const MaxOffers = 5

// Read says what a text means to a parameter of that type, job.TypeInstance, job.TypeEnvironment or job.TypeThings. Words
// may come in any order and case, by any of their names; the app and the environment may be left out where nothing else is
// called so. An instance must be said by name, role or moment, and an environment by its name: that there is only one of
// them names it not.
func (v *Inventory) Read(kind, text string) Reading {
	if v == nil {
		v, _ = New(nil)
	}
	ws := foldWords(text)
	r := v.read(kind, ws)
	switch {
	case r.Found || len(r.Several) > 0:
	case kind == job.TypeEnvironment && len(v.around(ws)) > 0:
		r.Near = distinct(v.around(ws))
	default:
		r.Unknown, r.Near = v.lost(kind, ws)
	}
	return r
}

// around are the environments of the instances that words mean: whoever says an instance where an environment belongs
// means the one it is in.
func (v *Inventory) around(ws []string) (texts []string) {
	for _, s := range v.cuts(ws) {
		for _, t := range v.fitting(job.TypeInstance, s) {
			texts = once(texts, t.with(""))
		}
	}
	return texts
}

// read is Read, without a word about what else may have been meant.
func (v *Inventory) read(kind string, ws []string) Reading {
	var fits []thing
	var last said
	named := true
	for _, s := range v.cuts(ws) {
		for _, t := range v.fitting(kind, s) {
			if !slices.Contains(fits, t) {
				fits = append(fits, t)
			}
		}
		last, named = s, named && s.names(kind)
	}
	if len(fits) == 1 && named {
		return Reading{Found: true, Text: fits[0].String()}
	}
	offers, more := narrow(fits, last.leaf)
	return Reading{Several: offers, More: more}
}

// said is one way to cut a text into names: what was said of each level.
type said struct{ app, environment, leaf string }

// names reports whether enough was said to name something of that type.
func (s said) names(kind string) bool {
	switch kind {
	case job.TypeThings:
		return true
	case job.TypeEnvironment:
		return s.environment != ""
	}
	return s.leaf != ""
}

// as adds a name at a level, which must be free.
func (s said) as(l level, name string) (said, bool) {
	at := &s.leaf
	switch l {
	case levelApp:
		at = &s.app
	case levelEnvironment:
		at = &s.environment
	}
	free := *at == ""
	*at = name
	return s, free
}

// cuts are all the ways to cut words into known names, at most one of each level.
func (v *Inventory) cuts(ws []string) []said {
	var all []said
	var walk func(rest []string, s said)
	walk = func(rest []string, s said) {
		if len(rest) == 0 && !slices.Contains(all, s) {
			all = append(all, s)
		}
		for n := 1; n <= min(len(rest), v.longest); n++ {
			name := strings.Join(rest[:n], " ")
			for _, l := range v.lexicon[name] {
				if next, ok := s.as(l, name); ok {
					walk(rest[n:], next)
				}
			}
		}
	}
	walk(ws, said{})
	return all
}

// fitting are the things that what was said can mean.
func (v *Inventory) fitting(kind string, s said) (fits []thing) {
	switch {
	case s == (said{}) && kind == job.TypeThings:
		return []thing{{}}
	case s.leaf != "" && kind == job.TypeEnvironment:
		return nil
	}
	for _, a := range v.apps {
		if s.app != "" && !called(s.app, a.Name, a.Also) {
			continue
		}
		if s.environment == "" && s.leaf == "" && kind == job.TypeThings {
			fits = append(fits, thing{app: a.Name.Text})
			continue
		}
		for _, e := range a.Environments {
			if s.environment != "" && !called(s.environment, e.Name, e.Also) {
				continue
			}
			at := thing{app: a.Name.Text, environment: e.Name.Text}
			for _, t := range e.fitting(kind, s, at) {
				if !slices.Contains(fits, t) {
					fits = append(fits, t)
				}
			}
		}
	}
	return fits
}

// fitting are the things in one environment.
func (e Environment) fitting(kind string, s said, at thing) (fits []thing) {
	switch {
	case s.leaf == "" && kind != job.TypeInstance:
		return []thing{at}
	case s.leaf == job.Active || s.leaf == job.Inactive:
		if e.takesTurns() {
			return []thing{at.with(s.leaf)}
		}
		return nil
	}
	for _, i := range e.Instances {
		switch {
		case s.leaf == job.RoleCron && i.Job.Role == job.RoleCron && kind == job.TypeThings:
			return []thing{at.scope(s).with(job.RoleCron)}
		case s.leaf == "",
			s.leaf == job.RoleCron && i.Job.Role == job.RoleCron,
			called(s.leaf, i.Name, i.Also):
			fits = append(fits, at.with(i.Name.Text))
		}
	}
	return fits
}

// scope leaves out of a thing what was not said.
func (t thing) scope(s said) thing {
	if s.environment == "" {
		t.environment = ""
		if s.app == "" {
			t.app = ""
		}
	}
	return t
}
