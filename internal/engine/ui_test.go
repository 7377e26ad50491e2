package engine_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

func TestThePageCanOnlyBeRead(t *testing.T) {
	t.Parallel()
	e := shared(t)
	r := run(t, e.Client(), "shown", "nobody", "Parked")
	// A workflow of this name would let a careless check take "terminate" for a
	// kind of query.
	run(t, e.Client(), "query", "nobody", "Parked")
	base := "/api/v1/namespaces/" + e.Namespace() + "/workflows/"

	for _, path := range []string{"/", "/namespaces/" + e.Namespace() + "/workflows"} {
		code, body := ask(t, http.MethodGet, e.UIURL()+path, nil)
		require.Equal(t, http.StatusOK, code, path)
		require.Contains(t, body, "<html", path)
	}
	code, body := ask(t, http.MethodGet, e.UIURL()+"/api/v1/namespaces", nil)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, e.Namespace())
	code, body = ask(t, http.MethodGet, e.UIURL()+"/api/v1/settings", nil)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"DisableWriteActions":true`)
	code, body = ask(t, http.MethodGet, e.UIURL()+base+"shown/run/"+r.GetRunID()+"/history.json", nil)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, "WorkflowExecutionStartedEventAttributes")

	for _, path := range []string{"shown/terminate", "shown/cancel", "shown/signal/decision", "query/terminate", "shown/query/../terminate", "shown%2Fquery%2Fx/terminate"} {
		code, _ := ask(t, http.MethodPost, e.UIURL()+base+path, nil)
		require.Equal(t, http.StatusMethodNotAllowed, code, path)
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		code, _ := ask(t, method, e.UIURL()+base+"shown", nil)
		require.Equal(t, http.StatusMethodNotAllowed, code, method)
	}
	for _, id := range []string{"shown", "query"} {
		d, err := e.Client().DescribeWorkflowExecution(t.Context(), id, "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus())
		require.EqualValues(t, 2, d.GetWorkflowExecutionInfo().GetHistoryLength(), "nothing was added to %s", id)
	}
}

func TestThePageAnswersQueries(t *testing.T) {
	t.Parallel()
	e := shared(t)
	work(t, e, queue("asked", register))
	run(t, e.Client(), "asked", "asked", Parked)
	code, body := ask(t, http.MethodPost, e.UIURL()+"/api/v1/namespaces/"+e.Namespace()+"/workflows/asked/query/__stack_trace", nil)
	require.Equal(t, http.StatusOK, code, body)
	require.Contains(t, body, "queryResult")
}

func TestThePageRefusesOtherSites(t *testing.T) {
	t.Parallel()
	e := shared(t)
	code, _ := ask(t, http.MethodGet, e.UIURL()+"/api/v1/namespaces", func(r *http.Request) { r.Host = "rebound.example.com:8233" })
	require.Equal(t, http.StatusForbidden, code, "a foreign name that resolves to this machine")
	code, _ = ask(t, http.MethodPost, e.UIURL()+"/api/v1/namespaces/pawl/workflows/x/query/y", func(r *http.Request) {
		r.Header.Set("Origin", "https://example.com")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	require.Equal(t, http.StatusForbidden, code)
}

func ask(t *testing.T, method, url string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	c := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b)
}
