package haproxy

import (
	_ "embed"
	"strings"
)

// help is what the real one lists: many commands more than ours knows.
//
//go:embed help.txt
var help string

// unknown is what a command gets that is none: those that begin alike, or all. The real one also looks for those that sound
// alike, which ours does not.
func unknown(words []string) string {
	if len(words) > 0 && words[0] == "help" {
		return "The following commands are valid at this level:\n" + help
	}
	if len(words) == 1 {
		if near := beginning(words[0] + " "); near != "" {
			return "Unknown command, but maybe one of the following ones is a better match:\n" + near
		}
	}
	return "Unknown command. Please enter one of the following commands only:\n" + help
}

// beginning are the lines of the help that begin so, and those that are always there.
func beginning(with string) string {
	var b strings.Builder
	found := false
	for line := range strings.Lines(help) {
		switch is := strings.HasPrefix(strings.TrimLeft(line, " "), with); {
		case is:
			found = true
			b.WriteString(line)
		case strings.HasPrefix(line, "  help "), strings.HasPrefix(line, "  prompt "), strings.HasPrefix(line, "  quit "):
			b.WriteString(line)
		}
	}
	if !found {
		return ""
	}
	return b.String()
}
