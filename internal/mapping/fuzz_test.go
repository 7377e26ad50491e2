package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/mapping"
	"github.com/pawl-ops/pawl/job"
)

// everyType is a column of each type, by path and by jq.
func everyType() []job.Column {
	var all []job.Column
	for _, kind := range []string{job.ColumnText, job.ColumnInteger, job.ColumnNumber, job.ColumnBoolean, job.ColumnTime, job.ColumnDate, job.ColumnJSON} {
		all = append(
			all,
			job.Column{Name: kind, Value: ".v", Type: kind},
			job.Column{Name: kind + " inside", Value: ".a.b", Type: kind},
			job.Column{Name: kind + " jq", Value: ".v | .", Type: kind},
			job.Column{Name: kind + " all", Value: ".", Type: kind},
		)
	}
	return all
}

// FuzzRow holds: always a row or a reject; a row only of valid JSON, with values of the right kinds that can be stored; and
// a path finds what the interpreter finds.
func FuzzRow(f *testing.F) {
	for _, s := range []string{
		`{"v":"12.50","a":{"b":1}}`, `{"v":1e-5,"a":null}`, `{"v":"\ud83d\u0000"}`, `{"v":"2026-01-02T03:04:05Z"}`, `{"v":1767225600000}`,
		`{"v":{"x":[1,2,{"y":null}]},"v":true}`, "{\"v\":\"\xff\"}", `"x"`, `[[[]]]`, `{"a":{"b":"false"},"a":{"b":"-0.0e+1"}}`, `null`, ``,
	} {
		f.Add([]byte(s))
	}
	var singles []*mapping.Mapper
	columns := everyType()
	for _, c := range columns {
		singles = append(singles, mapper(f, c))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		kept := string(record)
		got := map[string]any{}
		for i, m := range singles {
			row, no := m.Row(record)
			require.Equal(t, kept, string(record))
			if no != nil {
				require.Nil(t, row)
				require.NotEmpty(t, no.Why)
				require.True(t, utf8.ValidString(no.Why+no.Begins))
				require.LessOrEqual(t, len(no.Begins), 500)
				got[columns[i].Name] = "rejected"
				continue
			}
			require.Len(t, row, 1)
			require.True(t, json.Valid(record))
			holds(t, columns[i].Type, row[0])
			got[columns[i].Name] = row[0]
		}
		for _, kind := range []string{job.ColumnText, job.ColumnInteger, job.ColumnNumber, job.ColumnBoolean, job.ColumnTime, job.ColumnDate} {
			require.Equal(t, got[kind+" jq"], got[kind], kind)
		}
	})
}

// holds is what a sink may rely on.
func holds(t *testing.T, kind string, v any) {
	t.Helper()
	switch v := v.(type) {
	case nil:
	case string:
		require.Equal(t, job.ColumnText, kind)
		require.True(t, utf8.ValidString(v))
		require.NotContains(t, v, "\x00")
	case int64:
		require.Equal(t, job.ColumnInteger, kind)
	case job.Decimal:
		require.Equal(t, job.ColumnNumber, kind)
		require.True(t, json.Valid([]byte(v)), v)
		require.NotContains(t, "\"tfn[{", string(v[0]))
	case bool:
		require.Equal(t, job.ColumnBoolean, kind)
	case time.Time:
		require.Contains(t, []string{job.ColumnTime, job.ColumnDate}, kind)
		require.Equal(t, time.UTC, v.Location())
		_, err := v.MarshalJSON()
		require.NoError(t, err)
		if kind == job.ColumnDate {
			require.Zero(t, v.Sub(v.Truncate(24*time.Hour)))
		}
	case job.RawJSON:
		require.Equal(t, job.ColumnJSON, kind)
		require.True(t, json.Valid([]byte(v)), v)
		require.True(t, utf8.ValidString(string(v)))
		require.NotContains(t, v, "\n")
	default:
		t.Fatalf("a %T", v)
	}
}

// FuzzCompile holds: jq is compiled or named as a mistake in one line, and what is compiled gives a row or a reject.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{".a.b", ".", `."a b"["c"].d`, ".a[]?", "[.a]|length", "$ENV", `.["a","b"]`, ".a[1:]", "..", ".a as $x|$x", `"\(.a)"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, jq string) {
		if len(jq) > 200 {
			return
		}
		m, err := mapping.Compile([]job.Column{{Name: "x", Value: jq, Type: job.ColumnJSON}}, mapping.TimePerRecord(5*time.Millisecond))
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), `column "x": `), err.Error())
			return
		}
		for _, record := range []string{`{"a":{"b":[1,"x",null,{"c":2.50}]}}`, `[]`, `"text"`} {
			if row, no := m.Row([]byte(record)); no == nil {
				require.Len(t, row, 1)
				holds(t, job.ColumnJSON, row[0])
			} else {
				require.NotEmpty(t, no.Why)
			}
		}
	})
}
