package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"github.com/pawl-ops/pawl/job"
)

// Kinds of values, as far as the types of columns tell them apart.
const (
	isText   = 's'
	isNumber = 'n'
	isBool   = 'b'
	isOther  = 'o' // a list or an object
)

// value is what a column is made of: a text as it is meant, everything else as it is written.
type value struct {
	kind byte
	text string
}

// found is the value of a piece of JSON.
func found(raw string) value {
	switch raw[0] {
	case '"':
		return value{isText, unescape(raw[1 : len(raw)-1])}
	case 't', 'f':
		return value{isBool, raw}
	case '{', '[':
		return value{isOther, raw}
	}
	return value{isNumber, raw}
}

// ofValue makes a column of what jq gave.
func (m *Mapper) ofValue(c *column, w *walker, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return nil, errors.New("its jq gives a number that is none, or has no end")
	}
	if c.Type == job.ColumnJSON {
		if !utf8.ValidString(w.s) { // writing it out again would hide that
			return nil, errNotUTF8()
		}
		text, err := gojq.Marshal(v)
		if err != nil {
			return nil, err
		}
		return m.json(string(text))
	}
	switch v := v.(type) {
	case string:
		return m.typed(c.Type, value{isText, v})
	case bool:
		return m.typed(c.Type, value{isBool, strconv.FormatBool(v)})
	case json.Number, int, float64, *big.Int:
		text, err := gojq.Marshal(v)
		if err != nil {
			return nil, err
		}
		return m.typed(c.Type, value{isNumber, string(text)})
	}
	text, err := gojq.Marshal(v)
	if err != nil {
		return nil, err
	}
	return m.typed(c.Type, value{isOther, string(text)})
}

// typed makes what the type of a column wants of a value; nil is no value.
func (m *Mapper) typed(kind string, v value) (any, error) {
	if kind == job.ColumnText {
		return m.text(v)
	}
	if v.kind == isText {
		if v.text = strings.TrimSpace(v.text); v.text == "" {
			return nil, nil
		}
	}
	numeric := v.kind == isText || v.kind == isNumber
	switch {
	case kind == job.ColumnInteger && numeric:
		return integer(v.text)
	case kind == job.ColumnNumber && numeric:
		return decimal(v.text)
	case kind == job.ColumnBoolean:
		return boolean(v)
	case kind == job.ColumnTime && numeric:
		return moment(v)
	case kind == job.ColumnDate && numeric:
		return day(v)
	}
	return nil, fmt.Errorf("%s is no %s", preview(v.text), kind)
}

func errNotUTF8() error { return errors.New("it holds bytes that are not UTF-8") }

// text takes texts, and numbers and booleans as they are written.
func (m *Mapper) text(v value) (any, error) {
	switch {
	case v.kind == isOther:
		return nil, fmt.Errorf("%s is no text", preview(v.text))
	case len(v.text) > m.opt.longest:
		return nil, m.tooLong(len(v.text))
	case !utf8.ValidString(v.text):
		return nil, errNotUTF8()
	case strings.IndexByte(v.text, 0) >= 0:
		return nil, errors.New("it holds a NUL character, which no table can store")
	}
	return v.text, nil
}

func (m *Mapper) tooLong(n int) error {
	return fmt.Errorf("it has %d bytes, more than %d are not taken", n, m.opt.longest)
}

func boolean(v value) (any, error) {
	if v.kind == isText || v.kind == isBool {
		switch strings.ToLower(v.text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	return nil, fmt.Errorf("%s is neither true nor false", preview(v.text))
}

// Milliseconds since 1970 that are taken for a moment: up to the year 9999, as far as RFC 3339 goes; and none that are more
// likely to be seconds, or a date written without dashes, than the first months of 1970.
const (
	lastMoment  = 253_402_300_799_999
	firstMoment = -62_167_219_200_000
	tooEarly    = 10_000_000_000
)

// moment takes RFC 3339, and milliseconds since 1970.
func moment(v value) (any, error) {
	if v.kind == isText {
		if t, err := time.Parse(time.RFC3339Nano, v.text); err == nil {
			if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
				return nil, fmt.Errorf("%s is beyond the years 0 to 9999", preview(v.text))
			}
			return t, nil
		}
	}
	n, err := integer(v.text)
	ms, ok := n.(int64)
	switch {
	case err != nil || !ok:
		return nil, fmt.Errorf("%s is no moment: it should be like 2006-01-02T15:04:05Z, or milliseconds since 1970", preview(v.text))
	case ms > lastMoment || ms < firstMoment:
		return nil, fmt.Errorf("%s is beyond the years 0 to 9999, counted in milliseconds since 1970", preview(v.text))
	case ms != 0 && -tooEarly < ms && ms < tooEarly:
		return nil, fmt.Errorf("%s is too small for milliseconds since 1970; are these seconds?", preview(v.text))
	}
	return time.UnixMilli(ms).UTC(), nil
}

// day takes a date, and the day of a moment in UTC.
func day(v value) (any, error) {
	if v.kind == isText {
		if t, err := time.Parse(time.DateOnly, v.text); err == nil {
			return t, nil
		}
	}
	at, err := moment(v)
	t, ok := at.(time.Time)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s is no date: it should be like 2006-01-02, or a moment", preview(v.text))
	}
	return t.Truncate(24 * time.Hour), nil
}
