package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox"
)

// hostile is what a third party may send, and what becomes of it.
type hostile struct {
	name  string
	gives func(w http.ResponseWriter, after string)
	class string // whose fault it is, when it cannot be read; empty: the good records are written
	says  string
	rows  string // what is in the file then, without the heading; of a table, a line for each row
	table bool   // it goes into a table with a key
}

// sends is an answer with these records, and the cursor behind them.
func sends(records, next string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"records":[%s],"next":%q}`, records, next)
	}
}

func hostiles() []hostile {
	return []hostile{
		{name: "nul", gives: sends(`{"id":1,"name":"one"},{"id":2,"name":"two\u0000"}`, ""), says: "1 row, 1 rejected.", rows: "1,one\r\n"},
		{name: "bytes", gives: sends(`{"id":1,"name":"one"},{"id":2,"name":"`+"\xff\xfe"+`"}`, ""), says: "1 row, 1 rejected.", rows: "1,one\r\n"},
		{name: "surrogate", gives: sends(`{"id":1,"name":"half \ud83d of it"}`, ""), says: "1 row, none rejected.", rows: "1,half \ufffd of it\r\n"},
		{name: "long", gives: sends(`{"id":1,"name":"one"},{"id":2,"name":"`+strings.Repeat("x", 10<<20)+`"}`, ""), class: job.FaultData, says: "more than 8 MB"},
		{name: "longish", gives: sends(`{"id":1,"name":"one"},{"id":2,"name":"`+strings.Repeat("x", 2<<20)+`"}`, ""), says: "1 row, 1 rejected.", rows: "1,one\r\n"},
		{name: "circle", gives: sends(`{"id":1,"name":"one"}`, "again"), class: job.FaultData, says: "leads to itself"},
		{name: "numbers", gives: sends(`{"id":1e400,"name":"far"},{"id":1.5,"name":"half"},{"id":9223372036854775808,"name":"much"},{"id":"1","name":"text"}`, ""), says: "1 row, 3 rejected.", rows: "1,text\r\n"},
		{name: "words", gives: sends(`{"id":1,"name":"=HYPERLINK(\"x\"),\r\n<!channel>"},null,"text",[1]`, ""), says: "1 row, 3 rejected.", rows: "1,\"=HYPERLINK(\"\"x\"\"),\r\n<!channel>\"\r\n"},
		{name: "twice", table: true, gives: sends(`{"id":1,"name":"first"},{"id":2,"name":"two"},{"id":1,"name":"last"}`, ""), says: "2 rows, 1 came twice, none rejected.", rows: "1,last\n2,two"},
		{name: "half", class: job.FaultData, says: "no JSON", gives: func(w http.ResponseWriter, after string) {
			if after == "" {
				sends(`{"id":1,"name":"one"}`, "2")(w, after)
				return
			}
			_, _ = w.Write([]byte(`{"records":[{"id":2,"name":"tw`))
		}},
		{name: "other", class: job.FaultData, says: "records", gives: func(w http.ResponseWriter, _ string) {
			_, _ = w.Write([]byte(`{"error":"<!channel> you owe us money"}`))
		}},
		{name: "site", class: job.FaultTheirs, says: "web page", gives: func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html><body>Log in</body></html>"))
		}},
		{name: "cut", class: job.FaultTheirs, says: "cut the connection", gives: func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"records":[`))
			panic(http.ErrAbortHandler)
		}},
	}
}

// asBefore is what people read before a hostile source was asked.
const asBefore = "Id,Name\r\n7,as before\r\n"

// Whatever a third party sends ends as rows, as rejected records or as a question that says whose fault it is, and what
// people read is what came or what was there before.
func TestHostileData(t *testing.T) {
	t.Parallel()
	database := servers.Database(t)
	f := newFleet(t, func(o *sandbox.Options) { o.Slack.Limits.Off = true })
	all := map[string]hostile{}
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all[strings.Trim(r.URL.Path, "/")].gives(w, r.URL.Query().Get("after"))
	}))
	t.Cleanup(source.Close)
	for _, h := range hostiles() {
		all[h.name] = h
		to := "{file: " + f.hostileFile(h) + "}"
		if h.table {
			to = "{table: twice, database: {env: SALES_DATABASE}, key: Id}"
		}
		f.addSync(fmt.Sprintf(`
  hostile-%[1]s:
    say: What %[1]s sends
    from: {name: Them, url: %[2]s/%[1]s, records: .records, paging: {cursor: .next, param: after}}
    rows:
      Id:   {value: .id, type: integer, required: true}
      Name: .name
    to: %[3]s
    channel: "#sales-data"
    owner: jana
`, h.name, source.URL, to))
		require.NoError(t, os.WriteFile(f.hostileFile(h), []byte(asBefore), 0o600))
	}
	f.up(haste, "SALES_DATABASE="+database)
	alice, threads := f.person("alice"), map[string]thread{}
	for _, h := range hostiles() {
		threads[h.name] = alice.types("sync run hostile-" + h.name)
	}
	for _, h := range hostiles() {
		th := threads[h.name]
		if h.class != "" {
			asked := shownBy(th.sees(60*time.Second, "I need a decision"))
			require.Contains(t, asked, h.says, h.name)
			require.Contains(t, asked, "("+h.class+")", h.name)
			require.NotContains(t, asked, "<!channel>")
			require.Less(t, len(asked), 1500, h.name)
			th.replies("stop")
		} else {
			th.sees(60*time.Second, h.says)
		}
		f.eventually(20*time.Second, h.name+" has ended", func() error { return f.endedIn(th) })
		if h.table {
			var rows string
			require.NoError(t, connectTo(t, database).QueryRow(t.Context(), `SELECT string_agg("Id" || ',' || "Name", E'\n' ORDER BY "Id") FROM twice`).Scan(&rows))
			require.Equal(t, h.rows, rows)
			continue
		}
		want := asBefore
		if h.class == "" {
			want = "Id,Name\r\n" + h.rows
		}
		got, err := os.ReadFile(f.hostileFile(h))
		require.NoError(t, err)
		require.Equal(t, want, string(got), h.name)
	}
	left, err := filepath.Glob(filepath.Join(f.dir, ".hostile-*", "rows-*"))
	require.NoError(t, err)
	require.Empty(t, left)
	left, err = filepath.Glob(filepath.Join(f.data(), "syncs", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func (f *fleet) hostileFile(h hostile) string { return filepath.Join(f.dir, "hostile-"+h.name+".csv") }
