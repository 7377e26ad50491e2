// Package jq runs programs in jq that stand in pawl.yaml on JSON that others send. A program sees its input and nothing
// else: no environment, no files, no further input. It ends when its context does, and the interpreter breaking on
// something nobody thought of is an error, not the end of the process.
package jq

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

const longest = 10_000 // bytes; the parser follows brackets as deep as they go

// Program is jq that was compiled. It may be used by many goroutines at once.
type Program struct {
	code *gojq.Code
	path []string // nil: more than a plain path
}

// Path gives the fields of a program that is only a path of them: .a.b and ."a b"["c"]. A dot alone is the empty path; nil
// is a program that does more.
func (p *Program) Path() []string { return p.path }

// Check says what is wrong with a program; nil when nothing is.
func Check(text string) error {
	_, err := Compile(text)
	return err
}

// Compile reads a program. The error says where it is wrong, as the rest of a sentence about what the program is for.
func Compile(text string) (*Program, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, errors.New("the jq that makes its value is missing")
	case len(text) > longest:
		return nil, fmt.Errorf("its jq has %d bytes, more than %d are not read", len(text), longest)
	case !utf8.ValidString(text):
		return nil, errors.New("its jq is not UTF-8")
	}
	parsed, err := gojq.Parse(text)
	if err != nil {
		var at *gojq.ParseError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("its jq is wrong at character %d of %q: %w", character(text, at.Offset-len(at.Token)), text, err)
		}
		return nil, fmt.Errorf("its jq is wrong: %w", err)
	}
	if len(parsed.Imports) > 0 || parsed.Meta != nil {
		return nil, errors.New("its jq reads a module, and there are no files here")
	}
	if name := forbidden(reflect.ValueOf(parsed)); name != "" {
		return nil, fmt.Errorf("its jq uses %s at character %d of %q: a value is made of the record and of nothing else",
			name, character(text, strings.Index(text, name)), text)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, fmt.Errorf("its jq %q is wrong: %w", text, err)
	}
	return &Program{code: code, path: plain(parsed)}, nil
}

// character is the 1-based number of the character at a byte.
func character(text string, at int) int {
	return utf8.RuneCountInString(text[:min(max(at, 0), len(text))]) + 1
}

// forbidden gives the name of the first function in a jq that would reach outside of the record.
func forbidden(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return forbidden(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if name := forbidden(v.Index(i)); name != "" {
				return name
			}
		}
	case reflect.Struct:
		if f, ok := v.Interface().(gojq.Func); ok && outside(f.Name) {
			return f.Name
		}
		for i := range v.NumField() {
			if name := forbidden(v.Field(i)); name != "" {
				return name
			}
		}
	}
	return ""
}

// outside reports whether a function of jq reaches outside of its input: reads, prints or ends the program.
func outside(name string) bool {
	switch name {
	case "env", "$ENV", "input", "inputs", "input_filename", "input_line_number", "debug", "stderr", "halt", "halt_error",
		"modulemeta", "get_search_list", "$__prog_args":
		return true
	}
	return false
}

// plain gives the fields of a jq that is only a path of them: .a.b and ."a b"["c"]. A dot alone is the empty path; nil is
// jq that is more than a path.
func plain(q *gojq.Query) []string {
	if q.Term == nil || len(q.FuncDefs) > 0 {
		return nil
	}
	path := []string{}
	add := func(x *gojq.Index) bool {
		name, ok := field(x)
		path = append(path, name)
		return ok
	}
	switch q.Term.Type {
	case gojq.TermTypeIdentity:
	case gojq.TermTypeIndex:
		if !add(q.Term.Index) {
			return nil
		}
	default:
		return nil
	}
	for _, s := range q.Term.SuffixList {
		if s.Index == nil || s.Iter || s.Optional || !add(s.Index) {
			return nil
		}
	}
	return path
}

// field gives the name that an index asks for.
func field(x *gojq.Index) (string, bool) {
	switch {
	case x.IsSlice || x.End != nil:
		return "", false
	case x.Name != "":
		return x.Name, true
	case x.Str != nil:
		return x.Str.Str, x.Str.Queries == nil
	case x.Start == nil || x.Start.Term == nil || x.Start.Term.Type != gojq.TermTypeString || len(x.Start.FuncDefs) > 0:
		return "", false
	}
	t := x.Start.Term
	return t.Str.Str, t.Str.Queries == nil && len(t.SuffixList) == 0
}

// One gives the one value that a program makes of its input; none counts as null. The input is what encoding/json gives,
// where numbers may be json.Number.
func (p *Program) One(ctx context.Context, input any) (any, error) {
	all, err := p.All(ctx, input, 1)
	switch {
	case errors.Is(err, ErrMore):
		return nil, errors.New("its jq gives more than one value")
	case err != nil || len(all) == 0:
		return nil, err
	}
	return all[0], nil
}

// ErrMore says that a program gives more values than were asked for.
var ErrMore = errors.New("its jq gives more values than there is room for")

// All gives the values that a program makes of its input, at most so many; with ErrMore those that there was room for.
func (p *Program) All(ctx context.Context, input any, most int) (all []any, err error) {
	defer func() {
		// The interpreter is not ours: should it break on something nobody thought of, this input is lost and not the process.
		if broken := recover(); broken != nil {
			all, err = nil, fmt.Errorf("its jq broke: %v", broken)
		}
	}()
	for it := p.code.RunWithContext(ctx, input); ; {
		v, some := it.Next()
		if !some {
			return all, nil
		}
		if err, ok := v.(error); ok {
			return nil, fmt.Errorf("its jq says: %w", err)
		}
		if len(all) == most {
			return all, ErrMore
		}
		all = append(all, v)
	}
}
