package jenkins

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bndr/gojenkins"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "11e7c0ffee/42+tokens="

// page is how Jenkins answers where there is nothing.
const page = `<html><head><title>Error 404 Not Found</title></head><body><h2>HTTP ERROR 404 Not Found</h2></body></html>`

// routes are the answers of a small Jenkins, by method and path as they are on the wire ("GET /job/shop/api/json");
// what is not there is a 404. Every request is kept.
type routes map[string]http.HandlerFunc

type small struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

// requests are the lines of all requests so far that begin so.
func (s *small) requests(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, line := range s.asked {
		if strings.HasPrefix(line, prefix) {
			all = append(all, line)
		}
	}
	return all
}

// serve starts a small Jenkins.
func serve(t *testing.T, answers routes) *small {
	t.Helper()
	s := &small{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.RequestURI)
		s.mu.Unlock()
		if answer, ok := answers[r.Method+" "+r.URL.EscapedPath()]; ok {
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(s.Close)
	return s
}

// open opens a Jenkins with a clock of its own, which passes only while somebody waits.
func open(t *testing.T, url string, change ...func(*Options)) *Server {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	o := Options{URL: url, User: "pawl", Token: job.NewSecret(secret), Timeout: 10 * time.Second, Now: c.Now, Sleep: c.Sleep}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// says answers with JSON.
func says(v string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		_, _ = strings.NewReader(v).WriteTo(w)
	}
}

// status answers with a status and a page.
func status(code int, text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte("<html><head><style>p{}</style></head><body><p>" + text + "</p></body></html>"))
	}
}

// inTurn answers with one after the other, and goes on with the last.
func inTurn(all ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		f := all[min(n, len(all)-1)]
		n++
		mu.Unlock()
		f(w, r)
	}
}

// dropped takes a request and breaks the connection.
func dropped(before func(r *http.Request)) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if before != nil {
			before(r)
		}
		panic(http.ErrAbortHandler)
	}
}

// declares is a job with parameters, and with builds.
func declares(builds string, params ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Query().Get("tree"), "uilds[") {
			says(`{"_class":"hudson.model.FreeStyleProject","builds":[`+builds+`]}`)(w, r)
			return
		}
		var all []string
		for _, p := range params {
			all = append(all, fmt.Sprintf(`{"_class":"hudson.model.StringParameterDefinition","name":%q,"type":"StringParameterDefinition"}`, p))
		}
		says(`{"_class":"hudson.model.FreeStyleProject","buildable":true,"property":[{},{"parameterDefinitions":[`+strings.Join(all, ",")+`]}],"lastBuild":{"estimatedDuration":61000}}`)(w, r)
	}
}

// carries is a build, or an item, with a run's id.
func carries(number, queue int, run string) string {
	return fmt.Sprintf(`{"number":%d,"id":%d,"queueId":%d,"timestamp":1795348800000,"task":{"name":"build","url":"https://ci.example.com/job/shop/job/build/"},"actions":[{},{"causes":[{"userId":"Pawl"}]},{"parameters":[{"name":"VERSION","value":"1"},{"name":"PAWL_RUN_ID","value":%q}]}]}`, number, queue, queue, run)
}

const nothing = `{"items":[]}`

// fault is the fault in an error, and its outcome.
func fault(t *testing.T, err error) (*job.Fault, Outcome) {
	t.Helper()
	var f *job.Fault
	require.ErrorAs(t, err, &f)
	require.NotContains(t, f.Error()+f.Shown, secret)
	text, jsonErr := json.Marshal(f)
	require.NoError(t, jsonErr)
	require.NotContains(t, string(text), secret)
	return f, OutcomeOf(err)
}

// plain is the library by itself, as its README has it.
func plain(t *testing.T, url string) *gojenkins.Jenkins {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return gojenkins.CreateJenkins(client, url, "pawl", secret)
}

// plainJob is a job of the library that was not read.
func plainJob(j *gojenkins.Jenkins, base, url string) *gojenkins.Job {
	return &gojenkins.Job{Jenkins: j, Raw: &gojenkins.JobResponse{URL: url}, Base: base}
}
