package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/mapping"
	"github.com/pawl-ops/pawl/job"
)

func mapper(t testing.TB, columns ...job.Column) *mapping.Mapper {
	t.Helper()
	m, err := mapping.Compile(columns)
	require.NoError(t, err)
	return m
}

// one maps a record to a single column.
func one(t testing.TB, kind, jq, record string) (any, string) {
	t.Helper()
	row, no := mapper(t, job.Column{Name: "It", Value: jq, Type: kind}).Row([]byte(record))
	if no != nil {
		require.Nil(t, row)
		require.NotEmpty(t, no.Why)
		return nil, no.Why
	}
	require.Len(t, row, 1)
	return row[0], ""
}

func TestARecordBecomesARow(t *testing.T) {
	t.Parallel()
	m := mapper(
		t,
		job.Column{Name: "Deal", Value: ".properties.dealname", Type: job.ColumnText, Required: true},
		job.Column{Name: "Amount", Value: ".properties.amount", Type: job.ColumnNumber},
		job.Column{Name: "Id", Value: ".id", Type: job.ColumnInteger},
		job.Column{Name: "Open", Value: ".archived | not", Type: job.ColumnBoolean},
		job.Column{Name: "Changed", Value: ".updatedAt", Type: job.ColumnTime},
		job.Column{Name: "Closes", Value: `."properties"["closedate"]`, Type: job.ColumnDate},
		job.Column{Name: "All", Value: ".properties", Type: job.ColumnJSON},
		job.Column{Name: "Missing", Value: ".properties.nobody.asked", Type: job.ColumnText},
	)
	row, no := m.Row([]byte(` {"id":"17","properties":{"dealname":"Kavárna \"U\u00a0mostu\" ☕","amount":"12.50","closedate":1767225599999, "a":[1, 2]},
		"archived":false,"updatedAt":"2026-01-02T03:04:05.678+01:00"}` + "\n"))
	require.Nil(t, no)
	require.Equal(t, job.Row{
		"Kavárna \"U\u00a0mostu\" ☕",
		job.Decimal("12.50"),
		int64(17),
		true,
		time.Date(2026, 1, 2, 2, 4, 5, 678e6, time.UTC),
		time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC),
		job.RawJSON(`{"dealname":"Kavárna \"U\u00a0mostu\" ☕","amount":"12.50","closedate":1767225599999,"a":[1,2]}`),
		nil,
	}, row)
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, in string
		want     any
		why      string // instead of a value
	}{
		{job.ColumnText, `"Ada"`, "Ada", ""},
		{job.ColumnText, `""`, "", ""},
		{job.ColumnText, `12.50`, "12.50", ""},
		{job.ColumnText, `true`, "true", ""},
		{job.ColumnText, `null`, nil, ""},
		{job.ColumnText, `"\ud83d\ude00 \ud83d"`, "😀 \ufffd", ""},
		{job.ColumnText, `"\/\b\f\n\r\t\"\\"`, "/\b\f\n\r\t\"\\", ""},
		{job.ColumnText, `{"a":1}`, nil, `"{"a":1}" is no text`},
		{job.ColumnText, `"a\u0000b"`, nil, "it holds a NUL character, which no table can store"},
		{job.ColumnText, "\"a\xffb\"", nil, "it holds bytes that are not UTF-8"},
		{job.ColumnInteger, `12`, int64(12), ""},
		{job.ColumnInteger, `" 12 "`, int64(12), ""},
		{job.ColumnInteger, `""`, nil, ""},
		{job.ColumnInteger, `12.0`, int64(12), ""},
		{job.ColumnInteger, `-1.5e3`, int64(-1500), ""},
		{job.ColumnInteger, `0e99999999999`, int64(0), ""},
		{job.ColumnInteger, `9223372036854775807`, int64(9223372036854775807), ""},
		{job.ColumnInteger, `-9223372036854775808`, int64(-9223372036854775808), ""},
		{job.ColumnInteger, `9223372036854775808`, nil, `"9223372036854775808" does not fit into 64 bits`},
		{job.ColumnInteger, `9.3e18`, nil, `"9.3e18" does not fit into 64 bits`},
		{job.ColumnInteger, `1e999999999999`, nil, `"1e999999999999" does not fit into 64 bits`},
		{job.ColumnInteger, `12.5`, nil, `"12.5" is no whole number`},
		{job.ColumnInteger, `"twelve"`, nil, `"twelve" is no number`},
		{job.ColumnInteger, `true`, nil, `"true" is no integer`},
		{job.ColumnNumber, `12345678901234567890.123456789012345678901234567890`, job.Decimal("12345678901234567890.123456789012345678901234567890"), ""},
		{job.ColumnNumber, `"12.50"`, job.Decimal("12.50"), ""},
		{job.ColumnNumber, `1e9`, job.Decimal("1e9"), ""},
		{job.ColumnNumber, `"+.5"`, job.Decimal("0.5"), ""},
		{job.ColumnNumber, `"-007.E+2"`, job.Decimal("-7e2"), ""},
		{job.ColumnNumber, `"  "`, nil, ""},
		{job.ColumnNumber, `"12,50"`, nil, `"12,50" is no number`},
		{job.ColumnNumber, `"NaN"`, nil, `"NaN" is no number`},
		{job.ColumnNumber, `"."`, nil, `"." is no number`},
		{job.ColumnNumber, `"1e"`, nil, `"1e" is no number`},
		{job.ColumnNumber, `1e131072`, nil, `"1e131072" has more digits than a table can store`},
		{job.ColumnNumber, `1e-16384`, nil, `"1e-16384" has more digits than a table can store`},
		{job.ColumnNumber, `1e-99999999999999999999`, nil, `"1e-99999999999999999999" has more digits than a table can store`},
		{job.ColumnNumber, `1e131071`, job.Decimal("1e131071"), ""},
		{job.ColumnBoolean, `true`, true, ""},
		{job.ColumnBoolean, `"False"`, false, ""},
		{job.ColumnBoolean, `""`, nil, ""},
		{job.ColumnBoolean, `1`, nil, `"1" is neither true nor false`},
		{job.ColumnTime, `"2026-02-03T04:05:06Z"`, time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), ""},
		{job.ColumnTime, `1767225600000`, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{job.ColumnTime, `"1767225600000"`, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{job.ColumnTime, `0`, time.Unix(0, 0).UTC(), ""},
		{job.ColumnTime, `1767225600`, nil, `"1767225600" is too small for milliseconds since 1970; are these seconds?`},
		{job.ColumnTime, `253402300800000`, nil, `"253402300800000" is beyond the years 0 to 9999, counted in milliseconds since 1970`},
		{job.ColumnTime, `"0000-01-01T00:00:00+12:00"`, nil, `"0000-01-01T00:00:00+12:00" is beyond the years 0 to 9999`},
		{job.ColumnTime, `"3. 2. 2026"`, nil, `"3. 2. 2026" is no moment: it should be like 2006-01-02T15:04:05Z, or milliseconds since 1970`},
		{job.ColumnTime, `false`, nil, `"false" is no time`},
		{job.ColumnDate, `"2026-02-28"`, time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), ""},
		{job.ColumnDate, `"2026-03-01T00:30:00+01:00"`, time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), ""},
		{job.ColumnDate, `-86400000000`, time.Date(1967, 4, 7, 0, 0, 0, 0, time.UTC), ""},
		{job.ColumnDate, `"20260228"`, nil, `"20260228" is no date: it should be like 2006-01-02, or a moment`},
		{job.ColumnDate, `"2026-02-30"`, nil, `"2026-02-30" is no date: it should be like 2006-01-02, or a moment`},
		{job.ColumnJSON, `"x"`, job.RawJSON(`"x"`), ""},
		{job.ColumnJSON, "{\n \"a b\" : [ 1.10 , \"c\\ud83d\\ude00\" ] }", job.RawJSON(`{"a b":[1.10,"c\ud83d\ude00"]}`), ""},
		{job.ColumnJSON, `{"a":"\ud83dx\ude00"}`, job.RawJSON(`{"a":"\ufffdx\ufffd"}`), ""},
		{job.ColumnJSON, `{"a":"\\u0000"}`, job.RawJSON(`{"a":"\\u0000"}`), ""},
		{job.ColumnJSON, `{"a\u0000":1}`, nil, "it holds a NUL character, which no table can store"},
		{job.ColumnJSON, `[1e999999]`, nil, `"1e999999" has more digits than a table can store`},
		{job.ColumnJSON, "[\"\xc3\"]", nil, "it holds bytes that are not UTF-8"},
	} {
		for _, jq := range []string{".v", ".v|."} { // found by the walker; by the interpreter
			if jq == ".v|." && c.kind == job.ColumnJSON {
				continue // is written anew: see TestJQThatMakesJSON
			}
			got, why := one(t, c.kind, jq, `{"v":`+c.in+`}`)
			require.Equal(t, c.want, got, "%s %s %s", c.kind, jq, c.in)
			require.Equal(t, c.why, why, "%s %s %s", c.kind, jq, c.in)
		}
	}
}

func TestJQThatMakesJSON(t *testing.T) {
	t.Parallel()
	const record = `{"b":[12345678901234567890.10,"\ud83d\ude00\ud83d"],"a":{"x":null}}`
	got, why := one(t, job.ColumnJSON, "{b,a}", record)
	require.Empty(t, why)
	require.Equal(t, job.Row{job.RawJSON(`{"a":{"x":null},"b":[12345678901234567890.10,"😀` + "\ufffd" + `"]}`)}, job.Row{got})
	_, why = one(t, job.ColumnJSON, `{a: .a}`, "{\"a\":\"\xff\"}")
	require.Equal(t, "it holds bytes that are not UTF-8", why)
	_, why = one(t, job.ColumnJSON, `[.a]`, `{"a":"\u0000"}`)
	require.Equal(t, "it holds a NUL character, which no table can store", why)
	got, why = one(t, job.ColumnJSON, ".", ` {"a" : 1}`)
	require.Empty(t, why)
	require.Equal(t, job.RawJSON(`{"a":1}`), got)
}

func TestPathsAreTakenAsJQTakesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		jq, in string
		want   any
		why    string
	}{
		{".a.b", `{"a":{"b":"x"}}`, "x", ""},
		{".a.b", `{"a":{"b":"x"},"a":{}}`, nil, ""},
		{".a.b", `{"a":{"b":"x"},"a":null}`, nil, ""},
		{".a.b", `{"a":7,"a":{"b":"x","b":"y"}}`, "y", ""},
		{".a.b", `{"\u0061":{"\u0062":"x"}}`, "x", ""},
		{".a.b", `{"a":null}`, nil, ""},
		{".a.b", `{}`, nil, ""},
		{".a.b", `{"a":[{"b":"x"}]}`, nil, `[{"b":"x"}] is no object, so there is no .b in it`},
		{".a.b", `{"a":"x"}`, nil, `"x" is no object, so there is no .b in it`},
		{".a", `"x"`, nil, `"x" is no object, so there is no .a in it`},
		{`."a.b"`, `{"a.b":"x"}`, "x", ""},
		{`.["\u0061"]`, `{"a":"x"}`, "x", ""},
		{".", `"x"`, "x", ""},
		{".a", `null`, nil, "the record is null"},
		{".a[0]", `{"a":["x"]}`, "x", ""},
		{".a?", `[]`, nil, ""},
		{".a[]", `{"a":[]}`, nil, ""},
		{".a[]", `{"a":["x"]}`, "x", ""},
		{".a[]", `{"a":["x","y"]}`, nil, "its jq gives more than one value"},
		{".a[]", `{"a":1}`, nil, "its jq says: cannot iterate over: number (1)"},
		{`.a, error("no")`, `{"a":"x"}`, nil, "its jq says: error: no"},
		{`.a // "none"`, `{}`, "none", ""},
		{`.a.b + " " + .a.c`, `{"a":{"b":"x","c":"y"}}`, "x y", ""},
	} {
		got, why := one(t, job.ColumnText, c.jq, c.in)
		require.Equal(t, c.want, got, "%s on %s", c.jq, c.in)
		require.Equal(t, c.why, why, "%s on %s", c.jq, c.in)
	}
	// Two columns of which one is inside of the other.
	row, no := mapper(t, job.Column{Name: "in", Value: ".a.b", Type: job.ColumnInteger}, job.Column{Name: "out", Value: ".a", Type: job.ColumnJSON}).Row([]byte(`{"a":{"b":1}}`))
	require.Nil(t, no)
	require.Equal(t, job.Row{int64(1), job.RawJSON(`{"b":1}`)}, row)
}

func TestNumbersOfJQ(t *testing.T) {
	t.Parallel()
	for jq, want := range map[string]any{
		".a":                  job.Decimal("12345678901234567890.10"),
		".a, empty":           job.Decimal("12345678901234567890.10"),
		"[.a][0]":             job.Decimal("12345678901234567890.10"),
		".i * 1000000000 | .": job.Decimal("12345678901234567000000000"),
		".f / 4":              job.Decimal("0.375"),
	} {
		got, why := one(t, job.ColumnNumber, jq, `{"a":12345678901234567890.10,"i":12345678901234567,"f":1.5}`)
		require.Empty(t, why, jq)
		require.Equal(t, want, got, jq)
	}
	for _, jq := range []string{"nan", "infinite", "-infinite"} {
		_, why := one(t, job.ColumnNumber, jq, `{}`)
		require.Equal(t, "its jq gives a number that is none, or has no end", why)
	}
}

func TestWhatIsNoRecordIsRejected(t *testing.T) {
	t.Parallel()
	m := mapper(t, job.Column{Name: "It", Value: ".a", Type: job.ColumnText, Required: true})
	for record, why := range map[string]string{
		``:                                "the record is no JSON: it ends at byte 0",
		`{"a":`:                           "the record is no JSON: it ends at byte 5",
		`{"a":"x"} {`:                     `the record is no JSON: '{' does not belong at byte 11`,
		`{"a":01}`:                        `the record is no JSON: '0' does not belong at byte 6`,
		`{"a":1.}`:                        `the record is no JSON: '}' does not belong at byte 8`,
		`{"a":1e}`:                        `the record is no JSON: '}' does not belong at byte 8`,
		`{"a":"\x"}`:                      `the record is no JSON: 'x' does not belong at byte 8`,
		`{"a":"\u00g0"}`:                  `the record is no JSON: 'g' does not belong at byte 11`,
		"{\"a\":\"\n\"}":                  `the record is no JSON: '\n' does not belong at byte 7`,
		`{"a":tru}`:                       `the record is no JSON: '}' does not belong at byte 9`,
		`{"a":1,}`:                        `the record is no JSON: '}' does not belong at byte 8`,
		`{"a" 1}`:                         `the record is no JSON: '1' does not belong at byte 6`,
		`{"b":[1 2]}`:                     `the record is no JSON: '2' does not belong at byte 9`,
		strings.Repeat(`{"b":[`, 501):     "the record has more than 1000 brackets inside of each other",
		strings.Repeat(`[`, 10_000_000):   "the record has more than 1000 brackets inside of each other",
		`{"a":null}`:                      "a value is required here, and there is none",
		`{"a":"` + big(1<<20+1) + `"}`:    "it has 1048577 bytes, more than 1048576 are not taken",
		`{"a":"x","b":"` + big(5) + `"}]`: `the record is no JSON: ']' does not belong at byte 22`,
	} {
		row, no := m.Row([]byte(record))
		require.Nil(t, row)
		require.NotNil(t, no, record[:min(len(record), 100)])
		require.Equal(t, why, no.Why)
		require.LessOrEqual(t, len(no.Begins), 500)
	}
	row, no := m.Row([]byte(`{"a":"` + big(1<<20) + `"}`))
	require.Nil(t, no)
	require.Len(t, row[0], 1<<20)
}

func big(n int) string { return strings.Repeat("x", n) }

func TestARejectShowsTheRecordWithoutControlCharacters(t *testing.T) {
	t.Parallel()
	_, no := mapper(t, job.Column{Name: "Amount", Value: ".a", Type: job.ColumnNumber}).Row([]byte("{\n\t\"a\" : \"\u202e12\x7f\xff\", \"b\":\"" + strings.Repeat("ř", 400) + `"}`))
	require.NotNil(t, no)
	require.Equal(t, "Amount", no.Column)
	require.Equal(t, `"12 �" is no number`, no.Why)
	require.LessOrEqual(t, len(no.Begins), 500)
	require.True(t, strings.HasPrefix(no.Begins, `{ "a" : " 12 �", "b":"ř`), no.Begins)
	require.True(t, strings.HasSuffix(no.Begins, "ř…"), no.Begins)
}

func TestJQEnds(t *testing.T) {
	t.Parallel()
	for _, jq := range []string{"last(range(infinite))", "def f: f; f", "[limit(1e9; repeat(1))] | length"} {
		m, err := mapping.Compile([]job.Column{{Name: "It", Value: jq, Type: job.ColumnText}}, mapping.TimePerRecord(20*time.Millisecond))
		require.NoError(t, err)
		began := time.Now()
		_, no := m.Row([]byte(`{}`))
		require.NotNil(t, no, jq)
		require.Equal(t, "its jq did not end within 20ms", no.Why)
		require.Less(t, time.Since(began), 5*time.Second)
	}
	m, err := mapping.Compile([]job.Column{{Name: "It", Value: ".", Type: job.ColumnText}}, mapping.LongestText(3))
	require.NoError(t, err)
	_, no := m.Row([]byte(`"abcd"`))
	require.NotNil(t, no)
	require.Equal(t, "it has 4 bytes, more than 3 are not taken", no.Why)
}

func TestCompileNamesAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := mapping.Compile([]job.Column{
		{Name: "A", Value: ".properties.}", Type: "text"},
		{Name: "A", Value: ".a", Type: "string"},
		{Value: "", Type: "text"},
		{Name: "B", Value: ".é | foo(1)", Type: "text"},
		{Name: "C", Value: ".a | (.b | $ENV.PATH)", Type: "text"},
		{Name: "D", Value: `if .a then [halt_error] else "\(input)" end`, Type: "text"},
		{Name: "E", Value: `import "x" as x; .`, Type: "text"},
		{Name: "F", Value: `def g: debug; .a`, Type: "text"},
		{Name: "G", Value: `"ž" | .a[`, Type: "text"},
		{Name: "H", Value: strings.Repeat("(", 10_001), Type: "text"},
		{Name: "I", Value: "\xff", Type: "text"},
		{Name: "J", Value: `.a | nothing_like_it(1)`, Type: "text"},
	})
	var wrong mapping.Mistakes
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, []string{
		`column "A": its jq is wrong at character 13 of ".properties.}": unexpected token "}"`,
		`column "A": this name is there twice`,
		`column "A": "string" is no type, there are text, integer, number, boolean, time, date, json`,
		`column 3 has no name`,
		`the jq that makes its value is missing`,
		`column "B": its jq is wrong at character 2 of ".é | foo(1)": unexpected token "é"`,
		`column "C": its jq uses $ENV at character 12 of ".a | (.b | $ENV.PATH)": a value is made of the record and of nothing else`,
		`column "D": its jq uses halt_error at character 13 of "if .a then [halt_error] else \"\\(input)\" end": a value is made of the record and of nothing else`,
		`column "E": its jq reads a module, and there are no files here`,
		`column "F": its jq uses debug at character 8 of "def g: debug; .a": a value is made of the record and of nothing else`,
		`column "G": its jq is wrong at character 10 of "\"ž\" | .a[": unexpected EOF`,
		`column "H": its jq has 10001 bytes, more than 10000 are not read`,
		`column "I": its jq is not UTF-8`,
		`column "J": its jq ".a | nothing_like_it(1)" is wrong: function not defined: nothing_like_it/1`,
	}, strings.Split(err.Error(), "\n"))
	require.Equal(t, mapping.Mistake{Column: "A", Field: "value", Why: `its jq is wrong at character 13 of ".properties.}": unexpected token "}"`}, wrong[0])
	_, err = mapping.Compile(nil)
	require.EqualError(t, err, "a sync needs at least one column")
	_, err = mapping.Compile(make([]job.Column, 1601))
	require.ErrorContains(t, err, "there are 1601 columns, a table has at most 1600")
}

func TestAMapperServesManyAtOnce(t *testing.T) {
	t.Parallel()
	m := mapper(t, job.Column{Name: "a", Value: ".a", Type: job.ColumnInteger}, job.Column{Name: "b", Value: ".a + 1", Type: job.ColumnInteger})
	done := make(chan bool)
	for n := range 8 {
		go func() {
			ok := true
			for i := range 200 {
				v := n*1000 + i
				record, err := json.Marshal(map[string]int{"a": v})
				row, no := m.Row(record)
				ok = ok && err == nil && no == nil && row[0] == int64(v) && row[1] == int64(v+1)
			}
			done <- ok
		}()
	}
	for range 8 {
		require.True(t, <-done)
	}
}
