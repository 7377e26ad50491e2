package jenkins_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// release asks before its second stage.
func release(in jenkins.Input) jenkins.Job {
	j := shop()
	j.Stages[1].Input = &in
	return j
}

func paused(t *testing.T, o jenkins.Options, in jenkins.Input) *ci {
	t.Helper()
	o.Jobs = []jenkins.Job{release(in)}
	c := open(t, o)
	c.trigger("VERSION", "7")
	c.time.pass(12 * time.Second)
	return c
}

func (c *ci) pending() []any {
	c.Helper()
	a := c.get("/job/shop/job/build/1/wfapi/pendingInputActions")
	require.Equal(c, http.StatusOK, a.status)
	return decoded[[]any](c.T, a.body)
}

func TestAnInputStep(t *testing.T) {
	t.Parallel()
	c := paused(t, jenkins.Options{}, jenkins.Input{ID: "release", Message: "Release $VERSION?", OK: "Release it"})
	w := c.json("/job/shop/job/build/1/wfapi/describe")
	require.Equal(t, "PAUSED_PENDING_INPUT", w["status"])
	require.Equal(t, "PAUSED_PENDING_INPUT", within(t, w, "stages", "1", "status"))
	require.Equal(t, "/jenkins/job/shop/job/build/1/wfapi/pendingInputActions", within(t, w, "_links", "pendingInputActions", "href"))
	p := c.pending()
	require.Len(t, p, 1)
	require.Equal(t, map[string]any{
		"id": "Release", "message": "Release 7?", "proceedText": "Release it", "inputs": []any{},
		"proceedUrl":          "/jenkins/job/shop/job/build/1/wfapi/inputSubmit?inputId=Release",
		"abortUrl":            "/jenkins/job/shop/job/build/1/input/Release/abort",
		"redirectApprovalUrl": "/jenkins/job/shop/job/build/1/input/",
	}, p[0])
	require.Contains(t, c.get("/job/shop/job/build/1/consoleText").body, "Release 7?\nRelease it or Abort\n")
	c.time.pass(time.Hour)
	require.Equal(t, true, c.json("/job/shop/job/build/1/api/json")["building"], "it waits")
	at := "/job/shop/job/build/1/input/"
	require.Equal(t, http.StatusNotFound, c.post(at+"release/proceedEmpty").status, "the first letter is a capital")
	require.Equal(t, http.StatusMethodNotAllowed, c.get(at+"Release/proceedEmpty").status)
	require.Equal(t, http.StatusOK, c.post(at+"Release/proceedEmpty").status)
	require.Empty(t, c.pending())
	require.Equal(t, http.StatusNotFound, c.post(at+"Release/proceedEmpty").status, "there is no question any more")
	require.Equal(t, http.StatusNotFound, c.post(at+"Release/abort").status)
	require.Equal(t, http.StatusInternalServerError, c.post("/job/shop/job/build/1/wfapi/inputSubmit?inputId=Release", "json", "{}").status)
	w = c.json("/job/shop/job/build/1/wfapi/describe")
	require.Equal(t, "IN_PROGRESS", w["status"])
	require.Equal(t, 3602000, number(t, within(t, w, "stages", "1", "pauseDurationMillis")))
	c.time.pass(10 * time.Second)
	require.Equal(t, "SUCCESS", c.json("/job/shop/job/build/1/api/json")["result"])
	require.Contains(t, c.get("/job/shop/job/build/1/consoleText").body, "Approved by Pawl\n")
}

func TestAnInputStepIsRefused(t *testing.T) {
	t.Parallel()
	c := paused(t, jenkins.Options{}, jenkins.Input{Message: "Go?"})
	id, ok := within(t, c.pending(), "0", "id").(string)
	require.True(t, ok)
	require.Equal(t, http.StatusOK, c.post("/job/shop/job/build/1/input/"+id+"/abort").status)
	require.Equal(t, "ABORTED", c.json("/job/shop/job/build/1/api/json")["result"])
	require.Contains(t, c.get("/job/shop/job/build/1/consoleText").body, "Rejected by Pawl\n")
}

func TestAnInputStepWithParameters(t *testing.T) {
	t.Parallel()
	c := paused(t, jenkins.Options{}, jenkins.Input{ID: "where", Message: "Where?", Params: []jenkins.Param{
		{Name: "WHERE", Kind: jenkins.Choice, Choices: []string{"staging", "master"}, Description: "the environment"},
	}})
	require.Equal(t, "ChoiceParameterDefinition", within(t, c.pending(), "0", "inputs", "0", "type"))
	require.Equal(t, []any{"staging", "master"}, within(t, c.pending(), "0", "inputs", "0", "definition", "choices"))
	submit := "/job/shop/job/build/1/wfapi/inputSubmit?inputId=Where"
	require.Equal(t, http.StatusInternalServerError, c.post(submit).status, "nothing is submitted")
	require.Equal(t, http.StatusInternalServerError, c.post(submit, "json", `{"parameter":[{"name":"X","value":"1"}]}`).status)
	require.Equal(t, http.StatusInternalServerError, c.post(submit, "json", `{"parameter":{"name":"WHERE","value":"moon"}}`).status)
	require.Len(t, c.pending(), 1)
	require.Equal(t, http.StatusOK, c.post(submit, "json", `{"parameter":{"name":"WHERE","value":"master"}}`).status)
	require.Empty(t, c.pending())
}

func TestWhoMayAnswer(t *testing.T) {
	t.Parallel()
	c := paused(t, jenkins.Options{Accounts: []jenkins.Account{
		{ID: "pawl", Token: jenkins.Token}, {ID: "carol", Name: "Carol", Token: "c"}, {ID: "gus", Token: "g", NoCancel: true},
	}}, jenkins.Input{ID: "Go", Message: "Go?", Submitters: []string{"carol", "bob"}})
	at := "/job/shop/job/build/1/input/Go/"
	a := c.post(at + "proceedEmpty")
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.body, "You need to be carol,bob to submit this")
	c.as = "gus:g"
	a = c.post(at + "abort")
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.body, "(or have Job CANCEL permissions) to cancel this.")
	c.as = "carol:c"
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Given, Times: 1}))
	a = c.post(at + "proceedEmpty")
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.body, "This input has been already given")
	require.Empty(t, c.pending(), "somebody else was faster")
	require.Contains(t, c.get("/job/shop/job/build/1/consoleText").body, "Approved by somebody\n")
}

func TestSomebodyWasFasterWithParameters(t *testing.T) {
	t.Parallel()
	c := paused(t, jenkins.Options{}, jenkins.Input{ID: "Go", Message: "Go?"})
	require.NoError(t, c.Set(jenkins.Fault{Kind: jenkins.Given, Times: 1}))
	require.Len(t, c.pending(), 1, "to look is not to answer")
	require.Equal(t, http.StatusInternalServerError, c.post("/job/shop/job/build/1/wfapi/inputSubmit?inputId=Go", "json", "{}").status)
	require.Empty(t, c.pending())
}

// A build that asks can be stopped, and it asks again after a restart.
func TestAQuestionSurvivesARestart(t *testing.T) {
	t.Parallel()
	c := paused(t, jenkins.Options{}, jenkins.Input{ID: "Go", Message: "Go?"})
	c.Restart(time.Second)
	c.time.pass(time.Second)
	require.Len(t, c.pending(), 1)
	require.Equal(t, http.StatusFound, c.post("/job/shop/job/build/1/stop").status)
	c.time.pass(time.Second)
	require.Equal(t, "ABORTED", c.json("/job/shop/job/build/1/api/json")["result"])
	require.Empty(t, c.pending())
}
