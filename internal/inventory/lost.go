package inventory

import (
	"maps"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/near"
	"github.com/pawl-ops/pawl/job"
)

// maxLost is how many words are searched for what may have been meant; maxNear how many texts are offered.
const (
	maxLost = 12
	maxNear = 3
)

// lost says of words that mean nothing which of them are in no name, and what may have been meant.
func (v *Inventory) lost(kind string, ws []string) (unknown string, meant []string) {
	known := v.known(ws)
	var strange, rest []string
	for i, w := range ws {
		if known[i] {
			rest = append(rest, w)
		} else {
			strange = append(strange, w)
		}
	}
	unknown = strings.Join(strange, " ")
	if len(ws) > maxLost {
		return unknown, nil
	}
	switch {
	case len(strange) > 0:
		meant = v.misspelt(kind, ws, known)
		if len(meant) == 0 && len(rest) > 0 {
			meant = v.texts(kind, rest)
		}
	default: // one too many
		for i := len(ws) - 1; i >= 0; i-- {
			meant = append(meant, v.texts(kind, slices.Concat(ws[:i], ws[i+1:]))...)
		}
	}
	return unknown, distinct(meant)
}

// known marks the words that are part of a name.
func (v *Inventory) known(ws []string) []bool {
	marks := make([]bool, len(ws))
	for i := range ws {
		for n := 1; n <= min(len(ws)-i, v.longest); n++ {
			if _, ok := v.lexicon[strings.Join(ws[i:i+n], " ")]; ok {
				for j := i; j < i+n; j++ {
					marks[j] = true
				}
			}
		}
	}
	return marks
}

// misspelt puts the nearest names in place of unknown words.
func (v *Inventory) misspelt(kind string, ws []string, known []bool) (meant []string) {
	names := slices.Sorted(maps.Keys(v.lexicon))
	for i := range ws {
		for n := 1; n <= min(len(ws)-i, v.longest+1); n++ {
			if slices.Contains(known[i:i+n], true) {
				break
			}
			for _, name := range near.Nearest(strings.Join(ws[i:i+n], " "), names) {
				meant = append(meant, v.texts(kind, slices.Concat(ws[:i], strings.Fields(name), ws[i+n:]))...)
			}
		}
	}
	return meant
}

// texts is what words mean, as far as they mean anything in particular.
func (v *Inventory) texts(kind string, ws []string) []string {
	if len(ws) == 0 {
		return nil
	}
	r := v.read(kind, ws)
	switch {
	case r.Found:
		return []string{r.Text}
	case len(r.Several) == 0 && kind == job.TypeEnvironment:
		return v.around(ws)
	}
	return r.Several
}

func distinct(texts []string) (each []string) {
	for _, t := range texts {
		if t != "" && len(each) < maxNear && !slices.Contains(each, t) {
			each = append(each, t)
		}
	}
	return each
}
