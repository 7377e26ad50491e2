package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pgtest"
	"github.com/pawl-ops/pawl/job"
)

// rows measures how fast a sync takes pages of records into PostgreSQL, beside a bare loop that decodes the same pages
// and copies them straight into a table, in this process and on the same server, one after the other. The server waits
// for its disk, as a real one.
func rows(ctx context.Context, count, size int, t *table) (err error) {
	folder, err := pgtest.Folder()
	if err != nil {
		t.add("rows into PostgreSQL", "-", "", "", "left out: "+err.Error())
		return nil
	}
	server, err := pgtest.Start(folder, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	dsn := server.DSN(pgtest.Superuser, "postgres")
	source, err := newRecords(dsn, size)
	if err != nil {
		return err
	}
	defer source.Close()
	for _, n := range []int{count / 10, count} {
		source.pages = n / size
		bare, bareMemory, err := weighed(func() error { return source.copies(ctx) })
		if err != nil {
			return fmt.Errorf("the bare loop: %w", err)
		}
		full, fullMemory, err := weighed(func() error { return source.syncs(ctx, n) })
		if err != nil {
			return fmt.Errorf("the sync: %w", err)
		}
		what := fmt.Sprintf("%d rows into PostgreSQL", n)
		t.add(what, perSecond(n, full), "", "", fmt.Sprintf("fetched, mapped, staged and published, pages of %d, in %s", size, short(full)))
		t.add("  bare loop: decode and COPY", perSecond(n, bare), "", "", "the same pages straight into a table, in "+short(bare))
		t.add("  of the bare loop", fmt.Sprintf("%.2f x", bare.Seconds()/full.Seconds()), "", "0.8 x", "")
		again, _, err := weighed(func() error { return source.syncs(ctx, n) })
		if err != nil {
			return fmt.Errorf("the sync once more: %w", err)
		}
		t.add("  once more, nothing new", perSecond(n, again), "", "", "compared twice with what is there, in "+short(again))
		t.add("  memory at most", fmt.Sprintf("%d MiB", fullMemory), "", "", fmt.Sprintf("more than before; the bare loop %d MiB", bareMemory))
	}
	return nil
}

func perSecond(n int, took time.Duration) string {
	return fmt.Sprintf("%.0f k/s", float64(n)/1000/took.Seconds())
}

// weighed runs f and says how long it took, and by how many MiB the memory of this process grew meanwhile at most.
func weighed(f func() error) (took time.Duration, memory int64, err error) {
	debug.FreeOSMemory()
	// The peak is counted anew: proc_pid_clear_refs(5).
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return 0, 0, fmt.Errorf("measuring memory: %w", err)
	}
	before, err := resident(os.Getpid())
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	err = f()
	took = time.Since(began)
	peak, errPeak := peakMemory(os.Getpid())
	return took, peak - before, errors.Join(err, errPeak)
}

// records is a third party that makes its pages as they are asked for, of parts that are ready.
type records struct {
	*httptest.Server
	dsn   string
	pages int
	size  int // records of a page
	conn  *pgx.Conn
	runs  int
}

func newRecords(dsn string, size int) (*records, error) {
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		return nil, err
	}
	r := &records{dsn: dsn, conn: conn, size: size}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	return r, nil
}

func (r *records) serve(w http.ResponseWriter, req *http.Request) {
	var n int
	_, _ = fmt.Sscan(req.URL.Query().Get("after"), &n)
	out := make([]byte, 0, 256*r.size)
	out = append(out, `{"results":[`...)
	for i := range r.size {
		if i > 0 {
			out = append(out, ',')
		}
		id := n*r.size + i
		out = fmt.Appendf(out, `{"id":"%d","properties":{"dealname":"Deal number %d with a customer","dealstage":"contractsent","amount":"%d.50","closedate":"2026-01-31T08:00:00Z","owner":"%d","hs_lastmodifieddate":"2026-02-01T08:00:00.000Z"},"archived":false}`, id, id, id, id%100)
	}
	next := "null"
	if n+1 < r.pages {
		next = fmt.Sprintf(`"%d"`, n+1)
	}
	out = fmt.Appendf(out, `],"paging":{"next":{"after":%s}}}`, next)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out)
}

const bareTable = `DROP TABLE IF EXISTS bare, pipeline; CREATE TABLE bare (id bigint, deal text, stage text, amount numeric, closes timestamptz); CHECKPOINT`

// copies is the bare loop: what one would write without Pawl, in an afternoon.
func (r *records) copies(ctx context.Context) error {
	if _, err := r.conn.Exec(ctx, bareTable, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	for next := ""; ; {
		page, err := r.page(ctx, next)
		if err != nil {
			return err
		}
		_, err = r.conn.CopyFrom(ctx, pgx.Identifier{"bare"}, []string{"id", "deal", "stage", "amount", "closes"}, pgx.CopyFromSlice(len(page.Results), func(i int) ([]any, error) {
			d := page.Results[i]
			return []any{d.ID, d.Properties.Name, d.Properties.Stage, d.Properties.Amount, d.Properties.Closes}, nil
		}))
		if err != nil {
			return err
		}
		if next = page.Paging.Next.After; next == "" {
			return nil
		}
	}
}

// page is a page of records, decoded.
type page struct {
	Results []struct {
		ID         int64 `json:"id,string"`
		Properties struct {
			Name   string    `json:"dealname"`
			Stage  string    `json:"dealstage"`
			Amount string    `json:"amount"`
			Closes time.Time `json:"closedate"`
		} `json:"properties"`
	} `json:"results"`
	Paging struct {
		Next struct {
			After string `json:"after"`
		} `json:"next"`
	} `json:"paging"`
}

func (r *records) page(ctx context.Context, after string) (p page, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"?after="+after, http.NoBody)
	if err != nil {
		return p, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return p, err
	}
	defer func() { _ = res.Body.Close() }()
	return p, json.NewDecoder(res.Body).Decode(&p)
}

// syncs takes the same pages into a table by the activities of a run. The bare loop before it took the table away.
func (r *records) syncs(ctx context.Context, count int) error {
	if _, err := r.conn.Exec(ctx, `CHECKPOINT`); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pawl-bench-rows-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	book, err := ledger.Open(ctx, filepath.Join(dir, "ledger.db"))
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	acts := &activities.Activities{Ledger: book, Now: time.Now, Syncs: activities.Syncs{
		Dir: dir, Secrets: func(string) (job.Secret, job.Secret) { return job.Secret{}, job.NewSecret(r.dsn) },
	}}
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(limit)
	env.RegisterActivity(acts)
	r.runs++
	run := fmt.Sprint("run-", r.runs)
	in := activities.SyncInput{Run: activities.RunRef{ID: run, First: run, Key: job.Key(run)}, Sync: job.Sync{
		Name: "deals", Fewer: 50,
		From: job.Source{Name: "Source", URL: r.URL, Records: ".results", Paging: job.Paging{By: job.ByCursor, Next: ".paging.next.after", Param: "after"}},
		Columns: []job.Column{
			{Name: "id", Value: ".id", Type: job.ColumnInteger},
			{Name: "deal", Value: ".properties.dealname", Type: job.ColumnText},
			{Name: "stage", Value: ".properties.dealstage", Type: job.ColumnText},
			{Name: "amount", Value: ".properties.amount", Type: job.ColumnNumber},
			{Name: "closes", Value: ".properties.closedate", Type: job.ColumnTime},
		},
		To: job.Sink{Table: "pipeline"},
	}}
	for _, step := range []any{acts.FetchSync, acts.CompareSync, acts.PublishSync} {
		began := time.Now()
		said, err := env.ExecuteActivity(step, in)
		if err != nil {
			return err
		}
		var text string
		if err := said.Get(&text); err != nil {
			return err
		}
		say(text + ", " + short(time.Since(began)))
	}
	var there int
	if err := r.conn.QueryRow(ctx, `SELECT count(*) FROM pipeline`).Scan(&there); err != nil || there != count {
		return errors.Join(err, fmt.Errorf("%d rows are there, and not %d", there, count))
	}
	return nil
}
