// Package schema describes a file of names and values once, so that it can be told several times: to editors as a JSON Schema
// (JSON, json.go), to people as a page in Markdown (Reference, markdown.go).
//
// A Node is what may stand in one place. Its Kind says what it is for people; the kinds that are more than a text have their
// names, patterns and examples in kinds.go. A Group has known Keys, Named has names that whoever writes the file chooses, and
// the two may be mixed. What keys have to do with each other is said by Rules and Key.Needs, as far as a schema can say it.
//
// The package knows nothing about pawl.yaml: internal/config describes it, from the structs its readers decode.
package schema

import (
	"fmt"
	"slices"
)

// Kind is what stands in a place, as a phrase for people.
type Kind string

// What may stand in a place. All but Whole, Number, Bool, Anything, Secret, Group, Named, List and Either are texts.
const (
	Text     Kind = "text"
	Whole    Kind = "whole number"
	Number   Kind = "number"
	Bool     Kind = "true or false"
	Duration Kind = "length of time"
	Zone     Kind = "time zone"
	File     Kind = "file, relative to pawl.yaml"
	Host     Kind = "name from `hosts`"
	Person   Kind = "name from `people`"
	Channel  Kind = "channel, or a name from `channels`"
	Command  Kind = "command, as it is typed"
	URL      Kind = "address"
	Secret   Kind = "secret"
	JQ       Kind = "jq"
	Times    Kind = "times"
	Percent  Kind = "percent"
	Anything Kind = "anything"
	Group    Kind = "keys"   // Node.Keys
	Named    Kind = "names"  // Node.Each under names of one's own, and Node.Keys
	List     Kind = "list"   // of Node.Each; one of them alone is a list of one
	Either   Kind = "either" // one of Node.Either
)

// Node is what may stand in one place of the file.
type Node struct {
	Kind    Kind
	Help    string // what it is, as a phrase: error messages put it in brackets
	Default string // what counts when it is not there, as one would write it; empty: nothing does
	Absent  string // instead of Default: a phrase for people, when no single value says it
	Example string // as it stands in YAML, on one line; empty: that of its kind
	Page    string // the page that explains it, relative to the reference
	Shape   string // a name for what is used in several places, so that it is told once; empty: told where it stands

	Words   []string // the only ones that are accepted
	Offered []string // what editors may offer; others are accepted as well
	Pattern string   // what a text must match: never stricter than the reader
	Like    string   // what to write, for whoever did not
	Min     *int64   // of numbers
	Max     *int64
	Range   string // of lengths of time: "1s to 10m"
	Most    int    // of List and Named: so many; of Text: so many characters. 0: any number

	Keys   []Key    // of Group and Named
	Each   *Node    // of Named and List
	Either []*Node  // of Either
	Rules  []Rule   // about Keys
	Not    []string // keys that the reader knows and refuses here

	Name  string   // of Named: what a name is, for people: "sync"
	Names *Node    // of Named: what may be a name; nil: any text
	Call  []string // of Named: names for examples
	One   bool     // of Named: exactly one name
}

// Key is a name with what stands under it.
type Key struct {
	*Node

	Name     string
	Required bool
	Needs    string // another key that must be there when this one is; empty: none
}

// RuleKind says how many of a Rule's alternatives may be there.
type RuleKind string

// Rules about keys.
const (
	ExactlyOne RuleKind = "exactly one of"
	AtMostOne  RuleKind = "at most one of"
	AtLeastOne RuleKind = "at least one of"
)

// Rule holds the keys of a group to each other. An alternative is some keys; of ExactlyOne and AtLeastOne all of them are
// there together, of AtMostOne any.
type Rule struct {
	Kind RuleKind
	Of   [][]string
}

// Key gives a key of a group; a name it does not have panics, because it is a mistake in the program.
func (n *Node) Key(name string) *Key {
	i := slices.IndexFunc(n.Keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("schema: there is no key %q", name))
	}
	return &n.Keys[i]
}

// Set says what stands under a key. What is known of it already stays, where the new node says nothing about it.
func (n *Node) Set(name string, to *Node) *Node {
	k := n.Key(name)
	fresh := *to
	if k.Help != "" {
		fresh.Help = k.Help
	}
	if k.Default != "" {
		fresh.Default = k.Default
	}
	k.Node = &fresh
	return n
}

// DefaultOf says what counts when a key is not there.
func (n *Node) DefaultOf(name, text string) *Node {
	n.Key(name).Default, n.Key(name).Absent = text, ""
	return n
}

// AbsentOf says in a phrase what counts when a key is not there.
func (n *Node) AbsentOf(name, phrase string) *Node {
	n.Key(name).Default, n.Key(name).Absent = "", phrase
	return n
}

// ExampleOf gives an example of what stands under a key.
func (n *Node) ExampleOf(name, text string) *Node {
	n.Key(name).Example = text
	return n
}

// Bounds holds the number under a key.
func (n *Node) Bounds(name string, least, most int64) *Node {
	k := n.Key(name)
	k.Min, k.Max = &least, &most
	return n
}

// Long says how long something under a key may be, for people.
func (n *Node) Long(name, between string) *Node {
	n.Key(name).Range = between
	return n
}

// Require says that keys must be there.
func (n *Node) Require(names ...string) *Node {
	for _, name := range names {
		n.Key(name).Required = true
	}
	return n
}

// Need says that keys stand only beside another one.
func (n *Node) Need(other string, names ...string) *Node {
	for _, name := range names {
		n.Key(name).Needs = other
	}
	return n
}

// Rule adds a rule about keys.
func (n *Node) Rule(kind RuleKind, of ...[]string) *Node {
	n.Rules = append(n.Rules, Rule{kind, of})
	return n
}

// Only is a copy of a group with these of its keys.
func (n *Node) Only(names ...string) *Node {
	c := *n
	c.Keys = nil
	for _, name := range names {
		c.Keys = append(c.Keys, *n.Key(name))
	}
	return &c
}

// Without is a copy of a group without some of its keys: the reader knows them, and says why they are not accepted here.
func (n *Node) Without(names ...string) *Node {
	c := *n
	c.Not = slices.Concat(n.Not, names)
	c.Keys = slices.DeleteFunc(slices.Clone(n.Keys), func(k Key) bool { return slices.Contains(names, k.Name) })
	c.Rules = slices.DeleteFunc(slices.Clone(n.Rules), func(r Rule) bool {
		return slices.ContainsFunc(r.Of, func(keys []string) bool {
			return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(names, k) })
		})
	})
	return &c
}

// With is a copy of a node that says something else about what it is.
func (n *Node) With(help string) *Node {
	c := *n
	c.Help = help
	return &c
}

// Of is a list of these.
func Of(each *Node) *Node { return &Node{Kind: List, Each: each} }

// OneOf is a place where one of several may stand.
func OneOf(either ...*Node) *Node { return &Node{Kind: Either, Either: either} }

// Sample is an example of what may stand in a place that is neither Group, Named, List nor Either, as it stands in YAML.
func (n *Node) Sample() string {
	switch {
	case n.Example != "":
		return n.Example
	case n.Default != "":
		return n.Default
	case len(n.Words) > 0:
		return n.Words[0]
	}
	return example(n.Kind)
}
