package changes

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

type kind int

const (
	feature kind = iota
	fix
	behind
)

// conventional is how a title begins that follows https://www.conventionalcommits.org: "feat(cart)!: ".
var conventional = regexp.MustCompile(`^([A-Za-z]{2,12})(?:\([^)]{1,40}\))?!?:\s+`)

// ticket is the number of an issue before or in brackets: "SHOP-12: ", "[SHOP-12] ".
var ticket = regexp.MustCompile(`^(?:\[[A-Z][A-Z0-9]{1,9}-\d{1,7}\]|[A-Z][A-Z0-9]{1,9}-\d{1,7}\b)[:\s-]*`)

// read says which kind a change is, and what it is called.
func read(c job.Change) (kind, string) {
	title := line(ticket.ReplaceAllString(strings.TrimSpace(c.Title), ""), 4*longest)
	is := ofWords(title)
	if m := conventional.FindStringSubmatch(title); m != nil {
		if k, known := ofType(strings.ToLower(m[1])); known {
			title = ticket.ReplaceAllString(title[len(m[0]):], "")
			is = k
		}
	}
	if bot(c.Author) {
		is = behind
	}
	return is, line(board.UpperFirst(strings.TrimRight(title, ". ")), longest)
}

// ofType is what a type of https://www.conventionalcommits.org means.
func ofType(name string) (kind, bool) {
	switch name {
	case "feat", "feature", "perf":
		return feature, true
	case "fix", "bugfix", "hotfix", "revert", "security":
		return fix, true
	case "chore", "ci", "build", "test", "tests", "refactor", "style", "docs", "doc", "deps", "dep", "infra", "wip", "release", "lint", "internal", "ops", "tooling", "bench":
		return behind, true
	}
	return feature, false
}

// ofWords is what the first words of a title tell.
func ofWords(title string) kind {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) && r != '-' })
	if len(words) == 0 {
		return behind
	}
	first, second := words[0], ""
	if len(words) > 1 {
		second = words[1]
	}
	switch {
	case slices.Contains([]string{"fix", "fixes", "fixed", "fixing", "repair", "repairs", "correct", "corrects", "prevent", "prevents", "avoid", "avoids", "hotfix", "bugfix", "revert", "reverts", "restore"}, first):
		if slices.Contains([]string{"typo", "typos", "lint", "linter", "tests", "test", "ci", "build", "flaky", "comment", "comments", "docs", "formatting"}, second) {
			return behind
		}
		return fix
	case slices.Contains([]string{
		"bump", "bumps", "upgrade", "upgrades", "refactor", "refactors", "refactoring", "rename", "renames", "cleanup", "tidy", "lint", "typo", "typos", "wip", "format", "reformat",
		"gofmt", "ci", "docs", "doc", "document", "documents", "test", "tests", "release", "version", "vendor", "extract", "inline", "simplify", "rewrite", "deprecate", "merge",
	}, first):
		return behind
	case slices.Contains([]string{"clean up", "update dependency", "update dependencies", "update deps", "remove unused", "remove dead", "add test", "add tests", "add missing", "more tests", "update readme", "update changelog", "address review", "code review", "prepare release"}, first+" "+second):
		return behind
	}
	return feature
}

// bot reports whether a program wrote a change.
func bot(author string) bool {
	name := strings.ToLower(author)
	return strings.HasSuffix(name, "[bot]") || slices.Contains([]string{"dependabot", "renovate", "renovate bot", "github actions", "jenkins"}, name)
}
