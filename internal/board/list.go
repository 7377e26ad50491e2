package board

import "strings"

// Listed joins items as a sentence does: "a, b and c", or with another last word.
func Listed(items []string, last string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	n := len(items) - 1
	return strings.Join(items[:n], ", ") + " " + last + " " + items[n]
}

// OneOf lists words that can be typed: "`retry` or `stop`".
func OneOf(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "`" + w + "`"
	}
	return Listed(list, "or")
}

// everyone is the name in a rule of pawl.yaml that stands for all people, and is no handle.
const everyone = "everyone"

// Handles lists names of pawl.yaml as a sentence does, without notifying anybody: "@engineers, @oncall or @product".
func Handles(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		if list[i] = Clean(n); n != everyone {
			list[i] = "@" + strings.TrimPrefix(list[i], "@")
		}
	}
	return Listed(list, "or")
}

// Mentions lists them likewise and notifies whoever they stand for.
func Mentions(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = MentionGroup(n)
	}
	return Listed(list, "or")
}
