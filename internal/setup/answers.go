// Package setup is `pawl init`: six questions, and the files that make a first Pawl of the answers.
//
// Questions (questions.go) says what is asked, why, what is proposed and what is accepted; Ask (ask.go) puts them to a
// person at a terminal. Nothing is written before the last answer. Files (files.go) are pawl.yaml, .env and the manifest
// of the Slack app; Write (write.go) puts those that are not there yet beside each other, all of them or none, and Next
// (next.go) says what to click then, in order.
package setup

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/manifest"
)

// Answers are what the person said, each held to be right.
type Answers struct {
	App    manifest.App
	People []string // "@engineering", "jana@acme.test"; empty: everybody in the workspace
	Ops    string   // "#ops"
	From   string   // [user@]host[:port] of master; empty: later
	File   string   // the database of master on that host
	To     string   // where the toys live; empty: beside master
	Hide   []string // columns with personal data, as table.column; empty: not known yet
	Zone   string   // by its name in the tz database
	Schema []byte   // what editors know pawl.yaml by, written beside it; nil: nothing
}

// Everyone reports whether everybody in the workspace may start things.
func (a Answers) Everyone() bool { return len(a.People) == 0 }

// Toy reports whether there is a toy from the first day.
func (a Answers) Toy() bool { return a.From != "" }

// name is what a line under `people:` is called, and what it stands for.
type name struct{ Name, Is string }

// names makes lines for `people:`: one for each user group, and one for all e-mail addresses.
func (a Answers) names() []name {
	var all []name
	var emails []string
	taken := []string{"everyone"}
	for _, who := range a.People {
		if !strings.HasPrefix(who, "@") {
			emails = append(emails, scalar(who))
			continue
		}
		short := shortName(who, taken)
		taken = append(taken, short)
		all = append(all, name{short, fmt.Sprintf("%q", who)})
	}
	if len(emails) > 0 {
		all = append(all, name{shortName("team", taken), "[" + strings.Join(emails, ", ") + "]"})
	}
	return all
}

// shortName makes of a handle what pawl.yaml takes as a name, and no other has.
func shortName(handle string, taken []string) string {
	short := strings.Trim(regexp.MustCompile(`[^a-z0-9_-]+`).ReplaceAllString(strings.ToLower(handle), "-"), "-_")
	if short == "" || short[0] < 'a' || short[0] > 'z' {
		short = strings.Trim("group-"+short, "-")
	}
	// YAML takes these words for something else than text.
	if slices.Contains([]string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}, short) {
		short += "-group"
	}
	for n, first := 2, short; slices.Contains(taken, short); n++ {
		short = fmt.Sprintf("%s-%d", first, n)
	}
	return short
}

// hostName is what pawl.yaml calls the host of an address: the first part of its name.
func hostName(address, otherwise string, taken ...string) string {
	_, host, found := strings.Cut(address, "@")
	if !found {
		host = address
	}
	host, _, _ = strings.Cut(host, ":")
	first, _, _ := strings.Cut(host, ".")
	if !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(first) {
		first = otherwise
	}
	if slices.Contains(taken, first) {
		first = otherwise
	}
	if slices.Contains(taken, first) {
		first += "-2"
	}
	return first
}
