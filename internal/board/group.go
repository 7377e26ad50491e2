package board

import "strings"

// kindPeople is a token that names people by their short name in pawl.yaml. A surface that knows who they are replaces
// it (see Named); any other shows the name.
const kindPeople = "people"

// MentionGroup refers to everybody behind a short name of `people:` in pawl.yaml, and notifies them where the surface can.
func MentionGroup(name string) string {
	name = strings.TrimPrefix(Clean(name), "@")
	return token(kindPeople, name, "@"+name)
}

// Named is the message with every name that MentionGroup refers to replaced by the mention of those behind it. Names
// that mention does not know stay as they are: they are shown and notify nobody.
func (m Message) Named(mention func(name string) (string, bool)) Message {
	if !m.names() {
		return m
	}
	replace := func(s string) string {
		return Render(s, func(t string) string { return t }, func(t Token) string {
			if t.Kind == kindPeople {
				if said, ok := mention(t.Ref); ok {
					return said
				}
			}
			return token(t.Kind, t.Ref, t.Text)
		})
	}
	m.Sentence, m.Head, m.Hint = replace(m.Sentence), replace(m.Head), replace(m.Hint)
	lines := make([]string, len(m.Lines))
	for i, l := range m.Lines {
		lines[i] = replace(l)
	}
	m.Lines = lines
	return m
}

// names reports whether a message refers to anybody by a short name.
func (m Message) names() bool {
	const mark = string(tokenOpen) + kindPeople + "|"
	if strings.Contains(m.Sentence, mark) || strings.Contains(m.Head, mark) || strings.Contains(m.Hint, mark) {
		return true
	}
	for _, l := range m.Lines {
		if strings.Contains(l, mark) {
			return true
		}
	}
	return false
}
