package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// text is a value that must be text. Numbers and booleans are refused rather than guessed at: 010 and 1.10 are not what
// they look like.
func (r *reader) text(v value) (string, bool) {
	node, ok := r.plain(v)
	if !ok {
		return "", false
	}
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		r.wrong(v, "text (put quotes around it)")
	default:
		r.wrong(v, "text")
	}
	return "", false
}

// meant checks a text against what its field says it is.
func (r *reader) meant(v value, text string, f field) string {
	switch {
	case len(f.oneof) > 0 && !slices.Contains(f.oneof, text):
		r.at(v.node, "%s cannot be `%s`%s", v.name(), text, choose(text, f.oneof))
	case f.person:
		r.personNamed(v.node, text)
	case f.file:
		return r.existingFile(v, text)
	}
	return text
}

func (r *reader) existingFile(v value, text string) string {
	path := r.path(text)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		r.at(v.node, "%s: there is no file `%s` (looked for %s)", v.name(), text, path)
	case !info.Mode().IsRegular():
		r.at(v.node, "%s: `%s` is not a file", v.name(), text)
	}
	return path
}

// path resolves a path that is written relative to pawl.yaml.
func (r *reader) path(text string) string {
	if filepath.IsAbs(text) {
		return filepath.Clean(text)
	}
	return filepath.Join(r.dir, text)
}

// fillScalar decodes booleans and numbers.
func (r *reader) fillScalar(v value, into reflect.Value) {
	node, ok := r.plain(v)
	if !ok {
		return
	}
	switch into.Kind() {
	case reflect.Bool:
		if b, ok := node.(*ast.BoolNode); ok {
			into.SetBool(b.Value)
			return
		}
		r.wrong(v, "true or false, without quotes")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		bits := into.Type().Bits()
		n, err := strconv.ParseInt(r.digits(v, node), 10, bits)
		if err == nil {
			into.SetInt(n)
		} else if isNumber(node) {
			r.at(v.node, "%s must be between %d and %d", v.name(), -1<<(bits-1), int64(1)<<(bits-1)-1)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(r.digits(v, node), 10, into.Type().Bits())
		if err == nil {
			into.SetUint(n)
		} else if isNumber(node) {
			r.at(v.node, "%s must be between 0 and %d", v.name(), ^uint64(0)>>(64-into.Type().Bits()))
		}
	case reflect.Float32, reflect.Float64:
		switch node.(type) {
		case *ast.IntegerNode, *ast.FloatNode:
			if n, err := strconv.ParseFloat(node.GetToken().Value, into.Type().Bits()); err == nil {
				into.SetFloat(n)
				return
			}
		}
		r.wrong(v, "a number, without quotes")
	default:
		panic(fmt.Sprintf("config: %s is of type %s, which is not supported", v.name(), into.Type()))
	}
}

// digits is the text of a whole number, or empty after reporting that it is none.
func (r *reader) digits(v value, node ast.Node) string {
	switch {
	case isNumber(node):
		return node.GetToken().Value
	case kind(node) == kindNumber:
		r.at(v.node, "%s must be a whole number in plain digits", v.name())
	default:
		r.wrong(v, "a whole number, without quotes")
	}
	return ""
}

// isNumber reports whether a node is a whole number as people write it. YAML also knows 0x10, 0o17, 017 and 1_000.
func isNumber(node ast.Node) bool {
	_, ok := node.(*ast.IntegerNode)
	return ok && regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`).MatchString(node.GetToken().Value)
}

// duration is a length of time in words.
func (r *reader) duration(v value) (d time.Duration, ok bool) {
	node, ok := r.plain(v)
	if !ok {
		return 0, false
	}
	if isNumber(node) {
		n := node.GetToken().Value
		r.at(v.node, "%s: %s of what? Write %ss, %sm or %sh", v.name(), n, n, n, n)
		return 0, false
	}
	text, ok := r.text(v)
	if !ok {
		return 0, false
	}
	d, err := parseDuration(text)
	if err != nil {
		r.at(v.node, "%s: %v", v.name(), err)
	}
	return d, err == nil
}

// zone is a time zone by its name in the tz database.
func (r *reader) zone(v value) *time.Location {
	text, ok := r.text(v)
	if !ok {
		return nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		r.at(v.node, "%s: `%s` is not a time zone; write one like Europe/Prague, America/New_York or UTC", v.name(), text)
		return nil
	}
	return zone
}

func keys[T any](m map[string]T) []string { return slices.Collect(maps.Keys(m)) }

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
