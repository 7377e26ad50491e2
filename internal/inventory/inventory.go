// Package inventory knows what things are called: the apps of pawl.yaml, the environments each of them runs in, and the
// instances there.
//
// The tour: names.go brings every way to write a name to one form, emoji included; clash.go finds names that could mean
// two things, when pawl.yaml is read; read.go turns what was typed into the one thing it means, or into the few it may
// mean (offer.go), or into what else it may have been (lost.go); touch.go tells which names speak of the same instances.
//
// A thing has one canonical text: its app, environment and instance, "shop master blue", of which the end may be left
// out for everything below. Instead of an instance it may end with a role ("shop master cron") or with what an instance
// does at this moment ("shop master inactive"), which stays as it was said: only the world knows the answer.
//
// Everything here is pure. An Inventory does not change and is safe for concurrent use; a nil one has no apps.
package inventory

import (
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Name is one of the ways to call a thing, and where pawl.yaml says so.
type Name struct {
	Text   string // as it is typed, in lower case: "roi hunter", ":sunny:"
	Line   int
	Column int
}

// App is an application.
type App struct {
	Name         Name
	Also         []Name
	Build        Build
	Environments []Environment
}

// Build says where new versions of an app come from.
type Build struct {
	Text    string // as it stands in pawl.yaml, when it is only a text
	Jenkins string // the job that builds it
}

// Environment is a place an app runs in: staging, master.
type Environment struct {
	Name      Name
	Also      []Name
	Instances []Instance
}

// Instance is one running copy, with its names.
type Instance struct {
	Name Name
	Also []Name // its icon among them
	Job  job.Instance
}

// Inventory is all the apps, and an index of their names.
type Inventory struct {
	apps    []App
	all     []job.Instance
	lexicon map[string][]level // what each name may be
	longest int                // the most words a name has
	things  []thing            // everything that has a canonical text, in the order of the file
	byText  map[string]thing
	words   map[string]bool // all words of all names
}

// New makes an inventory of apps, in the order of the file. The names must be in the form of Fold. What is wrong with
// them is returned beside it; a text that could mean two things is then answered as one that fits several.
func New(apps []App) (*Inventory, []Mistake) {
	v := &Inventory{apps: apps, lexicon: map[string][]level{}, byText: map[string]thing{}, words: map[string]bool{}}
	for _, a := range apps {
		v.index(a)
	}
	return v, v.clashes()
}

// index adds an app to what can be found.
func (v *Inventory) index(a App) {
	v.call(levelApp, a.Name, a.Also)
	v.add(thing{app: a.Name.Text})
	crons := false
	for _, e := range a.Environments {
		v.call(levelEnvironment, e.Name, e.Also)
		at := thing{app: a.Name.Text, environment: e.Name.Text}
		v.add(at)
		cron := false
		for _, i := range e.Instances {
			v.call(levelLeaf, i.Name, i.Also)
			v.all = append(v.all, i.Job)
			v.add(at.with(i.Name.Text))
			cron = cron || i.Job.Role == job.RoleCron
		}
		if e.takesTurns() {
			v.add(at.with(job.Active))
			v.add(at.with(job.Inactive))
		}
		if cron {
			v.add(at.with(job.RoleCron))
		}
		crons = crons || cron
	}
	if crons {
		v.add(thing{app: a.Name.Text, leaf: job.RoleCron})
		v.add(thing{leaf: job.RoleCron})
	}
}

// call puts names into the lexicon.
func (v *Inventory) call(l level, name Name, also []Name) {
	v.learn(l, name.Text)
	for _, n := range also {
		v.learn(l, n.Text)
	}
}

func (v *Inventory) learn(l level, name string) {
	if !slices.Contains(v.lexicon[name], l) {
		v.lexicon[name] = append(v.lexicon[name], l)
	}
	v.longest = max(v.longest, len(strings.Fields(name)))
	for _, w := range strings.Fields(name) {
		v.words[w] = true
	}
}

// add records a thing, once.
func (v *Inventory) add(t thing) {
	text := t.String()
	if _, twice := v.byText[text]; twice {
		return
	}
	v.byText[text] = t
	v.things = append(v.things, t)
	if t.leaf == job.RoleCron || t.leaf == job.Active || t.leaf == job.Inactive {
		v.learn(levelLeaf, t.leaf)
	}
}

// Apps are the apps, in the order of the file.
func (v *Inventory) Apps() []App {
	if v == nil {
		return nil
	}
	return slices.Clone(v.apps)
}

// Instances are the instances of all apps, in the order of the file.
func (v *Inventory) Instances() []job.Instance { return v.Under("") }

// Under gives the instances a canonical text speaks of: of "shop master" all that are there, of "cron" those with that
// role, of "shop master active" every one that may be it. The empty text is everything; an unknown one nothing.
func (v *Inventory) Under(text string) []job.Instance {
	if v == nil {
		return nil
	}
	t, ok := v.byText[text]
	if !ok && text != "" {
		return nil
	}
	var found []job.Instance
	for _, i := range v.all {
		if t.holds(i) {
			found = append(found, i)
		}
	}
	return found
}

// Instance finds an instance by its canonical text: "shop master blue". What is called by its role or by what it does at
// the moment is not found: see Environment.
func (v *Inventory) Instance(text string) (job.Instance, bool) {
	if v == nil {
		return job.Instance{}, false
	}
	i := slices.IndexFunc(v.all, func(i job.Instance) bool { return i.String() == text })
	if i < 0 {
		return job.Instance{}, false
	}
	return v.all[i], true
}

// Environment gives the instances of an app in an environment, in the order of the file.
func (v *Inventory) Environment(app, environment string) []job.Instance {
	return v.Under(thing{app: app, environment: environment}.String())
}

// takesTurns reports whether something decides which of the instances here is active.
func (e Environment) takesTurns() bool {
	return slices.ContainsFunc(e.Instances, func(i Instance) bool { return turns(i.Job) })
}

// turns reports whether an instance is active or inactive, depending on the moment.
func turns(i job.Instance) bool { return i.Serves() && !i.Traffic.Zero() }
