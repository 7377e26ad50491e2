package activities_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/pages"
	"github.com/pawl-ops/pawl/job"
)

const syncToken = "tok-4711"

// source is a third party with pages by number; what is no page is said as it is.
type source struct {
	*httptest.Server
	asked  []string
	broken int // a page that is not given at the first time of asking
}

func newSource(t *testing.T, pages ...string) *source {
	s := &source{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r.URL.RawQuery)
		n, _ := strconv.Atoi(r.URL.Query().Get("after"))
		if n == s.broken && n > 0 {
			s.broken = 0
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		next := "null"
		if n+1 < len(pages) {
			next = fmt.Sprintf("%q", strconv.Itoa(n+1))
		}
		_, _ = fmt.Fprintf(w, `{"results":[%s],"next":%s,"total":7}`, pages[n], next)
	}))
	t.Cleanup(s.Close)
	return s
}

// chat takes files and nothing else; diary is a ledger that is down for a while.
type chat struct {
	activities.Poster
	files map[string]string // by name and title
}

func (c *chat) File(_ context.Context, _ job.Place, name, title string, content []byte) error {
	c.files[name+": "+title] = string(content)
	return nil
}

type diary struct {
	activities.Ledger
	rows map[string]ledger.Entry
	down int
}

func (d *diary) Last(context.Context, string, string, int) ([]ledger.Entry, error) { return nil, nil }

func (d *diary) Record(_ context.Context, e ledger.Entry) (bool, error) {
	if d.down > 0 {
		d.down--
		return false, errors.New("the ledger is down")
	}
	if _, there := d.rows[e.Kind]; there {
		return false, nil
	}
	d.rows[e.Kind] = e
	return true, nil
}

// syncing is a worker with one sync into a file.
type syncing struct {
	*testsuite.TestActivityEnvironment
	acts  *activities.Activities
	in    activities.SyncInput
	chat  *chat
	diary *diary
	dir   string
}

func newSyncing(t *testing.T, s *source) *syncing {
	t.Helper()
	w := &syncing{chat: &chat{files: map[string]string{}}, diary: &diary{rows: map[string]ledger.Entry{}}, dir: t.TempDir()}
	sync := job.Sync{
		Name: "deals", Title: "Deals into a file", Fewer: 50,
		From: job.Source{Name: "CRM", URL: s.URL, Records: ".results", Total: ".total", Paging: job.Paging{By: job.ByCursor, Next: ".next", Param: "after"}},
		Columns: []job.Column{
			{Name: "Id", Value: ".id", Type: job.ColumnInteger, Required: true},
			{Name: "Name", Value: ".name", Type: job.ColumnText},
			{Name: "When", Value: ".when", Type: job.ColumnDate},
		},
		To: job.Sink{File: filepath.Join(w.dir, "deals.csv")},
	}
	w.in = activities.SyncInput{Run: activities.RunRef{ID: "run-aaaaaa", First: "first", Key: "key"}, Sync: sync, Place: job.Place{Channel: "C", Thread: "1"}}
	w.acts = &activities.Activities{
		Poster: w.chat, Ledger: w.diary, Now: time.Now,
		Syncs: activities.Syncs{
			All: []job.Sync{sync}, Dir: filepath.Join(w.dir, "syncs"),
			Secrets: func(string) (job.Secret, job.Secret) { return job.NewSecret(syncToken), job.Secret{} },
			Pages:   pages.Options{Tries: 1},
		},
	}
	suite := &testsuite.WorkflowTestSuite{}
	w.TestActivityEnvironment = suite.NewTestActivityEnvironment()
	w.RegisterActivity(w.acts)
	return w
}

func (w *syncing) does(t *testing.T, activity any) (string, error) {
	t.Helper()
	v, err := w.ExecuteActivity(activity, w.in)
	if err != nil {
		return "", err
	}
	var text string
	require.NoError(t, v.Get(&text))
	return text, nil
}

// faultOf is what an activity says is wrong.
func faultOf(t *testing.T, err error) job.Fault {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, activities.FaultType, app.Type())
	var f job.Fault
	require.NoError(t, app.Details(&f))
	return f
}

func TestRejectedRecordsAreSharedOnce(t *testing.T) {
	t.Parallel()
	s := newSource(t,
		`{"id":1,"name":"One"},{"id":"two","name":"`+syncToken+`"},{"name":"without a number"}`,
		`{"id":4,"name":"Four\u0000"},{"id":5,"name":"Five","when":"2026-01-31"}`)
	w := newSyncing(t, s)
	text, err := w.does(t, w.acts.FetchSync)
	require.NoError(t, err)
	require.Equal(t, "2 rows on 2 pages, 3 rejected", text)
	kept, err := os.ReadFile(filepath.Join(w.dir, "syncs", "first.rejects.jsonl"))
	require.NoError(t, err)
	require.NotContains(t, string(kept), syncToken)

	w.diary.down = 1
	_, err = w.does(t, w.acts.PublishSync)
	require.ErrorContains(t, err, "the ledger is down")
	for range 2 { // it was published, and is asked for it again, and once more
		text, err = w.does(t, w.acts.PublishSync)
		require.NoError(t, err)
		require.Equal(t, "2 rows, 3 rejected", text)
	}
	written, err := os.ReadFile(w.in.Sync.To.File)
	require.NoError(t, err)
	require.Equal(t, "Id,Name,When\r\n1,One,\r\n5,Five,2026-01-31\r\n", string(written))
	require.Len(t, w.chat.files, 1)
	lines, err := csv.NewReader(strings.NewReader(w.chat.files["deals-rejected.csv: 3 rejected records of deals"])).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"page", "record", "column", "why", "the record begins"},
		{"1", "2", "Id", lines[1][3], `{"id":"two","name":"<secret>"}`},
		{"1", "3", "Id", lines[2][3], `{"name":"without a number"}`},
		{"2", "1", "Name", lines[3][3], `{"id":4,"name":"Four\u0000"}`},
	}, lines)
	require.NoFileExists(t, filepath.Join(w.dir, "syncs", "first.rejects.jsonl"))

	e := w.diary.rows[ledger.KindSynced]
	did, ok := e.Data.(job.Reconciled)
	require.True(t, ok)
	require.Equal(t, "sync deals", strings.ReplaceAll(e.Job, "/", " "))
	require.NotZero(t, did.AsOf)
	did.AsOf = time.Time{}
	require.Equal(t, job.Reconciled{Position: job.Position{Over: true, Pages: 2, Read: 5, Written: 2, Rejected: 3}}, did)
}

// A person says retry: what is staged is not fetched again.
func TestASyncGoesOnAtThePageItWasAt(t *testing.T) {
	t.Parallel()
	s := newSource(t, `{"id":1}`, `{"id":2}`, `{"id":3}`, `{"id":4}`)
	s.broken = 2
	w := newSyncing(t, s)
	_, err := w.does(t, w.acts.FetchSync)
	fault := faultOf(t, err)
	require.Equal(t, job.FaultTheirs, fault.Class)
	require.Contains(t, fault.Shown, "GET /?after=2 -> 502 Bad Gateway")
	text, err := w.does(t, w.acts.FetchSync)
	require.NoError(t, err)
	require.Equal(t, "4 rows on 4 pages", text)
	require.Equal(t, []string{"", "after=1", "after=2", "after=2", "after=3"}, s.asked)
}

func TestAThousandRejectedRecordsAreEnough(t *testing.T) {
	t.Parallel()
	var pages []string
	for range 3 {
		pages = append(pages, strings.TrimSuffix(strings.Repeat(`{"id":"x"},`, 400), ","))
	}
	w := newSyncing(t, newSource(t, pages...))
	_, err := w.does(t, w.acts.FetchSync)
	require.NoError(t, err)
	text, err := w.does(t, w.acts.PublishSync)
	require.NoError(t, err)
	require.Equal(t, "0 rows, 1,200 rejected", text)
	shared, ok := w.chat.files["deals-rejected.csv: 1,000 of the 1,200 rejected records of deals"]
	require.True(t, ok, "%v", w.chat.files)
	require.Equal(t, 1001, strings.Count(shared, "\n"))
}

// An attempt that died had kept more rejects than pages were staged.
func TestRejectsOfAnAttemptThatDied(t *testing.T) {
	t.Parallel()
	w := newSyncing(t, newSource(t, `{"id":"one"}`, `{"id":"two"}`))
	require.NoError(t, os.MkdirAll(filepath.Join(w.dir, "syncs"), 0o700))
	torn := `{"page":1,"record":1,"why":"of before","begins":""}` + "\n" + `{"page":2,"record":1,"w`
	require.NoError(t, os.WriteFile(filepath.Join(w.dir, "syncs", "first.rejects.jsonl"), []byte(torn), 0o600))
	_, err := w.does(t, w.acts.FetchSync)
	require.NoError(t, err)
	_, err = w.does(t, w.acts.PublishSync)
	require.NoError(t, err)
	shared := w.chat.files["deals-rejected.csv: 2 rejected records of deals"]
	require.Equal(t, 3, strings.Count(shared, "\n"), shared)
	require.NotContains(t, shared, "of before")
}

func TestAnAbandonedSyncLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSource(t, `{"id":"one"},{"id":1}`, `<html>`)
	w := newSyncing(t, s)
	_, err := w.does(t, w.acts.FetchSync)
	require.Equal(t, job.FaultData, faultOf(t, err).Class)
	_, err = w.does(t, w.acts.AbandonSync)
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(w.dir, "syncs", "first.rejects.jsonl"))
	require.NoFileExists(t, w.in.Sync.To.File)
}

func TestAPlanShowsTenRowsAndWritesNothing(t *testing.T) {
	t.Parallel()
	var second []string
	for i := range 30 {
		second = append(second, fmt.Sprintf(`{"id":%d,"name":"<!channel> %s `+"```"+`\u202e\n%s"}`, i, syncToken, strings.Repeat("x", 9000)))
	}
	s := newSource(t, `{"id":"one"},{"id":true},{"id":{}},{"id":-1,"name":"`+syncToken+`","when":"2026-01-31T23:00:00Z"},{"id":[]}`, strings.Join(second, ","), `{"id":3}`)
	w := newSyncing(t, s)
	v, err := w.ExecuteActivity(w.acts.PeekSync, w.in)
	require.NoError(t, err)
	var sample activities.Sample
	require.NoError(t, v.Get(&sample))
	require.Equal(t, []string{"", "after=1"}, s.asked, "and no page more")
	require.Equal(t, []string{"These are the first 10 rows; there are 7 records.", "4 of the first 35 records would be rejected."}, sample.Says)
	require.Equal(t, "Id  Name              When", sample.Rows[0])
	require.Equal(t, "-1  <secret>          2026-01-31", sample.Rows[1])
	require.Equal(t, "0   <!channel> <sec…", sample.Rows[2])
	require.Len(t, sample.Rows, 11+2+3)
	require.Contains(t, sample.Rows[13], "page 1, record 1, Id: ")
	for _, row := range sample.Rows {
		require.NotContains(t, row, syncToken)
		require.LessOrEqual(t, len(row), 200)
	}
	left, err := os.ReadDir(w.dir)
	require.NoError(t, err)
	require.Empty(t, left, "nothing was staged")
}
