package job

import (
	"regexp"
	"slices"
	"strings"
)

// Text is a text of pawl.yaml that may name arguments: "the cache of {environment}".
type Text string

// argument matches the name of one. JSON and jq are full of braces, so only what can be a name counts as one.
var argument = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// Names are the arguments it names, each once, in their order.
func (t Text) Names() (names []string) {
	for _, m := range argument.FindAllStringSubmatch(string(t), -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// Fill puts the arguments in, each encoded for the place where it stands: encode may be nil, for plain text. A name that
// is no argument stays as it is. What an argument brings along is never taken for a name again.
func (t Text) Fill(args map[string]string, encode func(string) string) string {
	return argument.ReplaceAllStringFunc(string(t), func(found string) string {
		value, ok := args[strings.Trim(found, "{}")]
		switch {
		case !ok:
			return found
		case encode == nil:
			return value
		default:
			return encode(value)
		}
	})
}
