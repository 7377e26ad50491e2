package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "pat-eu1-0123/45+67=89"

// clock is a time that passes only while somebody waits.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
	said  []string
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.pass(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

// serve starts the other side.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// open opens a reader with a clock of its own.
func open(t testing.TB, src job.Source, change ...func(*Options)) (*Reader, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)}
	o := Options{Now: c.Now, Sleep: c.Sleep, Timeout: 5 * time.Minute, OnWait: func(why string, _ time.Duration) { c.said = append(c.said, why) }}
	for _, f := range change {
		f(&o)
	}
	src.Name = "HubSpot"
	r, err := Open(src, job.NewSecret(secret), o)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r, c
}

// fault is the fault of reading a page.
func fault(t testing.TB, r *Reader, at job.Position) *job.Fault {
	t.Helper()
	_, err := r.Page(t.Context(), at)
	var f *job.Fault
	require.ErrorAs(t, err, &f)
	require.NotContains(t, f.Error()+f.Shown, secret)
	require.LessOrEqual(t, len(f.Shown), 500)
	return f
}

// all reads a source to its end and gives its records.
func all(t testing.TB, r *Reader) ([]string, job.Position) {
	t.Helper()
	var at job.Position
	var records []string
	for !at.Over {
		page, err := r.Page(t.Context(), at)
		require.NoError(t, err)
		for _, one := range page.Records {
			records = append(records, string(one))
		}
		at.Pages, at.Next, at.Over = at.Pages+1, page.Next, page.Over
		at.Read += int64(len(page.Records))
		require.Less(t, at.Pages, 1000)
	}
	return records, at
}

// numbers are the records {"n":from} up to {"n":to-1} as they are expected.
func numbers(from, to int) []string {
	records := []string{}
	for n := from; n < to; n++ {
		records = append(records, fmt.Sprintf(`{"n":%d}`, n))
	}
	return records
}

var errCut = errors.New("cut")

// cut ends a connection in the middle.
func cut(t testing.TB, w http.ResponseWriter) {
	t.Helper()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(errors.Join(errCut, err))
		return
	}
	conn.Close()
}

func byCursor(url string) job.Source {
	return job.Source{URL: url, Records: ".results", Paging: job.Paging{By: job.ByCursor, Next: ".paging.next.after", Param: "after"}}
}
