package tables

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// encode appends rows to out in the text format of COPY: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
// The number of the first one is first. What can be known to be no value of its type is found here, in words; PostgreSQL
// finds the rest. The error is a *job.Fault of class data that names the row, counted within the page from 1.
func (t *Table) encode(out []byte, rows []job.Row, first int64, page string) ([]byte, error) {
	bad := func(row int, column, why string) error {
		return &job.Fault{Class: job.FaultData, Final: true, Says: fmt.Sprintf("Row %d of %s: %s %s.", row+1, page, column, why)}
	}
	key := make([]bool, len(t.sync.Columns))
	for i, c := range t.sync.Columns {
		key[i] = slices.Contains(t.sync.To.Key, c.Name)
	}
	for n, row := range rows {
		if len(row) != len(t.sync.Columns) {
			return nil, fmt.Errorf("row %d of %s has %d values for %d columns", n+1, page, len(row), len(t.sync.Columns))
		}
		if t.keyed() {
			out = append(strconv.AppendInt(out, first+int64(n), 10), '\t')
		}
		for i, v := range row {
			if i > 0 {
				out = append(out, '\t')
			}
			if v == nil && key[i] {
				return nil, bad(n, t.sync.Columns[i].Name, "is empty, but it is what tells rows apart")
			}
			var why string
			if out, why = appendValue(out, v, t.sync.Columns[i].Type); why != "" {
				return nil, bad(n, t.sync.Columns[i].Name, why)
			}
		}
		out = append(out, '\n')
	}
	return out, nil
}

// appendValue appends one value, or says why it is none.
func appendValue(out []byte, v any, kind string) (appended []byte, why string) {
	switch v := v.(type) {
	case nil:
		return append(out, '\\', 'N'), ""
	case string:
		return appendText(out, v, kind == job.ColumnText)
	case job.RawJSON:
		return appendText(out, string(v), kind == job.ColumnJSON)
	case job.Decimal:
		if !plausible(string(v)) {
			return nil, "is no number"
		}
		return appendText(out, string(v), kind == job.ColumnNumber)
	case int64:
		if kind == job.ColumnInteger || kind == job.ColumnNumber {
			return strconv.AppendInt(out, v, 10), ""
		}
	case bool:
		if kind == job.ColumnBoolean {
			return strconv.AppendBool(out, v), ""
		}
	case time.Time:
		v = v.UTC()
		if v.Year() < 1 || v.Year() > 9999 {
			return nil, "is not between the years 1 and 9999"
		}
		switch kind {
		case job.ColumnTime:
			return v.AppendFormat(out, "2006-01-02 15:04:05.999999Z07:00"), ""
		case job.ColumnDate:
			return v.AppendFormat(out, time.DateOnly), ""
		}
	}
	return nil, fmt.Sprintf("is a %T, which is no %s", v, kind)
}

// appendText appends a text with what COPY takes for its own marks escaped. PostgreSQL stores no NUL.
func appendText(out []byte, s string, fits bool) (appended []byte, why string) {
	switch {
	case !fits:
		return nil, "is of another type than its column"
	case strings.IndexByte(s, 0) >= 0:
		return nil, "holds a NUL byte, which cannot be stored"
	case !utf8.ValidString(s):
		return nil, "is not valid UTF-8"
	}
	for {
		i := strings.IndexAny(s, "\\\t\n\r")
		if i < 0 {
			return append(out, s...), ""
		}
		out = append(append(out, s[:i]...), '\\')
		switch s[i] {
		case '\t':
			out = append(out, 't')
		case '\n':
			out = append(out, 'n')
		case '\r':
			out = append(out, 'r')
		default:
			out = append(out, '\\')
		}
		s = s[i+1:]
	}
}

// plausible reports whether a text is a number in digits, as JSON and PostgreSQL both read it: -12.50, 1e9. PostgreSQL
// alone would also take NaN and Infinity.
func plausible(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if !digits() {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		if s = rest; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		return digits() && s == ""
	}
	return s == ""
}
