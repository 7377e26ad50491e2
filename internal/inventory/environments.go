package inventory

import (
	"maps"
	"slices"

	"github.com/pawl-ops/pawl/internal/near"
)

// Place takes the canonical text of one environment apart: "shop master" is master of shop. ok is false for any other text.
func (v *Inventory) Place(text string) (app, environment string, ok bool) {
	if v == nil {
		return "", "", false
	}
	t, ok := v.byText[text]
	if !ok || !t.isEnvironment() {
		return "", "", false
	}
	return t.app, t.environment, true
}

// Environments are the canonical texts of all environments, in the order of the file: "shop master".
func (v *Inventory) Environments() (texts []string) {
	if v == nil {
		return nil
	}
	for _, t := range v.things {
		if t.isEnvironment() {
			texts = append(texts, t.String())
		}
	}
	return texts
}

// Word reports whether a word is one of those that names are made of, which among other words is taken for one, and
// whether it is so like one that it may be misspelt.
func (v *Inventory) Word(word string) (part, alike bool) {
	if v == nil {
		return false, false
	}
	word = Fold(word)
	if v.words[word] {
		return true, true
	}
	return false, len(near.Nearest(word, slices.Collect(maps.Keys(v.words)))) > 0
}
