package sheet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/sandbox/sheet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *sheet.Folder {
	t.Helper()
	f, err := sheet.Open(filepath.Join(t.TempDir(), "data"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// write puts a table in the place of what was there, as a careful writer does.
func write(t *testing.T, f *sheet.Folder, name, text string, at time.Time) {
	t.Helper()
	next := f.File(name) + ".new"
	require.NoError(t, os.WriteFile(next, []byte(text), 0o600))
	require.NoError(t, os.Chtimes(next, at, at))
	require.NoError(t, os.Rename(next, f.File(name)))
}

func get(t *testing.T, f *sheet.Folder, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

type rows struct {
	Written time.Time
	Rows    int
	Columns []string
	From    int
	Records [][]string
}

func part(t *testing.T, f *sheet.Folder, path string) rows {
	t.Helper()
	a := get(t, f, path)
	require.Equal(t, http.StatusOK, a.Code, a.Body)
	var got rows
	require.NoError(t, json.Unmarshal(a.Body.Bytes(), &got))
	return got
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC)

func TestATableIsRowsAndWhenItWasWritten(t *testing.T) {
	t.Parallel()
	f := open(t)
	write(t, f, "deals", "Deal,Amount\r\n\"Two\nlines, \"\"quoted\"\"\",12.50\r\n<b>bold</b>,\r\n", noon)
	got := part(t, f, "/sheet/deals/rows")
	require.True(t, noon.Equal(got.Written))
	require.Equal(t, rows{
		Written: got.Written, Rows: 2, Columns: []string{"Deal", "Amount"},
		Records: [][]string{{"Two\nlines, \"quoted\"", "12.50"}, {"<b>bold</b>", ""}},
	}, got)
}

func TestAPartOfATable(t *testing.T) {
	t.Parallel()
	f := open(t)
	var text strings.Builder
	text.WriteString("n\n")
	for n := range 1234 {
		fmt.Fprintf(&text, "%d\n", n)
	}
	write(t, f, "deals", text.String(), noon)
	got := part(t, f, "/sheet/deals/rows")
	require.Len(t, got.Records, 100)
	require.Equal(t, 1234, got.Rows)
	got = part(t, f, "/sheet/deals/rows?from=1230&count=100")
	require.Equal(t, [][]string{{"1230"}, {"1231"}, {"1232"}, {"1233"}}, got.Records)
	require.Equal(t, 1230, got.From)
	require.Equal(t, 1234, got.Rows, "counted once, known from then on")
	got = part(t, f, "/sheet/deals/rows?from=9999")
	require.Empty(t, got.Records)
	require.Equal(t, []string{"n"}, got.Columns)
	for _, query := range []string{"from=-1", "from=x", "count=501", "count=-1"} {
		require.Equal(t, http.StatusBadRequest, get(t, f, "/sheet/deals/rows?"+query).Code, query)
	}
}

func TestTheSameEditionIsNotReadTwice(t *testing.T) {
	t.Parallel()
	f := open(t)
	write(t, f, "deals", "a\n1\n", noon)
	first := get(t, f, "/sheet/deals/rows")
	tag := first.Header().Get("ETag")
	require.NotEmpty(t, tag)
	again := get(t, f, "/sheet/deals/rows", "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.String())
	require.Equal(t, http.StatusOK, get(t, f, "/sheet/deals/rows?from=1", "If-None-Match", tag).Code, "another part")
	write(t, f, "deals", "a\n2\n", noon.Add(time.Nanosecond))
	changed := get(t, f, "/sheet/deals/rows", "If-None-Match", tag)
	require.Equal(t, http.StatusOK, changed.Code)
	require.Contains(t, changed.Body.String(), `[["2"]]`)
}

// What sales gets to see is bounded and is text, whatever stands in the file.
func TestHostileTables(t *testing.T) {
	t.Parallel()
	f := open(t)
	for name, c := range map[string]struct {
		text string
		want rows
	}{
		"empty":     {"", rows{Columns: []string{}, Records: [][]string{}}},
		"heading":   {"a,b\n", rows{Columns: []string{"a", "b"}, Records: [][]string{}}},
		"ragged":    {"a,b\n1\n1,2,3\n", rows{Rows: 2, Columns: []string{"a", "b"}, Records: [][]string{{"1"}, {"1", "2", "3"}}}},
		"quotes":    {"a\nsay \"hi\" to me\n", rows{Rows: 1, Columns: []string{"a"}, Records: [][]string{{`say "hi" to me`}}}},
		"long":      {"a\n" + strings.Repeat("ž", 10<<20) + "\n", rows{Rows: 1, Columns: []string{"a"}, Records: [][]string{{strings.Repeat("ž", 300) + "…"}}}},
		"fits":      {"a\n" + strings.Repeat("ž", 300) + "\n", rows{Rows: 1, Columns: []string{"a"}, Records: [][]string{{strings.Repeat("ž", 300)}}}},
		"no-text":   {"a\nx\xff\xfey\n", rows{Rows: 1, Columns: []string{"a"}, Records: [][]string{{"x\ufffd\ufffdy"}}}},
		"nul":       {"a\nx\x00y\n", rows{Rows: 1, Columns: []string{"a"}, Records: [][]string{{"x\x00y"}}}},
		"wide":      {strings.Repeat("c,", 999) + "c\n", rows{Columns: strings.Split(strings.Repeat("c,", 99)+"c", ","), Records: [][]string{}}},
		"half-line": {"a,b\n1,\"2", rows{Rows: 1, Columns: []string{"a", "b"}, Records: [][]string{{"1", "2"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			write(t, f, name, c.text, noon)
			got := part(t, f, "/sheet/"+name+"/rows")
			got.Written = time.Time{}
			require.Equal(t, c.want, got)
		})
	}
}

func TestOnlyTablesAreShown(t *testing.T) {
	t.Parallel()
	f := open(t)
	outside := filepath.Join(filepath.Dir(filepath.Dir(f.File("x"))), "secret.csv")
	require.NoError(t, os.WriteFile(outside, []byte("token\n"), 0o600))
	require.NoError(t, os.Symlink(outside, f.File("link")))
	require.NoError(t, os.Mkdir(f.File("folder"), 0o700))
	for path, status := range map[string]int{
		"/sheet/deals/rows":         http.StatusNotFound,
		"/sheet/..%2Fsecret/rows":   http.StatusNotFound,
		"/sheet/..%2Fsecret":        http.StatusNotFound,
		"/sheet/%2e%2e%2Fsecret":    http.StatusNotFound,
		"/sheet/Deals":              http.StatusNotFound,
		"/sheet/link/rows":          http.StatusInternalServerError,
		"/sheet/folder/rows":        http.StatusInternalServerError,
		"/sheet/":                   http.StatusNotFound,
		"/sheet/-/static/sheet.css": http.StatusNotFound,
	} {
		a := get(t, f, path)
		require.Equal(t, status, a.Code, "%s: %s", path, a.Body)
		require.NotContains(t, a.Body.String(), "token")
		require.Empty(t, a.Header().Get("ETag"))
	}
	require.JSONEq(t, `{"ok":false,"error":"nothing is written yet"}`, get(t, f, "/sheet/deals/rows").Body.String())
}

func TestThePageLoadsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	f := open(t)
	for path, kind := range map[string]string{
		"/sheet/deals": "text/html; charset=utf-8", "/sheet/-/sheet.js": "text/javascript; charset=utf-8", "/sheet/-/sheet.css": "text/css; charset=utf-8",
	} {
		a := get(t, f, path)
		require.Equal(t, http.StatusOK, a.Code, path)
		require.Equal(t, kind, a.Header().Get("Content-Type"))
		require.Contains(t, a.Header().Get("Content-Security-Policy"), "default-src 'none'")
		require.Contains(t, a.Header().Get("Content-Security-Policy"), "require-trusted-types-for 'script'")
		require.Equal(t, "nosniff", a.Header().Get("X-Content-Type-Options"))
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/sheet/deals", http.NoBody)
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
}

func TestWatchTellsWhenATableIsWritten(t *testing.T) {
	t.Parallel()
	f := open(t)
	_, _, ok := f.Seen("deals")
	require.False(t, ok)
	write(t, f, "deals", "a\n1\n2\n", noon)
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan struct{}, 8), make(chan struct{})
	go func() {
		defer close(ended)
		f.Watch(ctx, func() { told <- struct{}{} }, "deals", "others")
	}()
	next := func(why string) {
		t.Helper()
		select {
		case <-told:
		case <-time.After(time.Minute):
			require.Fail(t, "nobody was told: "+why)
		}
	}
	next("it was there already")
	at, rows, ok := f.Seen("deals")
	require.True(t, ok)
	require.True(t, noon.Equal(at))
	require.Equal(t, 2, rows)
	write(t, f, "deals", "a\n1\n2\n3\n", noon.Add(time.Minute))
	next("it was written again")
	_, rows, _ = f.Seen("deals")
	require.Equal(t, 3, rows)
	write(t, f, "deals", "a\n1\n", noon.Add(2*time.Minute))
	require.Equal(t, 1, part(t, f, "/sheet/deals/rows").Rows)
	next("it was written again, although a page has read it first")
	require.NoError(t, os.Remove(f.File("deals")))
	next("it was removed")
	_, _, ok = f.Seen("deals")
	require.False(t, ok)
	cancel()
	<-ended
	require.Empty(t, told, "and never without a reason")
}
