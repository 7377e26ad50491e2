package pages

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

const (
	longestJQ = 10_000           // bytes; the parser follows brackets as deep as they go
	jqTime    = 10 * time.Second // for one jq on one page
	mostGiven = 1_000_000        // values one jq may give for one page
)

// query is a compiled jq.
type query struct {
	text string
	path []string // the fields of a plain path, .a.b; nil when it is more than that
	code *gojq.Code
}

// compile reads jq. It cannot see the environment, files or other input: the interpreter has them only when it is given
// them. The error says where the jq is wrong.
func compile(text string) (*query, error) {
	if len(text) > longestJQ {
		return nil, fmt.Errorf("this jq has %d bytes, more than %d are not read", len(text), longestJQ)
	}
	parsed, err := gojq.Parse(text)
	if err != nil {
		var at *gojq.ParseError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("this is no jq: %w, at character %d of %q", err, len([]rune(text[:at.Offset-len(at.Token)]))+1, text)
		}
		return nil, fmt.Errorf("this is no jq: %w", err)
	}
	q := &query{text: strings.TrimSpace(text), path: plain(parsed)}
	if q.code, err = gojq.Compile(parsed); err != nil {
		return nil, fmt.Errorf("this is no jq: %w", err)
	}
	return q, nil
}

// plain gives the fields of a jq that is only a path of them: .a.b and ."a b"["c"]. A dot alone is the empty path.
func plain(q *gojq.Query) []string {
	if q.Term == nil || len(q.FuncDefs) > 0 || len(q.Imports) > 0 || q.Meta != nil {
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
	case x.Start == nil || x.Start.Term == nil || x.Start.Term.Str == nil || x.Start.Term.Type != gojq.TermTypeString:
		return "", false
	}
	t := x.Start.Term
	return t.Str.Str, t.Str.Queries == nil && len(t.SuffixList) == 0
}

// run gives all that a jq makes of a value.
func (q *query) run(ctx context.Context, on any) (all []any, err error) {
	defer func() {
		// The interpreter is not ours: should it break on something nobody thought of, this page is lost and not the process.
		if broken := recover(); broken != nil {
			all, err = nil, fmt.Errorf("the jq interpreter broke: %v", broken)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, jqTime)
	defer cancel()
	for it := q.code.RunWithContext(ctx, on); ; {
		v, more := it.Next()
		if !more {
			return all, nil
		}
		if err, isError := v.(error); isError {
			return nil, err
		}
		if len(all) == mostGiven {
			return nil, fmt.Errorf("it gives more than %s values", grouped(mostGiven))
		}
		all = append(all, v)
	}
}
