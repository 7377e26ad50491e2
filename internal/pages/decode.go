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
			f.Cause = r.mask.error(err)
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
			return nil, fmt.Errorf("%s is no object", clean(string(held), 40))
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
		f.Cause = r.mask.error(err)
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

// onward gives what asks for the next page; empty when there is none.
func (r *Reader) onward(ctx context.Context, d *document, a answer, at job.Position, page Page) (string, error) {
	switch r.src.Paging.By {
	case job.ByOffset:
		return r.offset(at, page)
	case job.ByCursor:
		return r.told(ctx, d, at.Pages+1)
	case job.ByLink:
		link := nextLink(a.header.Values("Link"))
		if r.next != nil {
			var err error
			if link, err = r.told(ctx, d, at.Pages+1); err != nil {
				return "", err
			}
		}
		if link == "" {
			return "", nil
		}
		if len(link) > longestNext {
			return "", r.tooLong(at.Pages+1, len(link))
		}
		to, err := r.resolve(a.from, link, at.Pages+1)
		if err != nil {
			return "", err
		}
		return to.String(), nil
	}
	return "", nil
}

// told gives what the page says comes next.
func (r *Reader) told(ctx context.Context, d *document, number int) (string, error) {
	v, err := d.scalar(ctx, r.next)
	wrong := func(cause error) error {
		f := r.fault(job.FaultData, "Page %d from %s does not say what comes next where we look for it (%s).", number, r.src.Name, r.next.text)
		f.Cause = r.mask.error(cause)
		return f
	}
	if err != nil {
		return "", wrong(err)
	}
	var next string
	switch v := v.(type) {
	case nil:
	case string:
		next = v
	case bool:
		if v {
			return "", wrong(fmt.Errorf("true is neither a cursor nor an address"))
		}
	case map[string]any, []any:
		return "", wrong(fmt.Errorf("%s is neither a cursor nor an address", gojq.Preview(v)))
	default:
		text, err := gojq.Marshal(v)
		if err != nil {
			return "", wrong(err)
		}
		next = string(text)
	}
	if len(next) > longestNext {
		return "", r.tooLong(number, len(next))
	}
	return next, nil
}

func (r *Reader) tooLong(number, length int) error {
	return r.fault(job.FaultData, "What leads from page %d of %s to the next one has %s, more than %s are not taken.", number, r.src.Name, size(length), size(longestNext))
}

// offset counts the records so far. Only an empty page is surely the end: an API may give fewer records than it was asked
// for. What it says there are in all is believed when the page was not a full one, which saves the last question.
func (r *Reader) offset(at job.Position, page Page) (string, error) {
	sofar := int64(0)
	if at.Next != "" {
		var err error
		if sofar, err = strconv.ParseInt(at.Next, 10, 64); err != nil || sofar < 0 {
			f := r.fault(job.FaultOurs, "The place where reading stopped is no number of records.")
			f.Cause = r.mask.error(err)
			return "", f
		}
	}
	sofar += int64(len(page.Records))
	full := r.src.Paging.Size > 0 && len(page.Records) >= r.src.Paging.Size
	if len(page.Records) == 0 || page.Total > 0 && sofar >= page.Total && !full {
		return "", nil
	}
	return strconv.FormatInt(sofar, 10), nil
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
