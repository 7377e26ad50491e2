package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// wrong reports a value of the wrong type. It never shows the value, which may be a secret in the wrong place.
func (r *reader) wrong(v value, expected string) {
	r.at(v.node, "%s must be %s, and is %s", v.name(), expected, kind(v.node))
}

// name is how a sentence speaks of the value.
func (v value) name() string {
	if v.path == "" {
		return "the file"
	}
	return "`" + v.path + "`"
}

// at reports a mistake where a node begins.
func (r *reader) at(n ast.Node, format string, args ...any) {
	line, column := position(n)
	r.problems.List = append(r.problems.List, Problem{line, column, fmt.Sprintf(format, args...)})
}

func (r *reader) atToken(t *token.Token, format string, args ...any) {
	line, column := tokenPosition(t)
	r.problems.List = append(r.problems.List, Problem{line, column, fmt.Sprintf(format, args...)})
}

// position is where a node begins, 1-based. A block of keys begins at its first key, not at that key's colon.
func position(n ast.Node) (line, column int) {
	switch m := n.(type) {
	case nil:
		return 1, 1
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return position(m.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(m.Key)
	}
	return tokenPosition(n.GetToken())
}

func tokenPosition(t *token.Token) (line, column int) {
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return max(t.Position.Line, 1), max(t.Position.Column, 1)
}

const kindNumber = "a number"

// kind names what a node is, for people.
func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of names with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return kindNumber
	case *ast.BoolNode:
		return "true or false"
	}
	return "something else"
}

// cut is what stands in a line from a column on.
func cut(line string, column int) string {
	characters := []rune(line)
	return string(characters[min(column-1, len(characters)):])
}
