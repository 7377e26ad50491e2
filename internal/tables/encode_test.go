package tables

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestValuesThatCannotBeStoredNameTheirRow(t *testing.T) {
	t.Parallel()
	s := deals("id")
	s.Columns = append(s.Columns, job.Column{Name: "amount", Type: job.ColumnNumber}, job.Column{Name: "at", Type: job.ColumnTime})
	table := &Table{sync: s}
	for _, c := range []struct {
		row  job.Row
		says string
	}{
		{row(nil, "x", nil, nil), "Row 2 of page 3: id is empty, but it is what tells rows apart."},
		{row(int64(1), "a\x00b", nil, nil), "Row 2 of page 3: Stage holds a NUL byte, which cannot be stored."},
		{row(int64(1), "\xff", nil, nil), "Row 2 of page 3: Stage is not valid UTF-8."},
		{row(int64(1), "x", job.Decimal("NaN"), nil), "Row 2 of page 3: amount is no number."},
		{row(int64(1), "x", nil, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "Row 2 of page 3: at is not between the years 1 and 9999."},
		{row(int64(1), int64(1), nil, nil), "Row 2 of page 3: Stage is a int64, which is no text."},
		{row("1", "x", nil, nil), "Row 2 of page 3: id is of another type than its column."},
	} {
		_, err := table.encode(nil, []job.Row{row(int64(1), "x", nil, nil), c.row}, 0, "page 3")
		f := requireFault(t, err, job.FaultData)
		require.Equal(t, c.says, f.Says)
		require.True(t, f.Final)
	}
	_, err := table.encode(nil, []job.Row{row(int64(1))}, 0, "page 3")
	require.ErrorContains(t, err, "1 values for 4 columns")
}

func TestRowsAsCopyReadsThem(t *testing.T) {
	t.Parallel()
	got, err := (&Table{sync: deals("id")}).encode(nil, []job.Row{row(int64(math.MaxInt64), "a\tb\\c\r\n"), row(int64(-1), nil)}, 41, "page 1")
	require.NoError(t, err)
	require.Equal(t, "41\t9223372036854775807\ta\\tb\\\\c\\r\\n\n42\t-1\t\\N\n", string(got))
}

func FuzzPlausibleNumbersAreJSON(f *testing.F) {
	for _, seed := range []string{"0", "-12.50", "1e9", "1E+9", "1.", ".5", "--1", "NaN", "1e", "0x1", " 1", "1_0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !plausible(s) {
			return
		}
		// JSON forbids leading zeros; PostgreSQL does not mind them.
		unsigned := strings.TrimPrefix(s, "-")
		for len(unsigned) > 1 && unsigned[0] == '0' && unsigned[1] >= '0' && unsigned[1] <= '9' {
			unsigned = unsigned[1:]
		}
		if !json.Valid([]byte(unsigned)) {
			t.Errorf("%q is no number to JSON", s)
		}
	})
}

func FuzzTextStaysOnItsLine(f *testing.F) {
	for _, seed := range []string{"", "plain", "\\.", "a\tb", "\r\n", "\\N", "ü\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, why := appendText(nil, s, true)
		if why != "" {
			return
		}
		if strings.ContainsAny(string(out), "\t\n\r") || string(out) == "\\N" || string(out) == "\\." {
			t.Errorf("%q became %q, which COPY takes for its own", s, out)
		}
		back := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r").Replace(string(out))
		if back != s {
			t.Errorf("%q became %q", s, back)
		}
	})
}
