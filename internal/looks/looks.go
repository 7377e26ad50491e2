// Package looks has the commands that only look: they answer at once, from the ledger and the world, change nothing
// and never speak to the engine, so that they work while it is down. One file is one look.
package looks

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Look is a read-only command: what may be typed, and the answer. An error means that nothing could be looked up.
type Look struct {
	Spec   job.Spec
	Answer func(context.Context, Request) (board.Message, error)
}

// Request is a question somebody asked.
type Request struct {
	Command job.Command
	Now     time.Time
}

// Specs is the face of every look in this package.
func Specs() []job.Spec {
	return slices.Concat(
		[]job.Spec{statusSpec(), healthSpec(), tasksSpec(), syncSpec(), lastSyncSpec(), syncHistorySpec(), helpSpec(), runsSpec(), schedulesSpec(), excuseSpec()},
		deploySpecs(),
	)
}

// A phone shows about this much of a thread without scrolling, with Slack's own lines above and below.
const (
	phoneRows    = 18
	phoneColumns = 44
)

// rows is how many rows of a phone's screen the lines take.
func rows(lines ...string) (n int) {
	for _, l := range lines {
		n += 1 + max(0, utf8.RuneCountInString(board.PlainText(l))-1)/phoneColumns
	}
	return n
}

// code quotes words that are typed or that somebody typed.
func code(s string) string {
	return "`" + strings.Join(strings.Fields(board.Clean(strings.ReplaceAll(s, "`", "'"))), " ") + "`"
}

// icon is the emoji an instance is known by, and the space after it; nothing when it has none. Its name always follows:
// a colour alone says nothing to many.
func icon(i job.Instance) string {
	name := strings.Trim(i.Icon, ":")
	if name == "" {
		return ""
	}
	return board.Emoji(name) + " "
}

// bold makes text stand out; stars in it would end it too early.
func bold(s string) string { return "*" + strings.ReplaceAll(s, "*", "") + "*" }

// sentenceShown is how many characters of an outside sentence are shown.
const sentenceShown = 160

// shortened makes an outside sentence fit for a line.
func shortened(s string) string { return shortenedTo(s, sentenceShown) }

// shortenedTo makes an outside sentence fit for so many characters.
func shortenedTo(s string, most int) string {
	r := []rune(strings.Join(strings.Fields(board.Clean(s)), " "))
	if len(r) > most {
		r = append(r[:most-3], []rune("...")...)
	}
	return string(r)
}

// sortedNames are the keys of a map, sorted.
func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
