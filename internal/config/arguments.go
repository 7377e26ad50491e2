package config

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// maxArguments and maxOneOf bound what a person can keep in mind, and what fits on a phone.
const (
	maxArguments = 10
	maxOneOf     = 50
	maxArgument  = 40 // characters of its name
)

// argumentKeys is what stands under the name of an argument.
type argumentKeys struct {
	OneOf    value  `yaml:"one of" help:"the words to choose from"`
	Number   bool   `yaml:"number" help:"it is a whole number"`
	From     *int64 `yaml:"from" help:"the smallest number that is accepted"`
	To       *int64 `yaml:"to" help:"the largest number that is accepted"`
	Words    bool   `yaml:"words" help:"it is everything that follows"`
	After    string `yaml:"after" help:"the word that people type before it"`
	Help     value  `yaml:"help" help:"what it is, for people"`
	Optional bool   `yaml:"optional" help:"it may be left out"`
	Default  value  `yaml:"default" help:"what it is when it is left out"`
}

// arguments reads `arguments`. They come out in the order in which they are typed: first what is recognised wherever it
// stands, then free words, then what a keyword introduces; each of these in the order of the file.
func (m *command) arguments(v value) (params []job.Param) {
	if v.node == nil {
		return nil
	}
	entries := m.entries(v)
	for _, e := range entries {
		params = append(params, m.argument(e))
	}
	if len(entries) > maxArguments {
		m.at(v.node, "%s: these are %d, at most %d can be typed", v.name(), len(entries), maxArguments)
	}
	slices.SortStableFunc(params, func(a, b job.Param) int { return cmp.Compare(rank(a), rank(b)) })
	m.apart(v, params)
	return params
}

// rank is the place of an argument among others. What must be said comes before what may be left out: rules are the
// beginning of a command, and begin with what is always there.
func rank(p job.Param) (n int) {
	switch {
	case p.Word != "" && p.Type == typeRest:
		n = 10
	case p.Word != "":
		n = 8
	case p.Type == job.TypeChoice:
	case p.Type == job.TypeNumber:
		n = 2
	case p.Type == typeText:
		n = 4
	default:
		n = 6
	}
	if p.Optional && p.Default == "" {
		n++
	}
	return n
}

// Types of job.Param for one word, and for everything that follows.
const (
	typeText = "text"
	typeRest = "rest"
)

func (m *command) argument(e entry) job.Param {
	var k argumentKeys
	m.decode(e.value, &k)
	has := func(key string) (value, bool) { v, _, ok := step(e.value, key); return v, ok }
	p := job.Param{Name: e.key, Word: strings.ToLower(k.After), Help: m.sentence(k.Help), Optional: k.Optional, Type: typeText}
	switch {
	case !regexp.MustCompile(argumentNames).MatchString(e.key) || len(e.key) > maxArgument:
		m.at(e.keyNode, "`%s` cannot be the name of an argument; use small letters, digits and _, at most 40 characters", e.key)
	case reserved(job.Variable(e.key)):
		m.at(e.keyNode, "`%s` cannot be the name of an argument: scripts get it as %s, which means something else there", e.key, job.Variable(e.key))
	}
	_, choice := has("one of")
	number := k.Number || k.From != nil || k.To != nil
	kinds := 0
	for _, is := range []bool{choice, number, k.Words} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		m.at(e.value.node, "%s can be only one of `one of`, `number` and `words`", e.value.name())
	case choice:
		p.Type, p.OneOf = job.TypeChoice, m.oneOf(k.OneOf)
	case number:
		p.Type, p.Range = job.TypeNumber, m.numbers(e.value, k)
	case k.Words:
		p.Type, p.Window = typeRest, true
	default:
		p.Window = true
	}
	if after, ok := has("after"); ok {
		m.keyword(after, k.After)
	}
	if d, ok := has("default"); ok {
		p.Default, p.Optional = m.defaultOf(d, p), true
		if optional, ok := has("optional"); ok && !k.Optional {
			m.at(optional.node, "%s: what has a default may be left out", optional.name())
		}
	}
	return p
}

// apart holds the arguments to what can be told from each other: a word or a number alone must be for one of them.
func (m *command) apart(v value, params []job.Param) {
	of, keywords, number, rest := map[string]string{}, map[string]string{}, "", ""
	for _, p := range params {
		at, _, _ := step(v, p.Name)
		if p.Word != "" {
			if other := keywords[p.Word]; other != "" {
				m.at(at.node, "%s: `after: %s` introduces `%s` already", at.name(), p.Word, other)
			}
			keywords[p.Word] = p.Name
			continue
		}
		if p.Type == job.TypeNumber {
			if number != "" {
				m.at(at.node, "%s: a number alone could also be `%s`; write `after: ...`, the word that people type before one of them", at.name(), number)
			}
			number = p.Name
		}
		for _, one := range p.OneOf {
			if other := of[strings.ToLower(one)]; other != "" {
				m.at(at.node, "%s: `%s` could also be `%s`; write `after: ...`, the word that people type before one of them", at.name(), one, other)
			}
			of[strings.ToLower(one)] = p.Name
		}
		if p.Type == typeRest {
			if rest != "" {
				m.at(at.node, "%s: `%s` takes all words already; write `after: ...`, the word that people type before one of them", at.name(), rest)
			}
			rest = p.Name
		}
	}
}

// takes are the names of the arguments.
func (m *command) takes() (names []string) {
	for _, p := range m.params {
		names = append(names, p.Name)
	}
	return names
}

// param is a declared argument.
func (m *command) param(name string) (job.Param, bool) {
	i := slices.IndexFunc(m.params, func(p job.Param) bool { return p.Name == name })
	if i < 0 {
		return job.Param{}, false
	}
	return m.params[i], true
}
