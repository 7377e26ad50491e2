package jenkins

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

const (
	asksGo    = `[{"id":"Go it","proceedText":"Deploy","message":"Which?","inputs":[{"type":"ChoiceParameterDefinition","name":"ENV","description":"where","definition":{"defaultVal":"blue","choices":["blue","green"]}},{"type":"BooleanParameterDefinition","name":"FAST","description":"","definition":{"defaultVal":true}},{"name":"NOTE","definition":{"defaultVal":null}}]}]`
	pipelined = `{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowRun","building":true,"number":3}`
	paused    = `{"status":"PAUSED_PENDING_INPUT","stages":[]}`
)

func TestAQuestionWithParameters(t *testing.T) {
	t.Parallel()
	form := make(chan url.Values, 1)
	b := serve(t, routes{
		"GET " + shopBuild + "/3/api/json":                  says(pipelined),
		"GET " + shopBuild + "/3/wfapi/describe":            inTurn(says(paused), says(`{"status":"IN_PROGRESS"}`)),
		"GET " + shopBuild + "/3/wfapi/pendingInputActions": inTurn(says(asksGo), says(`[]`)),
		"POST " + shopBuild + "/3/wfapi/inputSubmit": func(_ http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			form <- r.Form
		},
	})
	s := open(t, b.URL)
	st, err := s.State(t.Context(), ref(3))
	require.NoError(t, err)
	require.Equal(t, []Ask{{ID: "Go it", Message: "Which?", Proceed: "Deploy", Params: []AskParam{
		{Name: "ENV", About: "where", Default: "blue", Choices: []string{"blue", "green"}}, {Name: "FAST", Default: "true"}, {Name: "NOTE"},
	}}}, st.Asks)
	st, err = s.Answer(t.Context(), ref(3), "Go it", true, map[string]string{"ENV": "green", "NOTE": `"quoted"`})
	require.NoError(t, err)
	require.Empty(t, st.Asks)
	got := <-form
	require.Equal(t, "Go it", got.Get("inputId"))
	require.JSONEq(t, `{"parameter":[{"name":"ENV","value":"green"},{"name":"NOTE","value":"\"quoted\""}]}`, got.Get("json"))
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const pending = "GET " + shopBuild + "/3/wfapi/pendingInputActions"
	for name, c := range map[string]struct {
		post, asks http.HandlerFunc
		outcome    Outcome
		class      string
		says       string
	}{
		"taken":              {post: status(200, ""), asks: says(`[]`)},
		"taken, not seen":    {post: status(200, ""), asks: says(asksGo)},
		"already given":      {post: status(400, "This input has been already given"), asks: says(`[]`)},
		"given, old Jenkins": {post: status(200, "This input has been already given"), asks: says(`[]`)},
		"not there":          {post: status(404, ""), asks: says(`[]`)},
		"no plugin":          {post: status(200, ""), asks: status(404, "")},
		"somebody else's": {
			post: status(400, "You need to be 'release-managers' to submit this"), asks: says(asksGo), outcome: Refused, class: job.FaultAccess,
			says: "Jenkins does not take this answer from the user pawl: the question is for release-managers.",
		},
		"no values":   {post: status(500, "No such parameter definition: X"), asks: says(asksGo), outcome: Refused, class: job.FaultOurs, says: "Jenkins did not take the answer and does not say why. Either a value is not one it knows, or the question is for somebody else than the user pawl."},
		"a bad proxy": {post: status(502, "Bad gateway"), asks: says(asksGo), outcome: NotDone, class: job.FaultTheirs, says: "Jenkins is in trouble: it answered 502."},
		"restarting":  {post: status(503, "Please wait while Jenkins is restarting"), outcome: NotDone, class: job.FaultTheirs, says: "Jenkins is starting and answers again in a moment."},
		"lost":        {post: dropped(nil), outcome: Unknown, class: job.FaultTheirs, says: "Jenkins broke off the connection."},
		"lost after":  {post: status(200, ""), asks: dropped(nil), outcome: Unknown, class: job.FaultTheirs, says: "Jenkins broke off the connection."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, routes{
				"GET " + shopBuild + "/3/api/json":             says(pipelined),
				"POST " + shopBuild + "/3/input/Go%20it/abort": c.post,
				pending: func(w http.ResponseWriter, r *http.Request) { c.asks(w, r) },
			})
			st, err := open(t, b.URL).Answer(t.Context(), ref(3), "Go it", false, nil)
			if c.says == "" {
				require.NoError(t, err)
				require.Equal(t, Running, st.Phase)
				return
			}
			f, outcome := fault(t, err)
			require.Equal(t, c.says, f.Says)
			require.Equal(t, c.class, f.Class)
			require.Equal(t, c.outcome, outcome)
		})
	}
	_, err := open(t, "http://127.0.0.1:1").Answer(t.Context(), Ref{Job: "x", Queue: 2}, "Go", true, nil)
	_, outcome := fault(t, err)
	require.Equal(t, Refused, outcome)
}

func TestItIsOverThoughNobodySaidSo(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET /queue/item/7/api/json": inTurn(says(`{"_class":"hudson.model.Queue$WaitingItem"}`), says(`{"_class":"hudson.model.Queue$LeftItem","cancelled":true}`)),
		"POST /queue/cancelItem":     dropped(nil),
		"GET /queue/item/8/api/json": says(`{"_class":"hudson.model.Queue$WaitingItem"}`),
	})
	s := open(t, b.URL)
	st, err := s.Cancel(t.Context(), Ref{Job: "shop/build", Queue: 7}, Stop)
	require.NoError(t, err)
	require.Equal(t, Cancelled, st.Phase)
	st, err = s.Cancel(t.Context(), Ref{Job: "shop/build", Queue: 8}, Stop)
	require.Equal(t, Unknown, OutcomeOf(err))
	require.Equal(t, Waiting, st.Phase)
	require.Empty(t, OutcomeOf(nil))
}

func TestHowHardABuildIsEnded(t *testing.T) {
	t.Parallel()
	b := serve(t, routes{
		"GET " + shopBuild + "/3/api/json": says(`{"_class":"hudson.model.FreeStyleBuild","building":true}`),
		"POST " + shopBuild + "/3/stop":    status(302, "", "Location", "."),
		"GET " + shopBuild + "/4/api/json": says(pipelined),
		"POST " + shopBuild + "/4/kill":    status(200, ""),
		"GET " + shopBuild + "/5/api/json": says(pipelined),
		"POST " + shopBuild + "/5/stop":    status(403, "", "X-Required-Permission", "hudson.model.Item.Cancel"),
		"GET " + shopBuild + "/6/api/json": says(pipelined),
		"POST " + shopBuild + "/6/stop":    status(302, "", "Location", "/login"),
		"GET /queue/item/7/api/json":       says(`{"_class":"hudson.model.Queue$WaitingItem"}`),
		"POST /queue/cancelItem":           status(422, "not cancellable"),
	})
	s := open(t, b.URL)
	_, err := s.Cancel(t.Context(), ref(3), Kill)
	require.NoError(t, err)
	require.Equal(t, []string{"POST " + shopBuild + "/3/kill", "POST " + shopBuild + "/3/stop"}, b.requests("POST"), "freestyle builds know stop only")
	_, err = s.Cancel(t.Context(), ref(4), Kill)
	require.NoError(t, err)
	for says, ref := range map[string]Ref{
		`Jenkins does not let the user pawl do this: the permission "Cancel" is missing.`:                         ref(5),
		"Jenkins wants us to sign in: it does not know the user pawl, or does not accept the token.":              ref(6),
		"Jenkins does not let the user pawl take shop/build out of its queue. Give it the permission Job/Cancel.": {Job: "shop/build", Queue: 7},
	} {
		_, err = s.Cancel(t.Context(), ref, Stop)
		f, outcome := fault(t, err)
		require.Equal(t, says, f.Says)
		require.Equal(t, Refused, outcome)
	}
}
