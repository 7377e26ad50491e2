package job

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Limits of a change, in characters. What is longer was written for a machine.
const (
	longestID     = 64
	longestAuthor = 80
	longestTitle  = 200
)

// NewChange is a commit as people know it. The message is the whole one, of which the first line is the title. Where it is
// how a forge writes a merged pull request, the number is taken from it, and the title is what the request is about:
//
//	Faster search (#12)                                     GitHub, squashed
//	Merge pull request #12 from acme/search\n\nFaster search   GitHub
//	Merged in search (pull request #12)\n\nFaster search       Bitbucket
//	Merge branch 'search' into 'main'\n\nFaster search\n\nSee merge request acme/shop!12   GitLab
//
// It comes from outside: all of it is cut, and characters that do not show are taken out.
func NewChange(id, author, message string) Change {
	const most = 64 << 10
	if len(message) > most {
		message = message[:most]
	}
	var lines []string
	for line := range strings.Lines(message) {
		if line = oneLine(line, longestTitle); line != "" {
			lines = append(lines, line)
		}
	}
	c := Change{ID: oneLine(id, longestID), Author: oneLine(author, longestAuthor)}
	if len(lines) == 0 {
		return c
	}
	c.Title = lines[0]
	about := "" // of a merge: what it is about
	if len(lines) > 1 {
		about = lines[1]
	}
	if m := regexp.MustCompile(`^(.+?)\s*\(#(\d{1,9})\)$`).FindStringSubmatch(c.Title); m != nil {
		c.Title, c.PR = m[1], number(m[2])
		return c
	}
	for _, merge := range []*regexp.Regexp{
		regexp.MustCompile(`^Merge pull request #(\d{1,9}) from \S+?(?:: (.+))?$`),
		regexp.MustCompile(`^Merged in \S+ \(pull request #(\d{1,9})\)(?:: (.+))?$`),
	} {
		if m := merge.FindStringSubmatch(c.Title); m != nil {
			c.PR = number(m[1])
			c.Title = first(m[2], about, c.Title)
			return c
		}
	}
	if strings.HasPrefix(c.Title, "Merge branch ") {
		if m := regexp.MustCompile(`^See merge request \S*!(\d{1,9})$`).FindStringSubmatch(lines[len(lines)-1]); m != nil {
			c.PR = number(m[1])
			if len(lines) > 2 {
				c.Title = about
			}
		}
	}
	return c
}

// oneLine is a text without what does not show, at most so many characters.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r)
	}), " ")
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// ReadChange reads a line in which a script tells a change: "pawl: change ID<TAB>AUTHOR<TAB>TITLE". The author may be empty.
// ok is false for any other line.
func ReadChange(line string) (c Change, ok bool) {
	rest, ok := strings.CutPrefix(line, "pawl:")
	if !ok {
		return Change{}, false
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(rest), "change ")
	id, rest, tab := strings.Cut(rest, "\t")
	author, title, tab2 := strings.Cut(rest, "\t")
	if !ok || !tab || !tab2 {
		return Change{}, false
	}
	c = NewChange(id, author, title)
	return c, c.ID != "" && c.Title != ""
}
