package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// header is what a file begins with.
func (f *File) header(out []byte) []byte {
	if f.kind != ".csv" {
		return out
	}
	for i, c := range f.sync.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendField(out, c.Name, len(f.sync.Columns) == 1)
	}
	return append(out, '\r', '\n')
}

// encode appends the lines of rows. The error is a *job.Fault of class data that names the row, counted within the page
// from 1.
func (f *File) encode(out []byte, rows []job.Row, page string) ([]byte, error) {
	for n, row := range rows {
		if len(row) != len(f.sync.Columns) {
			return nil, fmt.Errorf("row %d of %s has %d values for %d columns", n+1, page, len(row), len(f.sync.Columns))
		}
		for i, v := range row {
			if why := unfit(v); why != "" {
				return nil, &job.Fault{Class: job.FaultData, Final: true, Says: fmt.Sprintf("Row %d of %s: %s %s.", n+1, page, f.sync.Columns[i].Name, why)}
			}
		}
		if f.kind == ".csv" {
			out = f.appendCSV(out, row)
		} else {
			out = f.appendJSON(out, row)
		}
	}
	return out, nil
}

// unfit says why a value cannot be written; empty if it can.
func unfit(v any) string {
	switch v := v.(type) {
	case nil, int64, bool:
		return ""
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return "holds a NUL byte, which cannot be written"
		}
		if !utf8.ValidString(v) {
			return "is not valid UTF-8"
		}
		return ""
	case job.Decimal:
		if v == "" || v[0] != '-' && (v[0] < '0' || v[0] > '9') || !json.Valid([]byte(v)) {
			return "is no number"
		}
		return ""
	case job.RawJSON:
		if !utf8.ValidString(string(v)) || !json.Valid([]byte(v)) {
			return "is no JSON"
		}
		return ""
	case time.Time:
		if v = v.UTC(); v.Year() < 1 || v.Year() > 9999 {
			return "is not between the years 1 and 9999"
		}
		return ""
	}
	return fmt.Sprintf("is a %T, which nothing can be made of", v)
}

func (f *File) appendCSV(out []byte, row job.Row) []byte {
	// A line of one empty field would be an empty line, which readers skip.
	alone := len(row) == 1
	for i, v := range row {
		if i > 0 {
			out = append(out, ',')
		}
		switch v := v.(type) {
		case nil:
			if alone {
				out = append(out, '"', '"')
			}
		case string:
			out = appendField(out, v, true)
		case job.RawJSON:
			out = appendField(out, string(v), false)
		case job.Decimal:
			out = append(out, v...)
		case int64:
			out = strconv.AppendInt(out, v, 10)
		case bool:
			out = strconv.AppendBool(out, v)
		case time.Time:
			out = f.appendTime(out, v, i)
		}
	}
	return append(out, '\r', '\n')
}

// appendField quotes what RFC 4180 wants quoted, and what readers trim. An empty text is quoted if it has to be told from
// nothing.
func appendField(out []byte, s string, evenEmpty bool) []byte {
	if s == "" && evenEmpty {
		return append(out, '"', '"')
	}
	if !strings.ContainsAny(s, ",\"\r\n") && strings.TrimSpace(s) == s {
		return append(out, s...)
	}
	out = append(out, '"')
	out = append(out, strings.ReplaceAll(s, `"`, `""`)...)
	return append(out, '"')
}

func (f *File) appendJSON(out []byte, row job.Row) []byte {
	out = append(out, '{')
	for i, v := range row {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, f.sync.Columns[i].Name), ':')
		switch v := v.(type) {
		case nil:
			out = append(out, "null"...)
		case string:
			out = appendString(out, v)
		case job.RawJSON:
			// On one line: it is JSON, as unfit has found, so this cannot fail.
			line := bytes.NewBuffer(out)
			_ = json.Compact(line, []byte(v))
			out = line.Bytes()
		case job.Decimal:
			out = append(out, v...)
		case int64:
			out = strconv.AppendInt(out, v, 10)
		case bool:
			out = strconv.AppendBool(out, v)
		case time.Time:
			out = append(f.appendTime(append(out, '"'), v, i), '"')
		}
	}
	return append(out, '}', '\n')
}

// appendString is a JSON string (RFC 8259, section 7) of valid UTF-8. The two line ends of Unicode are escaped as well,
// because some readers end a line there.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, '\\', 'n')
		case r == '\r':
			out = append(out, '\\', 'r')
		case r == '\t':
			out = append(out, '\\', 't')
		case r < ' ' || r == '\u2028' || r == '\u2029':
			out = fmt.Appendf(out, "\\u%04x", r)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

func (f *File) appendTime(out []byte, v time.Time, column int) []byte {
	layout := time.RFC3339Nano
	if f.sync.Columns[column].Type == job.ColumnDate {
		layout = time.DateOnly
	}
	return v.UTC().AppendFormat(out, layout)
}
