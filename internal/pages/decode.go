package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// document is a page: its bytes, which are valid JSON, and its values once somebody needed them.
type document struct {
	body    []byte
	decoded bool
	value   any
}

// values decodes the page, for jq that is more than a path. Numbers stay as they were written.
func (d *document) values() (any, error) {
	if d.decoded {
		return d.value, nil
	}
	if !utf8.Valid(d.body) {
		return nil, fmt.Errorf("it holds text that is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(d.body))
	dec.UseNumber()
	if err := dec.Decode(&d.value); err != nil {
		return nil, err
	}
	d.decoded = true
	return d.value, nil
}

// cut gives the records of a page.
func (r *Reader) cut(ctx context.Context, d *document, number int) ([][]byte, error) {
	where := "page " + strconv.Itoa(number) + " from " + r.src.Name
	var records [][]byte
	if r.records.path != nil {
		value, _ := find(d.body, r.records.path)
		switch {
		case value == nil || value[0] != '[' && value[0] != '{':
			return nil, r.fault(job.FaultData, "There are no records on %s where we look for them (%s).", where, r.records.text)
		case value[0] == '[':
			records = elements(value)
		default:
			records = [][]byte{value}
		}
	} else {
		var err error
		if records, err = r.pick(ctx, d); err != nil {
			f := r.fault(job.FaultData, "There are no records on %s where we look for them (%s).", where, r.records.text)
			f.Cause = r.mask.Error(err)
			return nil, f
		}
	}
	for i, one := range records {
		if len(one) > r.opt.LargestRecord {
			return nil, r.fault(job.FaultData, "Record %d on %s has %s, more than %s are not read.", i+1, where, size(len(one)), size(r.opt.LargestRecord))
		}
	}
	return records, nil
}

// pick gives the records by jq. What it gives as an array is a list of records, everything else is one.
func (r *Reader) pick(ctx context.Context, d *document) ([][]byte, error) {
	value, err := d.values()
	if err != nil {
		return nil, err
	}
	given, err := r.records.run(ctx, value)
	if err != nil {
		return nil, err
	}
	var records [][]byte
	var sum int64
	add := func(v any) error {
		text, err := gojq.Marshal(v)
		if err != nil {
			return err
		}
		if sum += int64(len(text)); sum > r.opt.LargestPage {
			return fmt.Errorf("the jq makes more than %s of it", size(int(r.opt.LargestPage)))
		}
		records = append(records, text)
		return nil
	}
	for _, v := range given {
		list, ok := v.([]any)
		if _, object := v.(map[string]any); !ok && (object || v != nil && len(given) > 1) {
			list, ok = []any{v}, true
		}
		if !ok {
			return nil, fmt.Errorf("the jq gives %s, which is no list of records", gojq.Preview(v))
		}
		for _, one := range list {
			if err := add(one); err != nil {
				return nil, err
			}
		}
	}
	return records, nil
}

// scalar gives the one value a jq makes of a page, nil when there is none.
func (d *document) scalar(ctx context.Context, q *query) (any, error) {
	if q.path != nil {
		value, held := find(d.body, q.path)
		if held != nil {
			return nil, fmt.Errorf("%s is no object", shown.Line(string(held), 40))
		}
		if value == nil {
			return nil, nil
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(value))
		dec.UseNumber()
		return v, dec.Decode(&v)
	}
	value, err := d.values()
	if err != nil {
		return nil, err
	}
	given, err := q.run(ctx, value)
	switch {
	case err != nil:
		return nil, err
	case len(given) > 1:
		return nil, fmt.Errorf("it gives %d values instead of one", len(given))
	case len(given) == 0:
		return nil, nil
	}
	return given[0], nil
}

// count gives how many records there are in all; 0 when the page does not say so.
func (r *Reader) count(ctx context.Context, d *document) (int64, error) {
	if r.total == nil {
		return 0, nil
	}
	v, err := d.scalar(ctx, r.total)
	if err != nil {
		f := r.fault(job.FaultData, "%s does not say how many records there are where we look for it (%s).", r.src.Name, r.total.text)
		f.Cause = r.mask.Error(err)
		return 0, f
	}
	if s, ok := v.(string); ok {
		v = json.Number(s)
	}
	n, _ := gojq.ToFloat64(number(v))
	if n != n || n < 0 || n >= math.MaxInt64 { // a total is only shown: what makes no sense is no total
		return 0, nil
	}
	return int64(n), nil
}

// number keeps what is one; the interpreter takes any text as json.Number and would make infinity of words.
func number(v any) any {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		if err != nil {
			return nil
		}
		return f
	}
	return v
}

// text is a JSON text without its quotes.
func text(quoted []byte) string {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return strings.Trim(string(quoted), `"`)
	}
	return s
}

// answer is an answer that holds a page.
type answer struct {
	request string // method and path, to be shown
	from    *url.URL
	status  int
	header  http.Header
	body    []byte
}
