package inventory

import (
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Touch is another text that speaks of some of the instances a text speaks of.
type Touch struct {
	Text   string // canonical; empty stands for everything
	Single bool   // nothing narrower can be said, so that anything may follow
	Partly bool   // it may also mean instances the other text does not speak of
}

// Touching gives every other text that a command with a parameter of that type may have instead of the given one and
// that may mean one of the same instances. Those that begin with the given text are not among them. A rule about blue
// must know that `inactive` may be blue, and that everything contains it.
func (v *Inventory) Touching(kind, text string) []Touch {
	if v == nil {
		return nil
	}
	t, ok := v.byText[text]
	if !ok {
		return nil
	}
	var all []Touch
	for _, u := range append([]thing{{}}, v.things...) {
		other := u.String()
		switch {
		case kind == job.TypeInstance && !u.single(), kind == job.TypeEnvironment && !u.isEnvironment():
			continue
		case other == text, strings.HasPrefix(other, text+" "), !v.overlap(t, u):
			continue
		}
		single := u.single() || kind == job.TypeEnvironment
		all = append(all, Touch{Text: other, Single: single, Partly: t.leaf != job.RoleCron || !v.within(u, t)})
	}
	return all
}

func (v *Inventory) overlap(t, u thing) bool {
	for _, i := range v.all {
		if t.holds(i) && u.holds(i) {
			return true
		}
	}
	return false
}

// within reports whether t holds everything that u does.
func (v *Inventory) within(u, t thing) bool {
	for _, i := range v.all {
		if u.holds(i) && !t.holds(i) {
			return false
		}
	}
	return true
}
