// Package changes makes of commits and pull requests what people read who are no engineers: what is new, what was mended,
// and what happened behind the scenes.
//
//	changes.go   which of them count, each once
//	kinds.go     which kind each is, and what it is called without the engineers' marks
//	said.go      the headline, and the list
//
// Everything here is pure. Titles come from outside: they are cleaned and cut here.
package changes

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// most is how many changes are looked at: nobody reads more.
const most = 1000

// longest is how many characters of a title are shown.
const longest = 100

// Groups are changes by what they mean to people.
type Groups struct {
	Features []job.Change // what somebody notices
	Fixes    []job.Change // what was wrong
	Behind   []job.Change // what only engineers notice
}

// Of groups changes, each once: two with one id, with one pull request or with one title are one. Merges are left out, and
// so is what was taken back again by another of them. Titles come out as people read them: without marks such as "feat(cart):"
// or "SHOP-12:", on one line, at most 100 characters.
func Of(all []job.Change) Groups {
	var g Groups
	for _, c := range undone(distinct(all[:min(len(all), most)])) {
		switch kind, title := read(c); kind {
		case fix:
			g.Fixes = append(g.Fixes, tidied(c, title))
		case behind:
			g.Behind = append(g.Behind, tidied(c, title))
		default:
			g.Features = append(g.Features, tidied(c, title))
		}
	}
	return g
}

// Count is how many changes there are.
func (g Groups) Count() int { return len(g.Features) + len(g.Fixes) + len(g.Behind) }

// merge is how the title of a commit begins that only joins branches.
var merge = regexp.MustCompile(`^(?i:merge (branch|remote-tracking branch|tag|commit|pull request)|merged in|merging) `)

// distinct leaves out merges and whatever was there before.
func distinct(all []job.Change) (each []job.Change) {
	ids, prs, titles := map[string]bool{}, map[int]bool{}, map[string]bool{}
	for _, c := range all {
		_, title := read(c)
		key := strings.ToLower(title)
		switch {
		case title == "", merge.MatchString(strings.TrimSpace(c.Title)):
			continue
		case c.ID != "" && ids[c.ID], c.PR > 0 && prs[c.PR], titles[key]:
			continue
		}
		ids[c.ID], prs[c.PR], titles[key] = true, true, true
		each = append(each, c)
	}
	return each
}

// reverted is the title of a commit that takes another one back.
var reverted = regexp.MustCompile(`^Revert "(.+)"$`)

// undone leaves out what is there together with what takes it back.
func undone(all []job.Change) (left []job.Change) {
	there, gone := map[string]bool{}, map[string]bool{}
	for _, c := range all {
		there[strings.TrimSpace(c.Title)] = true
	}
	for _, c := range all {
		if m := reverted.FindStringSubmatch(strings.TrimSpace(c.Title)); m != nil {
			// The title that is quoted may still have its number.
			if of := job.NewChange("", "", m[1]).Title; there[of] || there[m[1]] {
				gone[of], gone[m[1]], gone[strings.TrimSpace(c.Title)] = true, true, true
			}
		}
	}
	for _, c := range all {
		if !gone[strings.TrimSpace(c.Title)] {
			left = append(left, c)
		}
	}
	return left
}

// tidied is a change as it is shown.
func tidied(c job.Change, title string) job.Change {
	c.Title, c.Author = title, line(c.Author, longest)
	return c
}

// line is a text on one line, cleaned, at most so many characters.
func line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(board.Clean(s), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}
