// Package near finds what a mistyped word was probably meant to be.
package near

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// most is how many suggestions are given: more is no help.
const most = 3

// Candidate is something that may have been meant, and how far it is from what was typed.
type Candidate struct {
	Text string
	Far  int
}

// Best returns the nearest candidates, nearest first, each once, at most three.
func Best(found []Candidate) []string {
	slices.SortFunc(found, func(a, b Candidate) int { return cmp.Or(a.Far-b.Far, strings.Compare(a.Text, b.Text)) })
	var best []string
	for _, c := range found {
		if len(best) < most && !slices.Contains(best, c.Text) {
			best = append(best, c.Text)
		}
	}
	return best
}

// Nearest returns those of the names that are so near to a mistyped word that it is probably one of them, best first,
// at most three. Two letters swapped count as one mistake.
func Nearest(typed string, names []string) []string {
	var found []Candidate
	for _, n := range names {
		if d := Distance(strings.ToLower(typed), strings.ToLower(n)); d <= Budget(n) {
			found = append(found, Candidate{n, d})
		}
	}
	return Best(found)
}

// Budget is how many mistakes a name forgives.
func Budget(name string) int {
	switch n := utf8.RuneCountInString(name); {
	case n <= 2:
		return 0
	case n <= 4:
		return 1
	case n <= 8:
		return 2
	default:
		return 3
	}
}

// Distance is the number of mistakes between two words: letters added, lost, replaced, or swapped with their neighbour
// (optimal string alignment). Words longer than any name count as far away, which bounds the work.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	const far = 64
	if len(x) > far || len(y) > far {
		return far
	}
	rows := [3][]int{make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)}
	before, above, row := rows[0], rows[1], rows[2]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := above[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			row[j] = min(change, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(y)]
}
