package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pages is where the pages are that the reference names, for whoever reads the schema alone.
const pages = "https://github.com/pawl-ops/pawl/blob/main/docs/"

// sentence makes a phrase a sentence: a capital and a full stop.
func sentence(phrase string) string {
	phrase = strings.TrimSpace(phrase)
	first, size := utf8.DecodeRuneInString(phrase)
	if size == 0 {
		return ""
	}
	if !strings.HasPrefix(phrase, "jq ") { // a name is written as it is
		phrase = string(unicode.ToUpper(first)) + phrase[size:]
	}
	if !strings.HasSuffix(phrase, ".") {
		phrase += "."
	}
	return phrase
}

// plain is a text without the marks of Markdown.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }

func code(text string) string { return "`" + text + "`" }

// listed is a list as a sentence has it: "a, b or c".
func listed(parts []string, or string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " " + or + " " + parts[len(parts)-1]
}
