package inventory

import "slices"

// narrow turns things into texts to choose from. When they are too many, it offers what narrows them: environments, or
// else apps, always with the part that was said already ("shop blue"). What was offered is read again when it is chosen.
func narrow(things []thing, leaf string) (offers []string, more int) {
	var levels [3][]string
	for _, t := range things {
		levels[0] = once(levels[0], t)
		t.leaf = leaf
		levels[1] = once(levels[1], t)
		t.environment = ""
		levels[2] = once(levels[2], t)
	}
	if len(levels[0]) <= MaxOffers {
		return levels[0], 0
	}
	for _, texts := range levels[1:] {
		if len(texts) > 1 && len(texts) <= MaxOffers {
			return texts, 0
		}
	}
	slices.Reverse(levels[:]) // too many of everything: the widest that still narrows, as far as there is room
	for _, texts := range levels {
		if len(texts) > 1 {
			return texts[:MaxOffers], len(texts) - MaxOffers
		}
	}
	return nil, 0
}

func once(texts []string, t thing) []string {
	if text := t.String(); !slices.Contains(texts, text) {
		return append(texts, text)
	}
	return texts
}
