package sandbox

import (
	"slices"
	"strings"
)

// illness is a fault F of a part of the world as the panel sets it, and how it is said.
type illness[F any] struct {
	fault             F
	label, word, help string
	down              bool // it is of no use at all
}

// drawer holds everything that can be wrong with a part of the world.
type drawer[F any] struct {
	all  []illness[F]
	kind func(F) string // the name of a fault: it is set at most once
	set  func() []F     // the faults that are set
	ail  func(F) error
	heal func(kind string) int // how many it took away
}

// isSet reports whether a fault is set, maybe with other numbers, which somebody chose.
func (d drawer[F]) isSet(kind string) bool {
	return slices.ContainsFunc(d.set(), func(f F) bool { return d.kind(f) == kind })
}

// show adds the switches to a thing, and what those that are on make of it.
func (d drawer[F]) show(t *Thing) {
	var words []string
	for _, i := range d.all {
		kind := d.kind(i.fault)
		on := d.isSet(kind)
		t.Switches = append(t.Switches, Switch{ID: kind, Label: i.label, On: on, Danger: true, Help: i.help})
		switch {
		case !on:
			continue
		case i.down:
			t.State = StateDown
		case t.State == StateOK:
			t.State = StateStarting
		}
		words = append(words, i.word)
	}
	if len(words) > 0 {
		t.Word = strings.Join(words, ", ")
	}
}

// flip makes something wrong, or right again.
func (d drawer[F]) flip(kind string, on bool) error {
	i := slices.IndexFunc(d.all, func(i illness[F]) bool { return d.kind(i.fault) == kind })
	switch {
	case i < 0:
		return ErrNoSwitch
	case !on:
		d.heal(kind)
		return nil
	case d.isSet(kind):
		return nil
	}
	return d.ail(d.all[i].fault)
}
