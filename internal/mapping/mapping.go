// Package mapping makes rows of records: jq says where a column comes from, its type says what may be in it.
//
// Compile reads the columns of a sync and names every mistake. Row takes one record, as the JSON that came, and gives a
// row or says why there is none; it never panics and never takes longer than its limit, whatever the record holds.
//
// Nothing is lost and nothing is made up on the way:
//
//   - a number that jq takes as it is keeps all its digits; jq that calculates does so with 64 bits of floating point;
//   - what cannot be what the column says is a reject with the reason, never a nearby value: "12,5" is no number and
//     12.5 no integer. Two things are taken kindly, because APIs do them: numbers, booleans and times that come as text,
//     and "" where a type other than text is wanted, which counts as nothing;
//   - a text that PostgreSQL could not store is a reject: a NUL character, bytes that are not UTF-8. Half of an emoji
//     (a lone surrogate such as \ud83d) becomes U+FFFD, as in every JSON decoder.
//
// Most jq in a mapping are plain paths, .properties.amount. They are all found in one walk over the bytes of the record
// (walk.go), which decodes nothing that no column asks for. Only for jq that does more is the record decoded, once, and
// the interpreter run (internal/jq).
package mapping

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/jq"
	"github.com/pawl-ops/pawl/job"
)

// Mapper makes rows of records. It may be used by many goroutines at once.
type Mapper struct {
	columns []column
	tree    *node // the plain paths
	opt     options
	spare   sync.Pool // of *walker
}

// column is a column that is ready to be filled.
type column struct {
	job.Column
	path []string // of a plain path; nil: jq
	jq   *jq.Program
}

type options struct {
	longest int           // bytes of a text
	limit   time.Duration // of the jq of one record
}

// Option changes a limit of Compile.
type Option func(*options)

// LongestText bounds the bytes of a text or a JSON value; a record with a longer one is rejected. Without it: 1 MB.
func LongestText(bytes int) Option { return func(o *options) { o.longest = bytes } }

// TimePerRecord bounds the time that all jq may take for one record. Without it: one second. What does not end in it is
// tried once more before the record is rejected, because it may be the machine that stood still and not the jq.
func TimePerRecord(d time.Duration) Option { return func(o *options) { o.limit = d } }

// Mistake is one thing that is wrong with the columns as they were declared.
type Mistake struct {
	Column string // its heading; empty: the columns as a whole
	Field  string // as in pawl.yaml: "name", "value", "type"
	Why    string
}

// Mistakes are all of them. As an error they are one sentence each.
type Mistakes []Mistake

// Error gives a line for each.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		if lines[i] = one.Why; one.Column != "" {
			lines[i] = fmt.Sprintf("column %q: %s", one.Column, one.Why)
		}
	}
	return strings.Join(lines, "\n")
}

func (m *Mistakes) add(c job.Column, field, format string, args ...any) {
	*m = append(*m, Mistake{Column: c.Name, Field: field, Why: fmt.Sprintf(format, args...)})
}

// mostColumns is what PostgreSQL takes (limits, appendix K of its manual).
const mostColumns = 1600

// Compile makes a mapper. The error is Mistakes: all of them, each with its column and, in jq, with the character.
func Compile(columns []job.Column, opts ...Option) (*Mapper, error) {
	m := &Mapper{tree: &node{}, opt: options{longest: 1 << 20, limit: time.Second}}
	for _, o := range opts {
		o(&m.opt)
	}
	var wrong Mistakes
	types := []string{job.ColumnText, job.ColumnInteger, job.ColumnNumber, job.ColumnBoolean, job.ColumnTime, job.ColumnDate, job.ColumnJSON}
	if len(columns) == 0 {
		wrong.add(job.Column{}, "", "a sync needs at least one column")
	}
	if len(columns) > mostColumns {
		wrong.add(job.Column{}, "", "there are %d columns, a table has at most %d", len(columns), mostColumns)
	}
	names := map[string]bool{}
	for i, c := range columns {
		switch {
		case c.Name == "":
			wrong.add(c, "name", "column %d has no name", i+1)
		case names[c.Name]:
			wrong.add(c, "name", "this name is there twice")
		}
		names[c.Name] = true
		if !slices.Contains(types, c.Type) {
			wrong.add(c, "type", "%q is no type, there are %s", c.Type, strings.Join(types, ", "))
		}
		ready := column{Column: c}
		var err error
		if ready.jq, err = jq.Compile(c.Value); err != nil {
			wrong.add(c, "value", "%s", err)
		} else if ready.path = ready.jq.Path(); ready.path != nil {
			m.tree.grow(ready.path, i)
		}
		m.columns = append(m.columns, ready)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	m.spare.New = func() any { return &walker{spans: make([]span, len(m.columns))} }
	return m, nil
}

// Row makes a row of a record, which is the bytes of one JSON value. It gives either a row or a reject; page and number of
// the record in the reject are for the caller to fill in. The record is not kept and not changed.
func (m *Mapper) Row(record []byte) (job.Row, *job.Reject) {
	w, ok := m.spare.Get().(*walker)
	if !ok {
		return nil, reject(record, "", errors.New("there is no memory for it"))
	}
	defer m.spare.Put(w)
	defer func() { w.s = "" }()
	if err := w.walk(string(record), m.tree); err != nil {
		return nil, reject(record, "", err)
	}
	row := make(job.Row, len(m.columns))
	var in input
	defer in.done()
	for i := range m.columns {
		c := &m.columns[i]
		v, err := m.cell(c, w, i, &in)
		if err == nil && v == nil && c.Required {
			err = errors.New("a value is required here, and there is none")
		}
		if err != nil {
			return nil, reject(record, c.Name, err)
		}
		row[i] = v
	}
	return row, nil
}

// cell makes the value of a column.
func (m *Mapper) cell(c *column, w *walker, i int, in *input) (any, error) {
	if c.path == nil {
		v, err := in.run(c.jq, w.s, m.opt.limit)
		if err != nil {
			return nil, err
		}
		return m.ofValue(c, w, v)
	}
	at := w.spans[i]
	raw := w.s[at.from:at.to]
	switch {
	case at.held:
		return nil, fmt.Errorf("%s is no object, so there is no .%s in it", clean(raw[:min(len(raw), 4*longestPreview)], longestPreview), c.path[len(c.path)-1])
	case raw == "" || raw == "null":
		return nil, nil
	case c.Type == job.ColumnJSON:
		return m.json(raw)
	}
	return m.typed(c.Type, found(raw))
}

// input is the record for the interpreter: decoded when the first jq needs it, with the time that is left.
type input struct {
	value  any
	ctx    context.Context //nolint:containedctx // it lives as long as one call of Row
	cancel context.CancelFunc
	again  bool // the time was given a second time
}

func (in *input) run(q *jq.Program, record string, limit time.Duration) (any, error) {
	if in.ctx == nil {
		in.value, _ = decode(record, space(record, 0))
		in.ctx, in.cancel = context.WithTimeout(context.Background(), limit)
	}
	v, err := q.One(in.ctx, in.value)
	switch {
	case err == nil || in.ctx.Err() == nil:
		return v, err
	case in.again:
		return nil, fmt.Errorf("its jq did not end within %s", limit)
	}
	in.cancel()
	in.again = true
	in.ctx, in.cancel = context.WithTimeout(context.Background(), limit)
	return in.run(q, record, limit)
}

func (in *input) done() {
	if in.cancel != nil {
		in.cancel()
	}
}
