package jenkins

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bndr/gojenkins"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// Each test here is a trap of gojenkins v1.2.0: first what the library does by itself, then what we do. When a newer
// version of it mends one, the first half fails and says so.

const shopBuild = "/job/shop/job/build"

// ref is a build of the small Jenkins.
func ref(build int64) Ref { return Ref{Job: "shop/build", Build: build} }

func TestNobodyThereIsNoPanic(t *testing.T) {
	t.Parallel()
	gone := serve(t, nil)
	gone.Close()
	j := plain(t, gone.URL)
	require.Panics(t, func() { _, _ = j.Requester.Post(t.Context(), "/x", nil, nil, nil) }, "the library asks for a crumb first, and looks at the answer that never came")

	s := open(t, gone.URL)
	_, err := s.Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	f, outcome := fault(t, err)
	require.Equal(t, NotDone, outcome)
	require.Equal(t, job.FaultTheirs, f.Class)
	require.Equal(t, "Jenkins is not running: nothing answers at "+strings.TrimPrefix(gone.URL, "http://")+".", f.Says)
	for _, err := range []error{
		second(s.Cancel(t.Context(), ref(1), Stop)), second(s.Answer(t.Context(), ref(1), "Go", true, nil)),
		second(s.Log(t.Context(), ref(1), Mark{})), second(s.State(t.Context(), ref(1))),
	} {
		_, outcome = fault(t, err)
		require.Equal(t, NotDone, outcome)
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnErrorInAHeaderIsNoPanic(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /crumbIssuer/api/json/api/json/":        status(500, "", "X-Error", "no"),
		"GET /crumbIssuer/api/json/api/json":         status(500, "", "X-Error", "no"),
		"GET " + shopBuild + "/api/json":             declares("", "PAWL_RUN_ID"),
		"GET /queue/api/json":                        says(nothing),
		"POST " + shopBuild + "/buildWithParameters": status(500, "Oops", "X-Error", "Illegal choice for VERSION"),
	})
	require.Panics(t, func() { _, _ = plain(t, b.URL).Requester.Post(t.Context(), "/x", nil, nil, nil) })

	_, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	f, outcome := fault(t, err)
	require.Equal(t, Unknown, outcome)
	require.Equal(t, "Jenkins is in trouble: it answered 500.", f.Says)
	require.Contains(t, f.Shown, `500 Internal Server Error "Illegal choice for VERSION Oops"`)
	require.Empty(t, b.requests("GET /crumb")[1:], "only the library asks for crumbs")
}

func TestFoldedIntoTheSameItem(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET " + shopBuild + "/api/json":             declares("", "PAWL_RUN_ID"),
		"GET " + shopBuild + "/api/json/":            declares("", "PAWL_RUN_ID"),
		"GET /queue/api/json":                        says(nothing),
		"GET /queue/item/17/":                        status(200, "a page"),
		"POST " + shopBuild + "/buildWithParameters": status(303, "", "Location", "/queue/item/17/"),
	})
	_, err := plainJob(plain(t, b.URL), shopBuild, "").InvokeSimple(t.Context(), map[string]string{"PAWL_RUN_ID": "r1"})
	require.ErrorContains(t, err, "invalid character '<'", "the library follows to a page and loses the number")

	got, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	require.NoError(t, err)
	require.Equal(t, Ref{Job: "shop/build", RunID: "r1", Queue: 17}, got)
}

func TestAnotherBuildInTheQueueIsNoReason(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET " + shopBuild + "/api/json": func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.RawQuery, "tree") {
				says(`{"inQueue":true}`)(w, r)
				return
			}
			declares("", "PAWL_RUN_ID")(w, r)
		},
		"GET " + shopBuild + "/api/json/":            says(`{"inQueue":true}`),
		"GET /queue/api/json":                        says(`{"items":[` + carries(0, 16, "of somebody else") + `]}`),
		"POST " + shopBuild + "/buildWithParameters": status(201, "", "Location", "https://ci.example.com/queue/item/17/"),
	})
	require.Panics(t, func() { _, _ = plainJob(plain(t, b.URL), shopBuild, "").InvokeSimple(t.Context(), nil) }, "the library refuses, and has no logger to say so")

	got, err := open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	require.NoError(t, err)
	require.EqualValues(t, 17, got.Queue)
}

func TestParametersArriveAsFields(t *testing.T) {
	t.Parallel()
	got := make(chan map[string][]string, 1)
	b := serve(t, routes{
		"GET " + shopBuild + "/api/json":   declares("", "PAWL_RUN_ID", "VERSION"),
		"GET " + shopBuild + "/0/api/json": says(`{}`), // the library wants to know whether it runs
		"GET /queue/api/json":              says(nothing),
		"POST " + shopBuild + "/buildWithParameters": func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
			_ = r.ParseMultipartForm(1 << 20) //nolint:gosec // bounded in the line before
			got <- r.Form
			w.Header().Set("Location", "/queue/item/5/")
			w.WriteHeader(http.StatusCreated)
		},
	})
	j := plain(t, b.URL)
	_, err := plainJob(j, shopBuild, "").Invoke(t.Context(), nil, false, map[string]string{"VERSION": "1"}, "", "")
	require.NoError(t, err)
	require.NotContains(t, <-got, "VERSION", "the library sends one field called json, which Jenkins does not look at here")

	_, err = open(t, b.URL).Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1", Params: map[string]string{"VERSION": "2024.51 & more=ü"}})
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"VERSION": {"2024.51 & more=ü"}, "PAWL_RUN_ID": {"r1"}, "delay": {"0sec"}}, <-got)
	require.NotContains(t, strings.Join(b.requests("POST"), ""), "2024", "parameters stay out of addresses, which get into logs")
}

func TestACancelledItemEndsIt(t *testing.T) {
	t.Parallel()
	cancelled := says(`{"_class":"hudson.model.Queue$LeftItem","id":7,"why":null,"cancelled":true,"executable":null}`)
	b := serve(t, routes{"GET /queue/item/7/api/json": cancelled})
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := plain(t, b.URL).GetBuildFromQueueID(ctx, nil, 7)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the library waits for a build for ever")

	st, err := open(t, b.URL).State(t.Context(), Ref{Job: "shop/build", Queue: 7})
	require.NoError(t, err)
	require.Equal(t, Cancelled, st.Phase)
	require.True(t, st.Over())
	require.Equal(t, "it was taken out of the queue of Jenkins before it began", st.Why)
}

func TestAStatusIsInTheError(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /queue/item/8/api/json": status(500, "Broken <b>store</b>"),
	})
	_, err := plain(t, b.URL).GetQueueItem(t.Context(), 8)
	require.ErrorContains(t, err, "invalid character '<'")

	_, err = open(t, b.URL).State(t.Context(), Ref{Job: "shop/build", Queue: 8})
	f, _ := fault(t, err)
	require.Contains(t, f.Shown, `GET /queue/item/8/api/json -> 500 Internal Server Error "Broken store"`)
}

func TestNoAnswerIsNotTheEndOfABuild(t *testing.T) {
	t.Parallel()
	starting := status(503, "Please wait while Jenkins is getting ready to work ...")
	b := serve(t, routes{"GET " + shopBuild + "/3/api/json": starting, "GET " + shopBuild + "/3/api/json/": starting})
	theirs := &gojenkins.Build{Jenkins: plain(t, b.URL), Raw: new(gojenkins.BuildResponse), Base: shopBuild + "/3"}
	require.False(t, theirs.IsRunning(t.Context()), "for the library it ended")
	done, err := theirs.Stop(t.Context())
	require.NoError(t, err)
	require.True(t, done, "and stopping it worked")

	s := open(t, b.URL)
	_, err = s.State(t.Context(), ref(3))
	f, outcome := fault(t, err)
	require.Equal(t, NotDone, outcome)
	require.Equal(t, "Jenkins is starting and answers again in a moment.", f.Says)
	_, err = s.Cancel(t.Context(), ref(3), Stop)
	require.Error(t, err)
	require.Empty(t, b.requests("POST"))
}

func TestStopSendsBrowsersOn(t *testing.T) {
	t.Parallel()
	running, ended := `{"_class":"hudson.model.FreeStyleBuild","building":true,"result":null,"number":3}`, `{"_class":"hudson.model.FreeStyleBuild","building":false,"result":"ABORTED","number":3,"duration":1200}`
	b := serve(t, routes{
		"GET " + shopBuild + "/3/api/json": inTurn(says(running), says(running), says(running), says(ended)),
		"POST " + shopBuild + "/3/stop":    status(302, "", "Location", "https://ci.example.com/job/shop/job/build/3/"),
		"GET " + shopBuild + "/3/":         status(200, "the build"),
	})
	s := open(t, b.URL)
	st, err := s.Cancel(t.Context(), ref(3), Stop)
	require.NoError(t, err)
	require.Equal(t, Running, st.Phase, "it was told to end, and has not yet")
	st, err = s.Cancel(t.Context(), ref(3), Stop)
	require.NoError(t, err)
	require.Equal(t, Ended, st.Phase)
	require.Equal(t, Aborted, st.Result)
	require.Equal(t, 1200*time.Millisecond, st.Took)
	n := len(b.requests("POST"))
	st, err = s.Cancel(t.Context(), ref(3), Kill)
	require.NoError(t, err)
	require.Equal(t, Aborted, st.Result)
	require.Len(t, b.requests("POST"), n, "what ended is left alone")
	require.Empty(t, b.requests("GET "+shopBuild+"/3/ "), "nobody follows")
}

func TestTakingOutOfTheQueueAnswers204(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /queue/item/7/api/json": inTurn(
			says(`{"_class":"hudson.model.Queue$WaitingItem","id":7,"why":"In the quiet period. Expires in 4.6 sec"}`),
			says(`{"_class":"hudson.model.Queue$LeftItem","id":7,"why":null,"cancelled":true,"executable":null}`)),
		"POST /queue/cancelItem":              status(204, ""),
		"GET /crumbIssuer/api/json/api/json/": says(`{}`),
		"GET /queue/api/json":                 says(`{"items":[{"id":7}]}`),
	})
	j := plain(t, b.URL)
	q, err := j.GetQueue(t.Context())
	require.NoError(t, err)
	done, err := q.CancelTask(t.Context(), 7)
	require.NoError(t, err)
	require.False(t, done, "the library waits for a 200")
	require.Panics(t, func() { _, _ = q.CancelTask(t.Context(), 99) }, "and for what is not there any more")

	st, err := open(t, b.URL).Cancel(t.Context(), Ref{Job: "shop/build", RunID: "r1", Queue: 7}, Stop)
	require.NoError(t, err)
	require.Equal(t, Cancelled, st.Phase)
	require.Equal(t, []string{"POST /queue/cancelItem?id=7"}, b.requests("POST")[1:])
}

func TestTooLateForTheQueue(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /queue/item/7/api/json": inTurn(
			says(`{"_class":"hudson.model.Queue$BuildableItem","id":7,"why":"Waiting for next available executor"}`),
			says(`{"_class":"hudson.model.Queue$LeftItem","id":7,"cancelled":false,"executable":{"number":3,"url":"http://elsewhere/job/x/3/"}}`)),
		"POST /queue/cancelItem":           status(404, "Cannot cancel an item that is not in the queue"),
		"GET " + shopBuild + "/3/api/json": inTurn(says(`{"_class":"hudson.model.FreeStyleBuild","building":true,"number":3}`), says(`{"_class":"hudson.model.FreeStyleBuild","building":false,"result":"ABORTED","number":3}`)),
		"POST " + shopBuild + "/3/stop":    status(302, "", "Location", "."),
	})
	st, err := open(t, b.URL).Cancel(t.Context(), Ref{Job: "shop/build", Queue: 7}, Stop)
	require.NoError(t, err)
	require.Equal(t, Ended, st.Phase, "it had become a build, which was stopped")
	require.EqualValues(t, 3, st.Ref.Build)
}

func TestNullIsNotWhatWasBefore(t *testing.T) {
	t.Parallel()
	answers := []http.HandlerFunc{says(`{"_class":"hudson.model.FreeStyleBuild","building":false,"result":"SUCCESS"}`), says(`{"_class":"hudson.model.FreeStyleBuild","building":true,"result":null}`)}
	b := serve(t, routes{"GET " + shopBuild + "/3/api/json/": inTurn(answers...), "GET " + shopBuild + "/3/api/json": inTurn(append(answers, answers...)...)})
	theirs := &gojenkins.Build{Jenkins: plain(t, b.URL), Raw: new(gojenkins.BuildResponse), Base: shopBuild + "/3"}
	for range 2 {
		_, err := theirs.Poll(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, "SUCCESS", theirs.Raw.Result, "the library keeps the old result of a build that runs")

	s := open(t, b.URL)
	one, err := s.State(t.Context(), ref(3))
	require.NoError(t, err)
	two, err := s.State(t.Context(), ref(3))
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"SUCCESS", ""}, []string{one.Result, two.Result})
}

func TestWhereJenkinsBelievesToBe(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /jenkins" + shopBuild + "/api/json":             declares("", "PAWL_RUN_ID"),
		"GET /jenkins/queue/api/json":                        says(nothing),
		"POST /jenkins" + shopBuild + "/buildWithParameters": status(201, "", "Location", "https://ci.example.com/other/queue/item/17/"),
		"GET /jenkins/queue/item/17/api/json":                says(`{"_class":"hudson.model.Queue$LeftItem","cancelled":false,"executable":{"number":3,"url":"https://ci.example.com/other/job/shop/job/build/3/"}}`),
		"GET /jenkins" + shopBuild + "/3/api/json":           says(`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","number":3,"building":true,"url":"https://ci.example.com/other/job/shop/job/build/3/"}`),
		"GET /jenkins" + shopBuild + "/3/wfapi/describe": says(`{"_links":{"self":{"href":"/jenkins/job/shop/job/build/3/wfapi/describe"},"pendingInputActions":{"href":"/jenkins/job/shop/job/build/3/wfapi/pendingInputActions"}},
			"id":"3","status":"PAUSED_PENDING_INPUT","stages":[{"id":"6","name":"Build","status":"SUCCESS","startTimeMillis":1795348800000,"durationMillis":1500},{"id":"9","name":"Deploy","status":"PAUSED_PENDING_INPUT","startTimeMillis":1795348801500,"durationMillis":10}]}`),
		"GET /jenkins" + shopBuild + "/3/wfapi/pendingInputActions": says(`[{"id":"Go","proceedText":"Deploy","message":"Deploy it?","inputs":[],"proceedUrl":"/jenkins/job/x","abortUrl":"/jenkins/job/x"}]`),
	})
	j := plain(t, b.URL+"/jenkins")
	_, err := plainJob(j, shopBuild, "https://ci.example.com/other/job/shop/job/build/").GetBuild(t.Context(), 3)
	require.Error(t, err, "the library asks where Jenkins believes to be")

	s := open(t, b.URL+"/jenkins/", func(o *Options) { o.Root = "https://ci.example.com/other/" })
	got, err := s.Trigger(t.Context(), Trigger{Job: "shop/build", RunID: "r1"})
	require.NoError(t, err)
	st, err := s.State(t.Context(), got)
	require.NoError(t, err)
	require.Equal(t, "https://ci.example.com/other/job/shop/job/build/3/", st.Link, "what people open")
	require.Equal(t, Running, st.Phase)
	require.Equal(t, []Ask{{ID: "Go", Message: "Deploy it?", Proceed: "Deploy"}}, st.Asks)
	require.Equal(t, []Stage{
		{Name: "Build", State: StageDone, Began: time.UnixMilli(1795348800000), Took: 1500 * time.Millisecond},
		{Name: "Deploy", State: StageAsking, Began: time.UnixMilli(1795348801500), Took: 10 * time.Millisecond},
	}, st.Stages)
}

func TestAQuestionNobodyAsksIsNoPanic(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET " + shopBuild + "/3/wfapi/pendingInputActions":          says(`[]`),
		"GET " + shopBuild + "/3/wfapi/pendingInputActions/api/json": says(`[]`),
		"POST " + shopBuild + "/3/input/Go/proceedEmpty":             status(400, "This input has been already given"),
		"GET " + shopBuild + "/3/api/json":                           says(`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":true,"number":3}`),
	})
	run := &gojenkins.PipelineRun{Job: plainJob(plain(t, b.URL), shopBuild, ""), Base: shopBuild + "/3"}
	require.Panics(t, func() { _, _ = run.ProceedInput(t.Context()) })

	st, err := open(t, b.URL).Answer(t.Context(), ref(3), "Go", true, nil)
	require.NoError(t, err, "somebody answered already, and the build goes on")
	require.Equal(t, Running, st.Phase)
}

func TestNamesOfBranches(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET /job/shop/job/feature%252Fx/api/json": declares("", "PAWL_RUN_ID"), "GET /job/shop/job/what%3F/api/json": declares("", "PAWL_RUN_ID")})
	_, err := plain(t, b.URL).GetJob(t.Context(), "feature%2Fx", "shop")
	require.Error(t, err, "the library asks for feature/x")

	s := open(t, b.URL)
	for _, name := range []string{"shop/feature%2Fx", Branch("shop", "feature/x"), "shop/what?"} {
		about, err := s.Check(t.Context(), name, "", nil)
		require.NoError(t, err, name)
		require.Equal(t, time.Minute+time.Second, about.Usually)
	}
	for _, name := range []string{"", "shop//build", "../manage", "shop/..", "/shop", "a\n"} {
		_, err := s.Check(t.Context(), name, "", nil)
		_, outcome := fault(t, err)
		require.Equal(t, Refused, outcome, name)
	}
	require.Equal(t, "shop/%2E.", Branch("shop", ".."))
	require.Equal(t, `shop/100%25 %23 %5Bx%5D%5C%3F`, Branch("shop/", `100% # [x]\?`))
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{"GET " + shopBuild + "/3/api/json": says(`{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":true,"number":3}`), "GET " + shopBuild + "/3/wfapi/describe": says(`{"stages":[{"name":"Build","status":"IN_PROGRESS"}]}`)})
	s := open(t, b.URL) // the library's Init writes to globals; the race detector would see it here
	done := make(chan State)
	for range 8 {
		go func() {
			st, err := s.State(context.Background(), ref(3))
			if err != nil {
				st.Why = err.Error()
			}
			done <- st
		}()
	}
	for range 8 {
		st := <-done
		require.Len(t, st.Stages, 1, st.Why)
	}
}
