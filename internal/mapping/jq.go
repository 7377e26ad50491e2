package mapping

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"github.com/pawl-ops/pawl/job"
)

const longestJQ = 10_000 // bytes; the parser follows brackets as deep as they go

// query is jq that is more than a plain path.
type query struct{ code *gojq.Code }

// compile reads the jq of a column. What it gives is either a query or a plain path. The error says where the jq is wrong.
func compile(text string) (*query, []string, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, nil, errors.New("the jq that makes its value is missing")
	case len(text) > longestJQ:
		return nil, nil, fmt.Errorf("its jq has %d bytes, more than %d are not read", len(text), longestJQ)
	case !utf8.ValidString(text):
		return nil, nil, errors.New("its jq is not UTF-8")
	}
	parsed, err := gojq.Parse(text)
	if err != nil {
		var at *gojq.ParseError
		if errors.As(err, &at) {
			return nil, nil, fmt.Errorf("its jq is wrong at character %d of %q: %w", character(text, at.Offset-len(at.Token)), text, err)
		}
		return nil, nil, fmt.Errorf("its jq is wrong: %w", err)
	}
	if len(parsed.Imports) > 0 || parsed.Meta != nil {
		return nil, nil, errors.New("its jq reads a module, and there are no files here")
	}
	if name := forbidden(reflect.ValueOf(parsed)); name != "" {
		return nil, nil, fmt.Errorf("its jq uses %s at character %d of %q: a value is made of the record and of nothing else",
			name, character(text, strings.Index(text, name)), text)
	}
	if path := plain(parsed); path != nil {
		return nil, path, nil
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, nil, fmt.Errorf("its jq %q is wrong: %w", text, err)
	}
	return &query{code: code}, nil, nil
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

// run gives the one value that jq makes of a record; none counts as null.
func (q *query) run(ctx context.Context, record any) (v any, err error) {
	defer func() {
		// The interpreter is not ours: should it break on something nobody thought of, this record is lost and not the process.
		if broken := recover(); broken != nil {
			v, err = nil, fmt.Errorf("its jq broke: %v", broken)
		}
	}()
	it := q.code.RunWithContext(ctx, record)
	v, some := it.Next()
	if !some {
		return nil, nil
	}
	if err, ok := v.(error); ok {
		return nil, fmt.Errorf("its jq says: %w", err)
	}
	second, more := it.Next()
	err, isError := second.(error)
	switch {
	case !more:
		return v, nil
	case isError:
		return nil, fmt.Errorf("its jq says: %w", err)
	}
	return nil, errors.New("its jq gives more than one value")
}

// Check says what is wrong with a jq expression on a record.
func Check(program string) error {
	_, err := Compile([]job.Column{{Name: "value", Value: program, Type: job.ColumnJSON}})
	return err
}
