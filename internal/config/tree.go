package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/pawl-ops/pawl/job"
)

// reader walks the syntax tree and collects what is wrong with it.
type reader struct {
	problems *Problems
	lines    []string // of the file
	dir      string   // of pawl.yaml
	env      func(string) (string, bool)
	jq       func(string) error
	persons  []string // the names under `people:`
	hosts    map[string]job.Host
	sources  []SecretSource
	read     []job.Secret // every secret that was read
}

// value is a node of the tree and how a person finds it: "toy.from.host".
type value struct {
	node ast.Node
	path string
}

// entry is a key and what stands under it.
type entry struct {
	key     string
	keyNode ast.Node
	value   value
}

// name is the key with the path to it.
func (e entry) name() string { return e.value.path }

// parse makes the tree of a file and reports whether there is anything to read. A syntax error stands alone: what comes
// after it means nothing.
func (r *reader) parse(content []byte) (value, bool) {
	content = bytes.TrimPrefix(content, []byte("\ufeff")) // some editors on Windows begin files with it
	r.lines = strings.Split(string(content), "\n")
	file, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		text := syntax.GetMessage()
		if strings.Contains(text, "'@'") {
			text += "; a value that begins with @ needs quotes: \"@oncall\""
		}
		r.atToken(syntax.GetToken(), "cannot be read as YAML: %s", text)
		return value{}, false
	case err != nil: // without its text, which would quote the file
		r.atToken(nil, "cannot be read as YAML")
		return value{}, false
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch len(docs) {
	case 0:
		r.atToken(nil, "the file is empty")
		return value{}, false
	case 1:
		return value{node: docs[0].Body}, true
	}
	r.at(docs[1].Body, "a second document begins here; only one is read")
	return value{node: docs[0].Body}, true
}

// entries are the keys of a mapping, each once. Anything else is reported.
func (r *reader) entries(v value) []entry {
	node, ok := r.plain(v)
	if !ok {
		return nil
	}
	pairs, ok := pairsOf(node)
	if !ok {
		r.wrong(v, "names with values under them")
		return nil
	}
	var list []entry
	lines := map[string]int{}
	for _, pair := range pairs {
		key, ok := r.key(pair.Key)
		if !ok {
			continue
		}
		if first, twice := lines[key]; twice {
			r.at(pair.Key, "`%s` is here twice; the first is in line %d", below(v.path, key), first)
			continue
		}
		lines[key], _ = position(pair.Key)
		list = append(list, entry{key, pair.Key, value{pair.Value, below(v.path, key)}})
	}
	return list
}

// pairsOf are the keys and values of a mapping as they stand in the file.
func pairsOf(n ast.Node) (pairs []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// key is the text of a key.
func (r *reader) key(n ast.MapKeyNode) (string, bool) {
	switch k := n.(type) {
	case *ast.StringNode:
		bare := k.Token.Type != token.SingleQuoteType && k.Token.Type != token.DoubleQuoteType
		if bare && slices.Contains([]string{"on", "off", "yes", "no"}, strings.ToLower(k.Value)) {
			r.at(n, "`%s` as a name is true or false to other readers of YAML; choose another, or put it in quotes", k.Value)
			return "", false
		}
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	case *ast.MergeKeyNode:
		r.at(n, "`<<` is not read; write the values out")
	default:
		r.at(n, "a key must be a plain word")
	}
	return "", false
}

// items are the elements of a list; one plain value is a list of one.
func (r *reader) items(v value) []value {
	node, ok := r.plain(v)
	if !ok {
		return nil
	}
	switch n := node.(type) {
	case *ast.SequenceNode:
		items := make([]value, len(n.Values))
		for i, item := range n.Values {
			items[i] = value{item, fmt.Sprintf("%s[%d]", v.path, i+1)}
		}
		return items
	case ast.ScalarNode:
		return []value{v}
	}
	r.wrong(v, "a list, such as [one, two]")
	return nil
}

// plain is the node itself when it can be read. Anchors, aliases and tags are refused: a file that every line of can be
// read by itself is worth more than saved lines.
func (r *reader) plain(v value) (ast.Node, bool) {
	switch v.node.(type) {
	case nil, *ast.NullNode:
		hint := ""
		if line, column := position(v.node); line <= len(r.lines) && strings.Contains(cut(r.lines[line-1], column), "#") {
			hint = "; one that begins with # needs quotes"
		}
		r.at(v.node, "%s has no value%s", v.name(), hint)
		return nil, false
	case *ast.AnchorNode, *ast.AliasNode:
		r.at(v.node, "%s: anchors (&) and aliases (*) are not read; write the value out", v.name())
		return nil, false
	case *ast.TagNode:
		r.at(v.node, "%s: tags (!) are not read; write the plain value", v.name())
		return nil, false
	}
	return v.node, true
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
