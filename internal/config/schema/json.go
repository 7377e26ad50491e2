package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// Dialect is the JSON Schema that JSON writes. Only words are used that mean the same in draft-07, which is what many editors
// know, and it is no `$ref` that these words stand beside.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// Title is what a file is called, and where its schema is found.
type Title struct {
	ID    string // an address; empty: none
	Title string
	Help  string
}

// JSON is the JSON Schema of a file, indented, with its last line ended.
func JSON(title Title, n *Node) []byte {
	w := writer{defs: newObject()}
	top := newObject().set("$schema", Dialect)
	if title.ID != "" {
		top.set("$id", title.ID)
	}
	top.set("title", title.Title).set("description", title.Help)
	body := w.inline(n)
	for _, k := range body.keys {
		if k != "description" && k != "markdownDescription" {
			top.set(k, body.values[k])
		}
	}
	top.set("$defs", w.defs)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(top); err != nil {
		panic(fmt.Sprintf("schema: writing JSON: %v", err)) // nothing in it can fail
	}
	return b.Bytes()
}

// writer collects what is used in several places.
type writer struct{ defs *object }

// node is the schema of one place: a reference where it has a name of its own.
func (w writer) node(n *Node) *object {
	if n.Shape == "" {
		return w.inline(n)
	}
	name := strings.ReplaceAll(n.Shape, " ", "-")
	if !w.defs.has(name) {
		w.defs.set(name, newObject()) // so that one inside of itself ends
		bare := *n
		bare.Help, bare.Default, bare.Absent, bare.Range, bare.Page = "", "", "", "", ""
		w.defs.set(name, w.inline(&bare))
	}
	// A reference stands alone: in draft-07 nothing beside it counts.
	return w.described(newObject(), n).set("allOf", []any{newObject().set("$ref", "#/$defs/"+name)})
}

func (w writer) inline(n *Node) *object {
	o := w.described(newObject(), n)
	switch n.Kind {
	case List:
		one := w.node(n.Each)
		many := newObject().set("type", "array").set("items", one)
		if n.Most > 0 {
			many.set("maxItems", n.Most)
		}
		return o.set("anyOf", []any{one, many})
	case Either:
		var all []any
		for _, e := range n.Either {
			all = append(all, w.node(e))
		}
		return o.set("anyOf", all)
	case Group, Named:
		return w.keys(o, n)
	case Secret:
		return secret(o)
	}
	return leaf(o, n)
}

// described is what editors show of a place.
func (w writer) described(o *object, n *Node) *object {
	help := sentence(n.Help)
	if n.Range != "" {
		help = strings.TrimSpace(help + " It is " + n.Range + ".")
	}
	if n.Absent != "" {
		help = strings.TrimSpace(help + " When not given: " + n.Absent + ".")
	}
	if help != "" {
		o.set("description", plain(help))
	}
	if n.Page != "" || strings.Contains(help, "`") {
		text := help
		if n.Page != "" {
			text = strings.TrimSpace(text + " [More](" + pages + n.Page + ")")
		}
		o.set("markdownDescription", text)
	}
	if n.Default != "" {
		o.set("default", valueOf(n.Default))
	}
	return o
}

func leaf(o *object, n *Node) *object {
	if t := n.Kind.jsonType(); t != "" {
		o.set("type", t)
	}
	if len(n.Words) > 0 {
		o.set("enum", n.Words)
	}
	if n.Pattern != "" {
		o.set("pattern", n.Pattern)
		if n.Like != "" {
			o.set("patternErrorMessage", sentence(n.Like)) // read by the language servers of VS Code
		}
	}
	if n.Most > 0 {
		o.set("maxLength", n.Most)
	}
	if n.Min != nil {
		o.set("minimum", *n.Min)
	}
	if n.Max != nil {
		o.set("maximum", *n.Max)
	}
	switch {
	case len(n.Offered) > 0:
		o.set("examples", n.Offered)
	case n.Example != "" && len(n.Words) == 0:
		o.set("examples", []any{valueOf(n.Example)})
	}
	return o
}

// secret is {env: NAME} or {file: PATH}.
func secret(o *object) *object {
	text := func(help string) *object { return newObject().set("type", "string").set("description", help) }
	return o.set("type", "object").
		set("properties", newObject().
			set("env", text("The name of an environment variable, in capitals.").set("pattern", EnvName).set("patternErrorMessage", "The name of an environment variable, in capitals: SHOP_TOKEN")).
			set("file", text("A file with nothing else in it, relative to pawl.yaml."))).
		set("additionalProperties", false).set("minProperties", 1).set("maxProperties", 1)
}

// EnvName is what the name of an environment variable with a secret looks like.
const EnvName = `^[A-Z_][A-Z0-9_]*$`

func (w writer) keys(o *object, n *Node) *object {
	o.set("type", "object")
	properties := newObject()
	var required []string
	var all []any
	for _, k := range n.Keys {
		properties.set(k.Name, w.node(k.Node))
		if k.Required {
			required = append(required, k.Name)
		}
		if k.Needs != "" {
			all = append(all, newObject().set("if", need(k.Name)).set("then", need(k.Needs)))
		}
	}
	if len(n.Keys) > 0 {
		o.set("properties", properties)
	}
	if n.Kind == Named {
		o.set("additionalProperties", w.node(n.Each))
		if n.Names != nil {
			o.set("propertyNames", w.names(n))
		}
	} else {
		o.set("additionalProperties", false)
	}
	if len(required) > 0 {
		o.set("required", required)
	}
	switch {
	case n.One:
		o.set("minProperties", 1).set("maxProperties", 1)
	case n.Kind == Named && n.Most > 0:
		o.set("maxProperties", n.Most)
	}
	for _, r := range n.Rules {
		all = append(all, r.json()...)
	}
	if len(all) > 0 {
		o.set("allOf", all)
	}
	return o
}

// names is what may be a name. Those that stand there anyway are among them.
func (w writer) names(n *Node) *object {
	names := w.node(n.Names)
	if n.Names.Like != "" {
		names.set("patternErrorMessage", "This cannot be a name here: use "+n.Names.Like+".")
	}
	if len(n.Keys) == 0 {
		return names
	}
	var known []string
	for _, k := range n.Keys {
		known = append(known, k.Name)
	}
	return newObject().set("anyOf", []any{names, newObject().set("enum", known)})
}

func (r Rule) json() (all []any) {
	var each []any
	for _, keys := range r.Of {
		each = append(each, need(keys...))
	}
	switch r.Kind {
	case ExactlyOne:
		return []any{newObject().set("oneOf", each)}
	case AtLeastOne:
		return []any{newObject().set("anyOf", each)}
	case AtMostOne:
		for i, keys := range r.Of {
			for _, others := range r.Of[i+1:] {
				for _, key := range keys {
					for _, other := range others {
						all = append(all, newObject().set("not", need(key, other)))
					}
				}
			}
		}
	}
	return all
}

func need(keys ...string) *object { return newObject().set("required", keys) }

// valueOf is what stands there in YAML, as JSON has it.
func valueOf(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		panic(fmt.Sprintf("schema: the example %q is no YAML: %v", text, err))
	}
	return v
}
