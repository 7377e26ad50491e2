package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// The size of what is fetched while plugs are pulled.
const (
	bulkRows = 200_000
	bulkPage = 10_000
)

// bulk is a third party with many records, which gives the same ones under every path. It can be made to keep a page
// back.
type bulk struct {
	*httptest.Server
	pages [][]byte

	mu    sync.Mutex
	asked map[string]map[int]int // how often each page was asked for, by path
	held  map[string]int         // the page of a path that is kept back
	waits map[string]int         // how many wait for it
	gate  chan struct{}
}

func newBulk(t *testing.T) *bulk {
	t.Helper()
	b := &bulk{asked: map[string]map[int]int{}, held: map[string]int{}, waits: map[string]int{}, gate: make(chan struct{})}
	for first := 0; first < bulkRows; first += bulkPage {
		var page bytes.Buffer
		page.WriteString(`{"records":[`)
		for i := first; i < first+bulkPage; i++ {
			if i > first {
				page.WriteByte(',')
			}
			gen := "new"
			if i%2 == 0 {
				gen = "same"
			}
			fmt.Fprintf(&page, `{"id":%d,"gen":%q,"amount":"%d.50","name":"Deal number %d"}`, i, gen, i, i)
		}
		next := "null"
		if first+bulkPage < bulkRows {
			next = fmt.Sprintf("%q", strconv.Itoa(first/bulkPage+1))
		}
		fmt.Fprintf(&page, `],"next":%s,"total":%d}`, next, bulkRows)
		b.pages = append(b.pages, page.Bytes())
	}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(func() { b.open(); b.CloseClientConnections(); b.Close() })
	return b
}

func (b *bulk) serve(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("after"))
	path := strings.Trim(r.URL.Path, "/")
	b.mu.Lock()
	if b.asked[path] == nil {
		b.asked[path] = map[int]int{}
	}
	b.asked[path][n]++
	held, keep := b.held[path]
	gate := b.gate
	if keep = keep && held == n; keep {
		b.waits[path]++
	}
	b.mu.Unlock()
	if keep {
		select {
		case <-gate:
		case <-r.Context().Done():
		}
		b.mu.Lock()
		b.waits[path]--
		b.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b.pages[n]) // who asked may be dead
}

// hold keeps a page of a path back, 0-based.
func (b *bulk) hold(path string, page int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[path] = page
}

// open lets everything through again.
func (b *bulk) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.gate)
	b.gate, b.held = make(chan struct{}), map[string]int{}
}

// waiting is how many wait for the page of a path that is kept back.
func (b *bulk) waiting(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waits[path]
}

// times is how often the pages of a path were asked for.
func (b *bulk) times(path string) map[int]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.asked[path])
}

// config is a sync of the name into a table of the name.
func (b *bulk) config(name string) string {
	return fmt.Sprintf(`
  %[1]s:
    say: Many records into %[1]s
    from:
      name: Bulk
      url: %[2]s/%[1]s
      records: .records
      total: .total
      paging: {cursor: .next, param: after}
    rows:
      Id:     {value: .id, type: integer}
      Gen:    .gen
      Amount: {value: .amount, type: number}
      Name:   .name
    to: {table: %[1]s, database: {env: SALES_DATABASE}}
    channel: "#sales-data"
    owner: jana
`, name, b.URL)
}

// fill makes the table as an earlier sync would have left it: every second row is as it will be, the others are old.
func (b *bulk) fill(t *testing.T, conn *pgx.Conn, name string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), fmt.Sprintf(`CREATE TABLE %s ("Id" bigint, "Gen" text, "Amount" numeric, "Name" text);
		INSERT INTO %[1]s SELECT i, CASE WHEN i %% 2 = 0 THEN 'same' ELSE 'old' END, i + 0.50, 'Deal number ' || i FROM generate_series(0, %d) i`, name, bulkRows-1),
		pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
}

// digest sums up rows, in whatever order they are.
const digest = `SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', "Id", "Gen", "Amount", "Name"), 0)::numeric) FROM `

// exact holds that a table has every record, once, and nothing else.
func (b *bulk) exact(t *testing.T, conn *pgx.Conn, name string) {
	t.Helper()
	var want, got string
	require.NoError(t, conn.QueryRow(t.Context(), digest+fmt.Sprintf(`(SELECT i AS "Id", CASE WHEN i %% 2 = 0 THEN 'same' ELSE 'new' END AS "Gen",
		i + 0.50 AS "Amount", 'Deal number ' || i AS "Name" FROM generate_series(0, %d) i) x`, bulkRows-1)).Scan(&want))
	require.NoError(t, conn.QueryRow(t.Context(), digest+name).Scan(&got))
	require.Equal(t, want, got, name)
}

// halfSeen says what is wrong with what a reader sees of a table: it must be all old or all new.
func (b *bulk) halfSeen(t *testing.T, conn *pgx.Conn, name string) error {
	var all, old, fresh int
	err := conn.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE "Gen" = 'old'), count(*) FILTER (WHERE "Gen" = 'new') FROM `+name).Scan(&all, &old, &fresh)
	if err == nil && (all != bulkRows || old*fresh != 0 || old+fresh != bulkRows/2) {
		err = fmt.Errorf("%s has %d rows, %d of them old and %d new", name, all, old, fresh)
	}
	return err
}
