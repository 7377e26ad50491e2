package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// oneOf reads the words of a choice.
func (m *command) oneOf(v value) (all []string) {
	if v.node == nil {
		return nil
	}
	word := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	items := m.items(v)
	for _, item := range items {
		text, ok := m.text(item)
		switch {
		case !ok:
		case !word.MatchString(text) || len(text) > 40 || strings.HasSuffix(text, "."):
			m.at(item.node, "%s: `%s` cannot be typed as one word; use letters, digits, dots, /, - and _, at most 40 characters", item.name(), text)
		case slices.ContainsFunc(all, func(o string) bool { return strings.EqualFold(o, text) }):
			m.at(item.node, "%s: `%s` is here twice", item.name(), text)
		default:
			all = append(all, text)
		}
	}
	switch {
	case len(items) == 0:
		m.at(v.node, "%s has nothing to choose from; write it like [staging, master]", v.name())
	case len(items) > maxOneOf:
		m.at(v.node, "%s: these are %d, at most %d can be chosen from; leave `one of` out and any word is taken", v.name(), len(items), maxOneOf)
	}
	return all
}

// numbers are the bounds of a number.
func (m *command) numbers(v value, k argumentKeys) *job.Range {
	const most = 999_999_999_999_999_999 // 18 digits: more are not read
	if n, _, ok := step(v, "number"); ok && !k.Number {
		m.at(n.node, "%s: `from` and `to` are bounds of a number; leave `number` out or make it true", n.name())
	}
	if k.From == nil && k.To == nil {
		return nil
	}
	bounds := job.Range{From: -most, To: most}
	if k.From != nil {
		bounds.From = *k.From
	}
	if k.To != nil {
		bounds.To = *k.To
	}
	if bounds.From > bounds.To || bounds.From < -most || bounds.To > most {
		m.at(v.node, "%s: no number is from %d to %d", v.name(), bounds.From, bounds.To)
		return nil
	}
	return &bounds
}

// keyword is the word that introduces an argument.
func (m *command) keyword(v value, word string) {
	switch {
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z-]*$`).MatchString(word):
		m.at(v.node, "%s must be one word of letters, such as because", v.name())
	case words.Reserved(word):
		m.at(v.node, "%s: `%s` has a meaning of its own in what people type; choose another word", v.name(), word)
	case slices.Contains(strings.Fields(m.name), strings.ToLower(word)):
		m.at(v.node, "%s: `%s` is part of the name of the command; choose another word", v.name(), word)
	}
}

// defaultOf is what an argument is when it is left out. A number may stand there without quotes.
func (m *command) defaultOf(v value, p job.Param) string {
	node, ok := m.plain(v)
	if !ok {
		return ""
	}
	var text string
	if _, integer := node.(*ast.IntegerNode); integer && p.Type == job.TypeNumber {
		text = m.digits(v, node)
	} else if text, ok = m.text(v); !ok {
		return ""
	}
	if text == "" || words.Plain(text) != text || len(text) > maxSentence {
		m.at(v.node, "%s must be what people would type, on one line", v.name())
		return ""
	}
	if err := words.Accepts(p, text); err != nil {
		m.at(v.node, "%s: %v", v.name(), err)
		return ""
	}
	return text
}
