package looks

import (
	"maps"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// The same sentences stand in help and in the written list of commands (app/reference): these say them for both.

// Explained is what a command does, as a sentence.
func Explained(s job.Spec) string { return sentenceOf(s.Help) }

// Argument is what a person has to know of an argument: what it is, what is accepted, and what it is when it is left out.
// Empty when its name says it all.
func Argument(p job.Param) string { return argument(p) }

// Word is one that people type about a run, and is no command.
type Word struct{ Name, Help string }

// Decisions are the words that answer a run and those that go with every job, by their names; what help says about where they
// are typed is left out.
func Decisions() (words []Word) {
	all := decisions()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		does, _, _ := strings.Cut(all[name], decisionWhere)
		words = append(words, Word{name, does})
	}
	return words
}
