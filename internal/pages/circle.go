package pages

// circle notices that a sequence of pages goes in circles, in constant memory: it keeps one page that was seen and moves
// on to the present one whenever the number of steps since then has doubled (Brent, 1980). A circle of n pages is noticed
// at the latest when it was walked about three times, and never is one seen where there is none, except that two hashes of
// 64 bits are the same.
type circle struct {
	kept   uint64
	steps  int
	power  int
	expect int // pages before the next one, if the reading goes on where it stopped
}

// closed takes the next step: after a number of pages, one led to this place. It reports whether that place was seen.
// Whoever goes back, because a page could not be written, begins anew.
func (c *circle) closed(pages int, next uint64) bool {
	if c.power == 0 || pages != c.expect {
		*c = circle{kept: next, power: 1, expect: pages + 1}
		return false
	}
	c.expect++
	if next == c.kept {
		return true
	}
	if c.steps++; c.steps == c.power {
		c.kept, c.steps, c.power = next, 0, c.power*2
	}
	return false
}
