package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// firstBuild is the number of the first build of shop/build that Jenkins still has. Build n of master is version
// 2024.(n - ahead).
const (
	firstBuild = 414
	ahead      = 365
)

// shopVersion is what a build works out for itself: its version, where nobody said one. A build of a branch or of a pull
// request has that in it.
func shopVersion(number int, param func(string) string) map[string]string {
	version := param("VERSION")
	if version == "" {
		version = "2024." + strconv.Itoa(number-ahead)
		switch branch, pr := param("BRANCH"), param("PR"); {
		case pr != "":
			version += "-pr-" + plainName(pr)
		case branch != "" && branch != "master":
			version += "-" + plainName(branch)
		}
	}
	return map[string]string{"VERSION": version}
}

// plainName makes of the name of a branch what may be part of a version: feature/x is feature-x.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, name)
}

// shopChanges are the changes of a build that is not of the past: of a branch or a pull request its own, else a few of those
// that always come.
func shopChanges(number int, value func(string) string) []jenkins.Change {
	if pr := value("PR"); pr != "" {
		return changes(number, "alice", "Gift cards (#"+plainName(pr)+")")
	}
	if branch := value("BRANCH"); branch != "" && branch != "master" {
		return changes(number, "alice", "Work on "+branch)
	}
	all := [][]string{
		{"eve", "Show the delivery day in the cart", "bob", "Fix the sorting of search results (#415)"},
		{"carol", "Shorter checkout", "eve", "Update the libraries", "bob", "Fix a typo in the invoice mail (#417)"},
		{"alice", "Remember what was looked at last"},
		{"bob", "Fix the time zone of the digest (#421)", "carol", "Less memory for the search index"},
	}
	return changes(number, all[number%len(all)]...)
}

// shopHistory are the builds of before. Between 2024.50 and 2024.52 there are seven changes.
func shopHistory() []jenkins.Past {
	const day = 24 * time.Hour
	past := func(version, by string, ago time.Duration, what ...string) jenkins.Past {
		n, err := strconv.Atoi(strings.TrimPrefix(version, "2024."))
		if err != nil {
			panic(err) // a typing mistake below
		}
		return jenkins.Past{Params: map[string]string{"VERSION": version}, By: by, Ago: ago, Changes: changes(n+ahead, what...)}
	}
	return []jenkins.Past{
		past("2024.49", "carol", 9*day, "bob", "Fix the VAT of gift wrapping (#398)", "eve", "Smaller pictures on the front page"),
		past("2024.50", "eve", 5*day, "carol", "Sign in with a passkey (#401)", "bob", "Fix the footer on phones (#405)"),
		past("2024.51", "eve", 2*day, "eve", "Faster search", "bob", "Fix rounding in the cart (#412)", "carol", "Fix the search on old phones (#409)",
			"bob", "Fix a crash when a voucher has no date (#410)"),
		past("2024.52", "carol", 3*time.Hour, "carol", "New invoice PDF", "eve", "Fix slow pages after midnight (#413)", "bob", "Fix the order of countries (#408)"),
	}
}

// changes are commits: authors and messages in turn, the newest first.
func changes(build int, what ...string) (all []jenkins.Change) {
	for i := 0; i+1 < len(what); i += 2 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", build, what[i+1]))
		all = append(all, jenkins.Change{ID: hex.EncodeToString(sum[:20]), Author: what[i], Message: what[i+1]})
	}
	return all
}
